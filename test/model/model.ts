import type { State } from './reference-table.ts'

export const kinds = {
  symmetric: { input: {}, use: 'Encrypt' },
  symmetricEverywhere: { input: { MultiRegion: true }, use: 'Encrypt' },
  imported: { input: { Origin: 'EXTERNAL' }, use: 'Encrypt' },
  importedEverywhere: { input: { Origin: 'EXTERNAL', MultiRegion: true }, use: 'Encrypt' },
  mac: { input: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }, use: 'GenerateMac' },
  importedMac: {
    input: { Origin: 'EXTERNAL', KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
    use: 'GenerateMac',
  },
  signing: {
    input: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', MultiRegion: true },
    use: 'Sign',
  },
} as const
export type Kind = keyof typeof kinds
export type Use = 'Encrypt' | 'GenerateMac' | 'Sign'

/** One key in one Region, in the state that the reference says. */
export interface Member {
  readonly region: string
  state: State
  /** The next state of a Creating or Updating key. The key may have that state already. */
  next: State | undefined
  /** A day of the model's clock. */
  deletionDay: number | undefined
  windowDays: number | undefined
  /** The numbers of the imported materials that are here, with the day on which each expires. */
  readonly imported: Map<number, number | undefined>
  /** The materials that have expired. AWS counts them as imported until they are deleted (recorded from AWS). */
  readonly expired: Set<number>
  readonly tags: Map<string, string>
}

/** A key in all its Regions. */
export interface ModelKey {
  readonly id: string
  readonly number: number
  readonly kind: Kind
  readonly isSymmetric: boolean
  readonly isImported: boolean
  readonly isMultiRegion: boolean
  primaryRegion: string
  readonly members: Map<string, Member>
  /** The numbers of the imported materials that permanently belong to the key. The last is the current material. */
  readonly permanent: number[]
  pending: number | undefined
  rotations: number
  rotation: { readonly period: number; nextDay: number } | undefined
}

export interface Ciphertext {
  readonly key: ModelKey
  readonly blob: string
}

export interface Model {
  day: number
  readonly keys: ModelKey[]
  readonly aliases: { readonly name: string; readonly region: string; readonly key: ModelKey }[]
  readonly ciphertexts: Ciphertext[]
}

export const newModel = (): Model => ({ day: 0, keys: [], aliases: [], ciphertexts: [] })

export function newMember(region: string, state: State, next?: State): Member {
  return {
    region,
    state,
    next,
    deletionDay: undefined,
    windowDays: undefined,
    imported: new Map(),
    expired: new Set(),
    tags: new Map(),
  }
}

export const isPrimary = (key: ModelKey, { region }: Member) => key.primaryRegion === region
export const isReplica = (key: ModelKey, member: Member) => key.isMultiRegion && !isPrimary(key, member)
export const isPendingDeletion = ({ state }: Member) =>
  state === 'PendingDeletion' || state === 'PendingReplicaDeletion'

/** Whether a member has all materials that permanently belong to the key. */
export function isComplete(key: ModelKey, member: Member): boolean {
  if (!key.isImported) return true
  return key.permanent.length > 0 && key.permanent.every(material => member.imported.has(material))
}

/** Whether AWS's ImportState is IMPORTED. */
export const isImported = ({ imported, expired }: Member, material: number) =>
  imported.has(material) || expired.has(material)

/** Whether the pending material is imported in all Regions. */
export function isReady(key: ModelKey): boolean {
  const { pending } = key
  return pending !== undefined && [...key.members.values()].every(member => isImported(member, pending))
}

/** Changes the state of a member after a permanent material was imported, deleted or has expired. */
export function review(key: ModelKey, member: Member): void {
  const change = (state: State): State => {
    if (isComplete(key, member)) return state === 'PendingImport' ? 'Enabled' : state
    return state === 'Enabled' || state === 'Disabled' ? 'PendingImport' : state
  }
  member.state = change(member.state)
  if (member.next !== undefined) member.next = change(member.next)
}

/** Deletes an imported material. */
export function lose(key: ModelKey, member: Member, material: number): void {
  const drop = ({ imported, expired }: Member) => {
    imported.delete(material)
    expired.delete(material)
  }
  if (material !== key.pending) {
    drop(member)
    review(key, member)
  } else if (isReplica(key, member)) {
    drop(member)
  } else {
    key.pending = undefined
    for (const other of key.members.values()) drop(other)
  }
}

/** A pending material that expires stays pending. */
function expire(key: ModelKey, member: Member, material: number): void {
  member.imported.delete(material)
  member.expired.add(material)
  if (material !== key.pending) review(key, member)
}

export function endTransition(member: Member): void {
  if (member.next === undefined) return
  member.state = member.next
  member.next = undefined
}

/** Moves the clock by days, and does everything that is due on each day. */
export function passDays(model: Model, days: number): void {
  for (let passed = 0; passed < days; passed++) {
    model.day += 1
    for (const key of model.keys) passDay(model, key)
  }
}

function passDay(model: Model, key: ModelKey): void {
  for (const member of key.members.values()) {
    endTransition(member)
    if (member.state === 'PendingDeletion' && (member.deletionDay ?? 0) <= model.day)
      remove(model, key, member)
  }
  for (const member of key.members.values()) {
    for (const [material, day] of member.imported) {
      if (day !== undefined && day <= model.day) expire(key, member, material)
    }
  }
  catchUp(model, key)
}

function remove(model: Model, key: ModelKey, { region }: Member): void {
  key.members.delete(region)
  const [last] = key.members.values()
  if (key.members.size === 1 && last?.state === 'PendingReplicaDeletion') {
    last.state = 'PendingDeletion'
    last.deletionDay = model.day + (last.windowDays ?? 0)
    last.windowDays = undefined
  }
  for (const [index, alias] of [...model.aliases.entries()].toReversed()) {
    if (alias.key === key && alias.region === region) model.aliases.splice(index, 1)
  }
}

/** Does the rotation that is due, if the key is enabled. */
export function catchUp(model: Model, key: ModelKey): void {
  const primary = key.members.get(key.primaryRegion)
  const isEnabled = primary?.state === 'Enabled'
  if (!isEnabled || key.rotation === undefined || key.rotation.nextDay > model.day) return
  key.rotations += 1
  key.rotation.nextDay = model.day + key.rotation.period
}
