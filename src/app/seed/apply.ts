import { defaultKeyPolicy } from '../../access/index.ts'
import { type AccessKey, type KmsKey, partitionOf, type Scope, type Tag } from '../../domain/index.ts'
import type { Hsm } from '../../hsm/index.ts'
import { type Clock, equalConstantTime, sha256, sha256Hex } from '../../std/index.ts'
import type { Store, Writer } from '../../store/index.ts'
import { generateUserId } from '../access-key-ids.ts'
import type { Located } from './located.ts'
import type { Seed, SeedAccessKey, SeedAccount, SeedKey, SeedUser } from './seed-file.ts'

export interface SeedContext {
  readonly store: Store
  readonly hsm: Hsm
  readonly clock: Clock
}

/**
 * Brings a seed into the store: all of it, or on any conflict none. What is there already as the seed has it is left
 * alone; so is what the same seed made and a client has since changed. What is there and differs is a conflict:
 * OperatorError with its line.
 */
export async function applySeed(seed: Seed, context: SeedContext): Promise<void> {
  await context.store.write(async writer => {
    const applier = new SeedApplier(writer, context)
    for (const account of seed.accounts) await applier.applyAccount(account)
  })
}

/** An entry of the seed that clients may have changed, with its states as texts. */
interface Settlement {
  readonly entry: string
  readonly wanted: string
  readonly actual: string
  readonly apply: () => Promise<void>
  readonly conflict: () => Error
}

class SeedApplier {
  readonly #writer: Writer
  readonly #hsm: Hsm
  readonly #now: number
  readonly #settled = new Set<string>()

  constructor(writer: Writer, { hsm, clock }: SeedContext) {
    this.#writer = writer
    this.#hsm = hsm
    this.#now = clock.now()
  }

  async applyAccount({ accountId, rootAccessKeys, users, keys }: SeedAccount): Promise<void> {
    if (!(await this.#writer.hasAccount(accountId))) await this.#writer.insertAccount(accountId, this.#now)
    for (const accessKey of rootAccessKeys) await this.#applyAccessKey(accountId, undefined, accessKey)
    for (const user of users) await this.#applyUser(accountId, user)
    for (const key of keys) await this.#applyKey(accountId, key)
  }

  async #applyUser(accountId: string, { at, userName, policies, accessKeys }: SeedUser): Promise<void> {
    const found = await this.#writer.findUser(accountId, userName)
    const wanted = JSON.stringify([...policies].sort((a, b) => (a.name < b.name ? -1 : 1)))
    if (found === undefined) {
      await this.#writer.insertUser({
        accountId,
        userName,
        userId: generateUserId(),
        createdAt: this.#now,
        policies,
      })
    }
    const actual = found === undefined ? wanted : JSON.stringify(found.policies)
    await this.#settle({
      entry: `user/${accountId}/${userName}`,
      wanted,
      actual,
      apply: () => this.#writer.setUserPolicies(accountId, userName, policies),
      conflict: () => at.error(`(${userName}) has other policies than the user there is`),
    })
    for (const accessKey of accessKeys) await this.#applyAccessKey(accountId, userName, accessKey)
  }

  async #applyAccessKey(accountId: string, userName: string | undefined, seed: SeedAccessKey): Promise<void> {
    const { at, accessKeyId, secret, sessionToken, expiresAt } = seed
    const found = await this.#writer.findAccessKey(accessKeyId)
    const sessionTokenDigest = sessionToken === undefined ? undefined : sha256(sessionToken)
    if (found === undefined) {
      await this.#writer.insertAccessKey({
        accessKeyId,
        accountId,
        userName,
        wrappedSecret: this.#hsm.wrapSecret(accessKeyId, Buffer.from(secret)),
        isActive: true,
        createdAt: this.#now,
        sessionTokenDigest,
        expiresAt,
      })
      return
    }
    const isSame =
      found.accountId === accountId &&
      found.userName === userName &&
      found.expiresAt === expiresAt &&
      Buffer.compare(found.sessionTokenDigest ?? Buffer.alloc(0), sessionTokenDigest ?? Buffer.alloc(0)) ===
        0 &&
      this.#hasSecret(found, secret)
    if (!isSame) throw at.error(`(${accessKeyId}) differs from the access key of that id there is`)
  }

  #hasSecret({ accessKeyId, wrappedSecret }: AccessKey, secret: string): boolean {
    const actual = this.#hsm.unwrapSecret(accessKeyId, wrappedSecret)
    const isSame = equalConstantTime(actual, Buffer.from(secret))
    actual.fill(0)
    return isSame
  }

  async #applyKey(accountId: string, seed: SeedKey): Promise<void> {
    const scope: Scope = { accountId, region: seed.region }
    const found = await this.#writer.findKey(scope, seed.keyId)
    if (found === undefined) await this.#insertKey(scope, seed)
    else await this.#compareKey(scope, seed, found.key, found.policy)
    for (const alias of seed.aliases) await this.#applyAlias(scope, seed.keyId, alias.aliasName, alias.at)
  }

  async #insertKey(scope: Scope, seed: SeedKey): Promise<void> {
    const { keyId, keySpec } = seed
    const owner = { ...scope, keyId, keySpec }
    const material = this.#wrapMaterial(seed, owner)
    const policy = policyOf(scope, seed)
    const key: KmsKey = {
      ...owner,
      keyUsage: 'ENCRYPT_DECRYPT',
      origin: 'AWS_KMS',
      keyManager: 'CUSTOMER',
      keyState: keyStateOf(seed),
      description: seed.description,
      createdAt: this.#now,
      deletionAt: undefined,
      currentKeyMaterialId: material.keyMaterialId,
    }
    await this.#writer.insertKey({ key, policy, materials: [{ ...material, createdAt: this.#now }] })
    await this.#writer.putTags(scope, keyId, seed.tags)
    await this.#writer.putSeedDigest(
      keyEntry(scope, keyId),
      sha256Hex(stateOf({ ...seed, keyState: keyStateOf(seed) }, policy)),
    )
  }

  /** The material is what the key is: it may never differ. The rest may have been changed by clients since. */
  async #compareKey(scope: Scope, seed: SeedKey, key: KmsKey, policy: string): Promise<void> {
    const { at, keyId, keySpec, material } = seed
    if (key.keySpec !== keySpec)
      throw at.error(`(${keyId}) has another spec than the key there is (${key.keySpec})`)
    if (material !== undefined) {
      const { keyMaterialId } = this.#wrapMaterial(seed, { ...scope, keyId, keySpec })
      const record = await this.#writer.findKey(scope, keyId)
      if (record?.materials.every(known => known.keyMaterialId !== keyMaterialId)) {
        throw at.error(`(${keyId}) has other key material than the key there is`)
      }
    }
    const { items } = await this.#writer.listTags(scope, keyId, { after: undefined, limit: 1000 })
    const actual = stateOf({ description: key.description, keyState: key.keyState, tags: items }, policy)
    await this.#settle({
      entry: keyEntry(scope, keyId),
      wanted: stateOf({ ...seed, keyState: keyStateOf(seed) }, policyOf(scope, seed)),
      actual,
      apply: () => this.#changeKey(key, seed, items),
      conflict: () =>
        at.error(`(${keyId}) differs from the key there is in its description, state, tags or policy`),
    })
  }

  async #changeKey(key: KmsKey, seed: SeedKey, tags: readonly Tag[]): Promise<void> {
    const { description } = seed
    await this.#writer.updateKey({ ...key, description, keyState: keyStateOf(seed) })
    await this.#writer.setKeyPolicy(key, key.keyId, policyOf(key, seed))
    await this.#writer.deleteTags(
      key,
      key.keyId,
      tags.map(tag => tag.tagKey),
    )
    await this.#writer.putTags(key, key.keyId, seed.tags)
  }

  async #applyAlias(scope: Scope, targetKeyId: string, aliasName: string, at: Located): Promise<void> {
    const found = await this.#writer.findAlias(scope, aliasName)
    if (found === undefined) {
      await this.#writer.insertAlias({
        ...scope,
        aliasName,
        targetKeyId,
        createdAt: this.#now,
        updatedAt: this.#now,
      })
    }
    const actual = found?.targetKeyId ?? targetKeyId
    await this.#settle({
      entry: `alias/${scope.region}/${scope.accountId}/${aliasName}`,
      wanted: targetKeyId,
      actual,
      apply: () =>
        this.#writer.updateAlias({
          ...scope,
          aliasName,
          targetKeyId,
          createdAt: this.#now,
          updatedAt: this.#now,
        }),
      conflict: () => at.error(`(${aliasName}) points to another key already: ${actual}`),
    })
  }

  /**
   * Brings an entry from what it is to what is wanted: by `apply` where nobody has changed it since the last seed, and
   * not at all where only clients have. Where both have, or where it was never seeded, the seed and the store disagree.
   */
  async #settle({ entry, wanted, actual, apply, conflict }: Settlement): Promise<void> {
    // What the file says twice, it says differently or for nothing.
    if (this.#settled.has(entry)) throw conflict()
    this.#settled.add(entry)
    const last = await this.#writer.findSeedDigest(entry)
    if (actual !== wanted && last === sha256Hex(wanted)) return
    if (actual !== wanted && last !== sha256Hex(actual)) throw conflict()
    if (actual !== wanted) await apply()
    await this.#writer.putSeedDigest(entry, sha256Hex(wanted))
  }

  #wrapMaterial(seed: SeedKey, owner: Scope & Pick<SeedKey, 'keyId' | 'keySpec'>) {
    if (seed.material === undefined) return this.#hsm.generateKeyMaterial(owner)
    try {
      // The HSM wipes what it takes, and a transaction may be run again.
      return this.#hsm.importKeyMaterial(owner, Buffer.from(seed.material))
    } catch (error) {
      throw seed.at.error(`(${seed.keyId}) cannot be made: ${(error as Error).message}`)
    }
  }
}

const keyStateOf = (seed: SeedKey) => (seed.isEnabled ? 'Enabled' : 'Disabled')
const keyEntry = (scope: Scope, keyId: string) => `key/${scope.region}/${scope.accountId}/${keyId}`

function policyOf(scope: Scope, seed: SeedKey): string {
  return seed.policy ?? defaultKeyPolicy(scope.accountId, partitionOf(scope.region))
}

/** All of a seeded key that clients may change, as one text to compare and digest; no secrets. */
function stateOf(
  state: Pick<SeedKey, 'description' | 'tags'> & Pick<KmsKey, 'keyState'>,
  policy: string,
): string {
  const tags = [...state.tags]
    .sort((a, b) => (a.tagKey < b.tagKey ? -1 : 1))
    .map(tag => [tag.tagKey, tag.tagValue])
  return JSON.stringify({ description: state.description, keyState: state.keyState, tags, policy })
}
