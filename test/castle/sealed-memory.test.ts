import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Decrypter } from 'age-encryption'
import { makeKey, TestCaller } from '../fixtures/caller.ts'
import { backUp, makeVault } from '../fixtures/castle/backups.ts'
import { command, operate, sharesIn, statusOf } from '../fixtures/castle/operator-command.ts'
import {
  openStoredSecrets,
  secretBytes,
  secretNumbers,
  secretOfShare,
  secretText,
} from '../fixtures/castle/stored-secrets.ts'
import { administratorOf } from '../fixtures/clients.ts'
import { iamClient } from '../fixtures/iam-caller.ts'
import { importMaterial } from '../fixtures/importing.ts'
import { type KeywardProcess, started } from '../fixtures/keyward-process.ts'
import { readMemory, whyNoMemory } from '../fixtures/process-memory.ts'
import { stsOf } from '../fixtures/worlds/sts.ts'
import type { ObservedValue } from '../long/secrets/observed-values.ts'
import { ValueSearch } from '../long/secrets/value-search.ts'

// A server that is sealed has none of the secrets that went through it before, and its files and backups have none that a
// person without the root key could read.

const environment = { KEYWARD_ROOT_KEY: 'shares:' }

/** Starts a server whose root key is split into shares, opens it, and takes the credentials file away, as keyward doctor advises. */
async function startOpen(
  t: TestContext,
): Promise<{ server: KeywardProcess; shares: string[]; admin: Admin }> {
  const server = await started(t, { environment })
  const { dataDirectory } = server
  const shares = sharesIn((await operate(dataDirectory, 'init --shares 3 --threshold 2')).stdout)
  for (const share of shares.slice(0, 2)) await command(server, 'unseal', {}, [share])
  const credentials = administratorOf(server)
  rmSync(join(dataDirectory, 'credentials'))
  return { server, shares, admin: { caller: new TestCaller(server, { credentials }), credentials } }
}

interface Admin {
  readonly caller: TestCaller
  readonly credentials: ReturnType<typeof administratorOf>
}

/** Works with keys of several kinds, and returns the secrets that clients sent and got. */
async function workWith(server: KeywardProcess, { caller, credentials }: Admin): Promise<ObservedValue[]> {
  const { sdk } = caller
  const bytes = (origin: string, value: Uint8Array | undefined) =>
    secretBytes(origin, value ?? assert.fail(origin))
  const text = (origin: string, value: string | undefined) => secretText(origin, value ?? assert.fail(origin))
  const { id: KeyId } = await makeKey(caller)
  const hmac = await makeKey(caller, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  await sdk.generateMac({ KeyId: hmac.id, MacAlgorithm: 'HMAC_SHA_256', Message: randomBytes(30) })
  for (const [KeySpec, SigningAlgorithm] of signing) {
    const signer = await makeKey(caller, { KeySpec, KeyUsage: 'SIGN_VERIFY' })
    await sdk.sign({ KeyId: signer.id, SigningAlgorithm, Message: randomBytes(30) })
  }
  const plaintext = randomBytes(40)
  const { CiphertextBlob } = await sdk.encrypt({ KeyId, Plaintext: plaintext })
  await sdk.decrypt({ CiphertextBlob })
  const dataKey = await sdk.generateDataKey({ KeyId, KeySpec: 'AES_256' })
  const pair = await sdk.generateDataKeyPair({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })
  const random = await sdk.generateRandom({ NumberOfBytes: 32 })
  const material = randomBytes(32)
  const imported = await makeKey(caller, { Origin: 'EXTERNAL' })
  await importMaterial(caller, imported.id, material)
  await sdk.encrypt({ KeyId: imported.id, Plaintext: plaintext })
  const made = await iamClient(server, { credentials }).createAccessKey({ UserName: 'administrator' })
  const { Credentials: session } = await stsOf(server, credentials).getSessionToken({})
  return [
    bytes('a plaintext', plaintext),
    bytes('a data key', dataKey.Plaintext),
    ...secretNumbers('a data key pair', pair.PrivateKeyPlaintext ?? assert.fail()),
    bytes('random bytes', random.Plaintext),
    bytes('imported key material', material),
    text('the secret of the administrator', credentials.secretAccessKey),
    text('the secret of a new access key', made.AccessKey?.SecretAccessKey),
    text('the secret of a session', session?.SecretAccessKey),
    text('the token of a session', session?.SessionToken),
  ]
}

const signing = [
  ['RSA_2048', 'RSASSA_PSS_SHA_256'],
  ['ECC_NIST_P256', 'ECDSA_SHA_256'],
  ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
  ['ML_DSA_44', 'ML_DSA_SHAKE_256'],
] as const

const nothingPublic: ReadonlySet<string> = new Set()

/** The origins of the secrets in the memory of a process. The search ends when it has found those of `enough`. */
function findInMemory(
  { process }: KeywardProcess,
  search: ValueSearch,
  enough?: readonly string[],
): string[] {
  const found = new Set<string>()
  for (const part of readMemory(process.pid)) {
    for (const { value } of search.find(part, nothingPublic)) found.add(value.origin)
    if (enough?.every(origin => found.has(origin)) === true) break
  }
  return [...found]
}

const findIn = (bytes: Buffer, search: ValueSearch) =>
  search.find(bytes, nothingPublic).map(({ value }) => value.origin)

test('a sealed server has no secret of a mixed run in memory, and no file and no backup has one', {
  skip: whyNoMemory,
}, async t => {
  const { server, shares, admin } = await startOpen(t)
  const { dataDirectory } = server
  const observed = await workWith(server, admin)
  const stored = await openStoredSecrets(dataDirectory, shares.slice(1))
  const secrets = [...observed, ...stored, ...shares.map(secretOfShare)]
  assert.ok(stored.length > 15, `${stored.length}`)
  const search = new ValueSearch(secrets)

  // The search would find them: an open server works with its root key and its domain keys.
  const inUse = ['the root key', 'the domain key of us-east-1', 'the domain key of global']
  const inOpen = findInMemory(server, search, inUse)
  for (const origin of inUse) assert.ok(inOpen.includes(origin), origin)

  const vault = await makeVault()
  const backup = await backUp(vault, dataDirectory)
  assert.equal(backup.code, 0, backup.stderr)
  assert.equal((await operate(dataDirectory, 'seal')).stdout, 'The server is sealed.\n')
  await isSealed(server)
  // One share opens nothing, and a share that was taken back is gone.
  await command(server, 'unseal', {}, [shares[0] ?? ''])
  await command(server, 'unseal', { reset: true })
  assert.deepEqual(findInMemory(server, search), [])
  assert.equal(await server.stop(), 0)

  const sealed = await started(t, { dataDirectory, environment })
  assert.equal((await statusOf(sealed)).state, 'sealed')
  assert.deepEqual(findInMemory(sealed, search), [])
  assert.equal(await sealed.stop(), 0)

  const decrypter = new Decrypter()
  decrypter.addIdentity(vault.keys.identity)
  const encrypted = readFileSync(backup.path)
  const archive = Buffer.from(await decrypter.decrypt(encrypted))
  for (const bytes of [encrypted, archive]) assert.deepEqual(findIn(bytes, search), [])
  for (const entry of readdirSync(dataDirectory, { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      assert.deepEqual(findIn(readFileSync(join(entry.parentPath, entry.name)), search), [], entry.name)
  // The archive is what it should be: it has the database.
  assert.ok(archive.includes('keyward_migrations'))
})

/** Waits until the new image of the server answers. */
async function isSealed(server: KeywardProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const status = await statusOf(server).catch(() => undefined)
    if (status?.state === 'sealed') return
    await sleep(100)
  }
  assert.fail('the server is not sealed')
}
