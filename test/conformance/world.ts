import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { base64, TestCaller, type TestKey } from '../fixtures/caller.ts'
import { importJson, parametersFor } from '../fixtures/importing.ts'
import { type KeywardProcess, type StartOptions, startKeyward } from '../fixtures/keyward-process.ts'
import { advance } from '../fixtures/time-travel.ts'
import { ExternalStores } from '../fixtures/worlds/external-stores.ts'

/** The kinds of keys that operations need. */
export const kinds = {
  symmetric: {},
  sign: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  mac: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  agreement: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
  encapsulation: { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
  rsa: { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
  external: { Origin: 'EXTERNAL' },
  multiRegion: { MultiRegion: true },
} as const
export type Kind = keyof typeof kinds
export type State = 'enabled' | 'disabled' | 'pending'

const kindByOperation: Readonly<Record<string, Kind>> = {
  Sign: 'sign',
  Verify: 'sign',
  GetPublicKey: 'sign',
  GenerateMac: 'mac',
  VerifyMac: 'mac',
  DeriveSharedSecret: 'agreement',
  Encapsulate: 'encapsulation',
  Decapsulate: 'encapsulation',
  GetParametersForImport: 'external',
  ImportKeyMaterial: 'external',
  DeleteImportedKeyMaterial: 'external',
  ReplicateKey: 'multiRegion',
  UpdatePrimaryRegion: 'multiRegion',
}
export const kindOf = (operation: string): Kind => kindByOperation[operation] ?? 'symmetric'

/** The member that names the key an operation acts on. */
export function keyMemberOf(operation: string): string {
  if (operation === 'ReEncrypt') return 'DestinationKeyId'
  return operation.endsWith('Alias') ? 'TargetKeyId' : 'KeyId'
}

export type Input = Readonly<Record<string, unknown>>

/** The Region with the replica of every multi-Region key, and a Region where a replica can still be created. */
export const replicaRegion = 'eu-west-1'
export const freeRegion = 'us-west-2'
export const accountId = '000000000000'
export const root = `arn:aws:iam::${accountId}:root`
export const keyArnOf = (id: string, region = 'us-east-1') => `arn:aws:kms:${region}:${accountId}:key/${id}`

/** The key material of every external key. */
const importedBytes = randomBytes(32)

/** A server with everything that operations need to succeed, or to fail for exactly one reason. */
export class World {
  readonly server: KeywardProcess
  readonly caller: TestCaller
  readonly stores: ExternalStores
  readonly #keys = new Map<string, Promise<TestKey>>()
  readonly #things = new Map<string, Promise<unknown>>()

  private constructor(server: KeywardProcess, stores: ExternalStores) {
    this.server = server
    this.stores = stores
    this.caller = new TestCaller(server)
  }

  static async start({ flags = [], environment = {} }: StartOptions = {}): Promise<World> {
    const regions = ['us-east-1', replicaRegion, freeRegion].join(',')
    const stores = await ExternalStores.start()
    const server = await startKeyward({
      flags: ['--regions', regions, ...flags],
      environment: { KEYWARD_TEST_CLOCK: 'except-signatures', ...stores.environment, ...environment },
    })
    return new World(server, stores)
  }

  /** Stops the server, and asserts that it has reported no fault of its own. */
  async stop(): Promise<void> {
    if (this.#things.has('full server')) await (await this.fullServer()).world.stop()
    await this.server.stop()
    await this.stores.stop()
    const lines = this.server.stderr().split('\n')
    const isExpected = (line: string) =>
      line === '' ||
      line.startsWith('WARNING: test-clock is on.') ||
      line.includes('key store proxy has failed')
    assert.deepEqual(
      lines.filter(line => !isExpected(line)),
      [],
    )
  }

  in(region: string): TestCaller {
    return new TestCaller(this.server, { region })
  }

  /** Makes something on the first call of this name. */
  once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.#things.get(name) ?? make()
    this.#things.set(name, known)
    return known as Promise<T>
  }

  /** The one key of this kind and state. A test that changes a key must make its own with `newKey`. */
  key(kind: Kind, state: State = 'enabled'): Promise<TestKey> {
    const name = `${kind} ${state}`
    const known = this.#keys.get(name) ?? this.newKey(kind, state)
    this.#keys.set(name, known)
    return known
  }

  async newKey(kind: Kind, state: State = 'enabled'): Promise<TestKey> {
    const { KeyMetadata } = await this.caller.answer('CreateKey', kinds[kind])
    const { KeyId: id, Arn: arn } = KeyMetadata as { KeyId: string; Arn: string }
    if (kind === 'external') await this.caller.answer('ImportKeyMaterial', await this.importOf(id))
    if (kind === 'multiRegion') {
      await this.caller.answer('ReplicateKey', { KeyId: id, ReplicaRegion: replicaRegion })
      await this.advance(5)
    }
    if (state === 'disabled') await this.caller.answersNothing('DisableKey', { KeyId: id })
    if (state === 'pending') await this.caller.answer('ScheduleKeyDeletion', { KeyId: id })
    return { id, arn }
  }

  /** A good ImportKeyMaterial. */
  async importOf(KeyId: string, bytes: Uint8Array = importedBytes): Promise<Input> {
    return importJson(KeyId, await parametersFor(this.caller, KeyId), bytes)
  }

  /** A ciphertext under the symmetric key. */
  ciphertext(): Promise<string> {
    return this.once('ciphertext', async () => {
      const { id: KeyId } = await this.key('symmetric')
      return String((await this.caller.answer('Encrypt', { KeyId, Plaintext: 'AAEC' }))['CiphertextBlob'])
    })
  }

  /** An alias of the symmetric key. */
  alias(): Promise<string> {
    return this.once('alias', () => this.newAlias('symmetric'))
  }

  async newAlias(kind: Kind): Promise<string> {
    const AliasName = `alias/${randomUUID()}`
    const { id: TargetKeyId } = await this.key(kind)
    await this.caller.answersNothing('CreateAlias', { AliasName, TargetKeyId })
    return AliasName
  }

  /** A grant on the symmetric key. */
  grant(): Promise<Input> {
    return this.once('grant', () => this.newGrant())
  }

  async newGrant(more: Input = {}): Promise<Input> {
    const { id: KeyId } = await this.key('symmetric')
    const grant = { KeyId, GranteePrincipal: root, RetiringPrincipal: root, Operations: ['DescribeKey'] }
    return { KeyId, ...(await this.caller.answer('CreateGrant', { ...grant, ...more })) }
  }

  /** The one external key store of this state. */
  store(state: 'CONNECTED' | 'DISCONNECTED' | 'FAILED'): Promise<string> {
    const more = state === 'FAILED' ? this.stores.unknownService() : {}
    return this.once(`${state} store`, () => this.stores.make(this.caller, state, more))
  }

  /** The one key in the connected external key store. */
  outsideKey(): Promise<TestKey> {
    return this.once('outside key', async () => {
      const CustomKeyStoreId = await this.store('CONNECTED')
      const outside = { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId, XksKeyId: 'stub-key-1' }
      const { KeyMetadata } = await this.caller.answer('CreateKey', outside)
      const { KeyId: id, Arn: arn } = KeyMetadata as { KeyId: string; Arn: string }
      return { id, arn }
    })
  }

  /** A server whose Regions have the maximum of one key. The key of the first Region is a multi-Region primary. */
  fullServer(): Promise<{ readonly world: World; readonly caller: TestCaller; readonly id: string }> {
    return this.once('full server', async () => {
      const world = await World.start({ flags: ['--quotas', 'keys=1'] })
      await world.in(replicaRegion).answer('CreateKey', {})
      const { KeyMetadata } = await world.caller.answer('CreateKey', { MultiRegion: true })
      return { world, caller: world.caller, id: (KeyMetadata as { KeyId: string }).KeyId }
    })
  }

  /** Sets the clock of the server forward. */
  async advance(seconds: number): Promise<void> {
    await advance(this.server, seconds)
  }

  /** An input with which an operation succeeds on the key of its kind. */
  async inputOf(operation: string, more: Input = {}): Promise<Input> {
    const rest = (await goodInputs[operation]?.(this)) ?? {}
    if (keyless.includes(operation)) return { ...rest, ...more }
    const { id } = await this.key(kindOf(operation))
    return { [keyMemberOf(operation)]: id, ...rest, ...more }
  }
}

const keyless = [
  'ConnectCustomKeyStore',
  'CreateCustomKeyStore',
  'CreateKey',
  'DeleteCustomKeyStore',
  'DescribeCustomKeyStores',
  'DisconnectCustomKeyStore',
  'UpdateCustomKeyStore',
  'DeleteAlias',
  'GenerateRandom',
  'ListAliases',
  'ListKeys',
  'ListRetirableGrants',
  'RetireGrant',
]
const message = base64('a message')

async function signed(world: World): Promise<Input> {
  const { id: KeyId } = await world.key('sign')
  const input = { KeyId, Message: message, SigningAlgorithm: 'ECDSA_SHA_256' }
  return { Message: message, ...(await world.caller.answer('Sign', input)) }
}

async function authenticated(world: World): Promise<Input> {
  const { id: KeyId } = await world.key('mac')
  const input = { KeyId, Message: message, MacAlgorithm: 'HMAC_SHA_256' }
  return { Message: message, ...(await world.caller.answer('GenerateMac', input)) }
}

async function peerKey(world: World): Promise<unknown> {
  const { id: KeyId } = await world.key('agreement')
  return (await world.caller.answer('GetPublicKey', { KeyId }))['PublicKey']
}

/** The members that an operation needs besides its key. */
const goodInputs: Readonly<Record<string, (world: World) => Input | Promise<Input>>> = {
  ConnectCustomKeyStore: async world => ({ CustomKeyStoreId: await world.store('CONNECTED') }),
  CreateCustomKeyStore: world => world.stores.newStore(),
  DeleteCustomKeyStore: async world => ({ CustomKeyStoreId: await world.store('DISCONNECTED') }),
  DisconnectCustomKeyStore: async world => ({ CustomKeyStoreId: await world.store('CONNECTED') }),
  UpdateCustomKeyStore: async world => ({
    CustomKeyStoreId: await world.store('DISCONNECTED'),
    NewCustomKeyStoreName: randomUUID(),
  }),
  CreateAlias: () => ({ AliasName: `alias/${randomUUID()}` }),
  CreateGrant: () => ({ GranteePrincipal: root, Operations: ['DescribeKey'] }),
  Decapsulate: () => ({
    EncapsulationAlgorithm: 'ML_KEM',
    SharedSecretCiphertextBlob: base64(randomBytes(768)),
  }),
  Decrypt: async world => ({ CiphertextBlob: await world.ciphertext() }),
  DeleteAlias: async world => ({ AliasName: await world.alias() }),
  DeriveSharedSecret: async world => ({ KeyAgreementAlgorithm: 'ECDH', PublicKey: await peerKey(world) }),
  Encapsulate: () => ({ EncapsulationAlgorithm: 'ML_KEM' }),
  Encrypt: () => ({ Plaintext: message }),
  GenerateDataKey: () => ({ KeySpec: 'AES_256' }),
  GenerateDataKeyPair: () => ({ KeyPairSpec: 'ECC_NIST_P256' }),
  GenerateDataKeyPairWithoutPlaintext: () => ({ KeyPairSpec: 'ECC_NIST_P256' }),
  GenerateDataKeyWithoutPlaintext: () => ({ NumberOfBytes: 16 }),
  GenerateMac: () => ({ Message: message, MacAlgorithm: 'HMAC_SHA_256' }),
  GenerateRandom: () => ({ NumberOfBytes: 16 }),
  GetParametersForImport: () => ({ WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }),
  ImportKeyMaterial: world =>
    world.once('import', async () => world.importOf((await world.key('external')).id)),
  ListRetirableGrants: () => ({ RetiringPrincipal: root }),
  PutKeyPolicy: async world => await world.caller.answer('GetKeyPolicy', await world.inputOf('GetKeyPolicy')),
  ReEncrypt: async world => ({ CiphertextBlob: await world.ciphertext() }),
  ReplicateKey: () => ({ ReplicaRegion: freeRegion }),
  RetireGrant: async world => ({ GrantToken: (await world.grant())['GrantToken'] }),
  RevokeGrant: async world => ({ GrantId: (await world.grant())['GrantId'] }),
  Sign: () => ({ Message: message, SigningAlgorithm: 'ECDSA_SHA_256' }),
  TagResource: () => ({ Tags: [{ TagKey: 'team', TagValue: 'blue' }] }),
  UntagResource: () => ({ TagKeys: ['team'] }),
  UpdateAlias: async world => ({ AliasName: await world.alias() }),
  UpdateKeyDescription: () => ({ Description: 'orders' }),
  UpdatePrimaryRegion: () => ({ PrimaryRegion: replicaRegion }),
  Verify: signed,
  VerifyMac: authenticated,
}
