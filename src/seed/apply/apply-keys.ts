import {
  defaultKeyPolicy,
  disableRotation,
  enableRotation,
  isPrimary,
  type KeyRecord,
  type KmsKey,
  newKey,
  partitionOf,
  type Scope,
  type Tag,
  withMaterials,
} from '../../domain/index.ts'
import { listRecords } from '../../lifecycle/index.ts'
import type { SeedAlias, SeedKey, SeedMember } from '../file/key-entry.ts'
import { GrantApplier } from './apply-grants.ts'
import { describeMaterials, MaterialMaker } from './apply-materials.ts'
import { remedy } from './reconciler.ts'
import type { SeedWork } from './seed-work.ts'

/** Creates the KMS keys of a seed with their aliases, tags and grants. */
export class KeyApplier {
  readonly #work: SeedWork
  readonly #materials: MaterialMaker
  readonly #grants: GrantApplier

  constructor(work: SeedWork) {
    this.#work = work
    this.#materials = new MaterialMaker(work)
    this.#grants = new GrantApplier(work)
  }

  async apply(accountId: string, seed: SeedKey): Promise<void> {
    const { writer } = this.#work
    const { keyId } = seed
    const known = await this.#listMembers(accountId, seed)
    for (const key of known) checkSameKind(seed, key)
    for (const member of seed.members) {
      const scope: Scope = { accountId, region: member.region }
      const found = await writer.keys.find(scope, keyId)
      if (found === undefined && !(await this.#insert(scope, seed, member))) continue
      if (found !== undefined) await this.#compare(scope, seed, member, found)
      for (const alias of member.aliases) await this.#applyAlias(scope, keyId, alias)
      const isNew = found === undefined
      for (const grant of member.grants) await this.#grants.apply(scope, keyId, grant, isNew)
    }
    await this.#applyWhole(accountId, seed, known.length === 0)
  }

  /** Creates a member, and returns whether it did: a multi-Region key that is to be deleted gets no more replicas. */
  async #insert(scope: Scope, seed: SeedKey, member: SeedMember): Promise<boolean> {
    const { writer, reconciler } = this.#work
    const source = await this.#findSource(scope.accountId, seed)
    if (source?.key.keyState.endsWith('Deletion')) return false
    const record = source
      ? this.#planReplica(scope, member, source)
      : await this.#planKey(scope, seed, member)
    const { keyId, at } = seed
    await writer.keys.insert(record)
    await writer.tags.put(scope, keyId, member.tags)
    const wanted = stateOf(member, keyStateOf(member), record.policy)
    await reconciler.record({ entry: keyEntry(scope, keyId), at, name: keyId, wanted })
    if (seed.materials.length > 0) {
      const described = this.#materials.describe(seed, ownerOf(scope, seed))
      await reconciler.record({ entry: materialsEntry(scope, keyId), at, name: keyId, wanted: described })
    }
    return true
  }

  /** The record that a new member is a replica of: the primary if it is on this server, otherwise any member. */
  async #findSource(accountId: string, seed: SeedKey): Promise<KeyRecord | undefined> {
    const [first] = await this.#listMembers(accountId, seed)
    if (first === undefined || !seed.isMultiRegion) return undefined
    const records = await listRecords(this.#work.writer, first)
    return records.find(({ key }) => isPrimary(key)) ?? records[0]
  }

  /** The key in all its regions. Single-Region keys with the same id in other regions are different keys. */
  async #listMembers(accountId: string, { keyId, isMultiRegion, members }: SeedKey): Promise<KmsKey[]> {
    const found = await this.#work.writer.keys.listMembers(accountId, keyId)
    return isMultiRegion ? found : found.filter(({ region }) => region === members[0].region)
  }

  async #planKey(scope: Scope, seed: SeedKey, member: SeedMember): Promise<KeyRecord> {
    const { now } = this.#work
    const { keyUsage, origin, rotationDays } = seed
    const owner = ownerOf(scope, seed)
    const materials = await this.#materials.make(seed, owner)
    const fresh: KmsKey = {
      ...newKey({ ...owner, keyUsage, origin, createdAt: now }),
      description: member.description,
      currentKeyMaterialId: materials.findLast(({ pending }) => pending === undefined)?.keyMaterialId,
      primaryRegion: seed.isMultiRegion ? scope.region : undefined,
    }
    const key = rotationDays === undefined ? fresh : enableRotation(fresh, rotationDays, now)
    return {
      key: withState(withMaterials(key, materials), member),
      policy: policyOf(scope, member),
      materials,
    }
  }

  #planReplica(scope: Scope, member: SeedMember, source: KeyRecord): KeyRecord {
    const { keyId, keySpec, keyUsage, origin, currentKeyMaterialId, primaryRegion, rotation } = source.key
    const materials = this.#materials.replicate(source, scope.region)
    const fresh = newKey({ ...scope, keyId, keySpec, keyUsage, origin, createdAt: this.#work.now })
    const { description } = member
    const key = { ...fresh, description, currentKeyMaterialId, primaryRegion, rotation }
    return {
      key: withState(withMaterials(key, materials), member),
      policy: policyOf(scope, member),
      materials,
    }
  }

  /** Different key material would be a different key, so it must never differ. Clients may have changed the rest. */
  async #compare(scope: Scope, seed: SeedKey, member: SeedMember, found: KeyRecord): Promise<void> {
    const { writer, reconciler } = this.#work
    const { keyId, at } = seed
    const { key, policy, materials } = found
    if (seed.materials.length > 0) {
      const conflict =
        'has different key material than the existing key; ' +
        'key material cannot change, so give the key a different id'
      await reconciler.reconcile({
        entry: materialsEntry(scope, keyId),
        at,
        name: keyId,
        wanted: this.#materials.describe(seed, ownerOf(scope, seed)),
        actual: describeMaterials(materials),
        apply: () => Promise.reject(at.error(`(${keyId}) ${conflict}`)),
        conflict,
      })
    }
    const { items } = await writer.tags.list(scope, keyId, { after: undefined, limit: 1000 })
    const { description } = key
    await reconciler.reconcile({
      entry: keyEntry(scope, keyId),
      at: member.at,
      name: keyId,
      wanted: stateOf(member, keyStateOf(member), policyOf(scope, member)),
      actual: stateOf({ description, tags: items }, steadyStateOf(key, member), policy),
      apply: () => this.#change(key, member, items),
      conflict: `differs from the existing key in its description, state, tags or policy; ${remedy}`,
    })
  }

  async #change(key: KmsKey, member: SeedMember, tags: readonly Tag[]): Promise<void> {
    const { writer } = this.#work
    await writer.keys.update(
      withState({ ...key, description: member.description, transition: undefined }, member),
    )
    await writer.keys.setPolicy(key, key.keyId, policyOf(key, member))
    await writer.tags.delete(
      key,
      key.keyId,
      tags.map(tag => tag.tagKey),
    )
    await writer.tags.put(key, key.keyId, member.tags)
  }

  /** Reconciles the properties that a key has once for all its regions: its rotation and its primary region. */
  async #applyWhole(accountId: string, seed: SeedKey, isNew: boolean): Promise<void> {
    const { now, reconciler } = this.#work
    const { at, keyId, isMultiRegion, rotationDays } = seed
    const { region } = seed.members[0]
    const members = await this.#listMembers(accountId, seed)
    const [key] = members
    if (key === undefined) return
    // One entry for all regions of a multi-Region key; one per region if other regions may have different keys of this
    // id.
    const whole = isMultiRegion ? `${accountId}/${keyId}` : `${region}/${accountId}/${keyId}`
    const rotation = { entry: `rotation/${whole}`, at, name: keyId, wanted: String(rotationDays ?? 'off') }
    const primary = { entry: `primary/${whole}`, at, name: keyId, wanted: region }
    if (isNew) {
      await reconciler.record(rotation)
      if (isMultiRegion) await reconciler.record(primary)
      return
    }
    const rotated = (member: KmsKey) =>
      rotationDays === undefined ? disableRotation(member) : enableRotation(member, rotationDays, now)
    await reconciler.reconcile({
      ...rotation,
      actual: String(key.rotation?.periodDays ?? 'off'),
      unseeded: 'off',
      apply: () => this.#updateAll(members, rotated),
      conflict: `differs from the existing key in its automatic rotation; ${remedy}`,
    })
    if (!isMultiRegion || members.every(member => member.region !== region)) return
    const afterwards = await this.#listMembers(accountId, seed)
    await reconciler.reconcile({
      ...primary,
      actual: key.primaryRegion ?? '',
      apply: () => this.#updateAll(afterwards, member => ({ ...member, primaryRegion: region })),
      conflict: `differs from the existing key, which has its primary in ${key.primaryRegion}; ${remedy}`,
    })
  }

  async #updateAll(members: readonly KmsKey[], change: (member: KmsKey) => KmsKey): Promise<void> {
    for (const member of members) await this.#work.writer.keys.update(change(member))
  }

  async #applyAlias(scope: Scope, targetKeyId: string, { aliasName, at }: SeedAlias): Promise<void> {
    const { writer, now, reconciler } = this.#work
    const alias = { ...scope, aliasName, targetKeyId, createdAt: now, updatedAt: now }
    const found = await writer.aliases.find(scope, aliasName)
    if (found === undefined) await writer.aliases.insert(alias)
    const actual = found?.targetKeyId ?? targetKeyId
    await reconciler.reconcile({
      entry: `alias/${scope.region}/${scope.accountId}/${aliasName}`,
      at,
      name: aliasName,
      wanted: targetKeyId,
      actual,
      apply: () => writer.aliases.update(alias),
      conflict: `points to a different key already (${actual}); ${remedy}`,
    })
  }
}

const keyEntry = ({ region, accountId }: Scope, keyId: string) => `key/${region}/${accountId}/${keyId}`
const materialsEntry = ({ region, accountId }: Scope, keyId: string) =>
  `materials/${region}/${accountId}/${keyId}`
const keyStateOf = ({ isEnabled }: SeedMember) => (isEnabled ? 'Enabled' : 'Disabled')

function ownerOf(scope: Scope, { keyId, keySpec }: SeedKey) {
  return { ...scope, keyId, keySpec }
}

function policyOf({ accountId, region }: Scope, member: SeedMember): string {
  return member.policy ?? defaultKeyPolicy(accountId, partitionOf(region))
}

/** Checks the properties of a key that can never change. Throws OperatorError. */
function checkSameKind(seed: SeedKey, key: KmsKey): void {
  const { at, keyId, keySpec, keyUsage, origin } = seed
  const differ = (property: string, actual: string) =>
    at.error(
      `(${keyId}) has a different ${property} than the existing key (${actual}); give it a different id`,
    )
  if (key.keySpec !== keySpec) throw differ('spec', key.keySpec)
  if (key.keyUsage !== keyUsage) throw differ('usage', key.keyUsage)
  if (key.origin !== origin) throw differ('origin', key.origin)
}

/** A key that waits for its key material is neither enabled nor disabled. */
function withState(key: KmsKey, member: SeedMember): KmsKey {
  return key.keyState === 'PendingImport' ? key : { ...key, keyState: keyStateOf(member) }
}

/** The state to compare. A transition and a wait for key material do not count: nobody changed the state of the key. */
function steadyStateOf({ keyState, transition }: KmsKey, member: SeedMember): KmsKey['keyState'] {
  const steady = transition?.keyState ?? keyState
  return steady === 'PendingImport' ? keyStateOf(member) : steady
}

/** Everything in a seeded key that clients may change, as one text to compare and digest. It contains no secrets. */
function stateOf(
  { description, tags }: Pick<SeedMember, 'description' | 'tags'>,
  keyState: KmsKey['keyState'],
  policy: string,
): string {
  const pairs = [...tags]
    .sort((a, b) => (a.tagKey < b.tagKey ? -1 : 1))
    .map(tag => [tag.tagKey, tag.tagValue])
  return JSON.stringify({ description, keyState, tags: pairs, policy })
}
