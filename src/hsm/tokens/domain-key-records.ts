import { KeyObject } from 'node:crypto'
import { type Millis, OperatorError } from '../../std/index.ts'
import { Xaes256Gcm } from '../cipher/xaes-256-gcm.ts'
import { SealBroken } from '../problems.ts'
import { associatedData } from './associated-data.ts'

/**
 * A domain key, wrapped by the root key. It wraps the key tokens of one region, or the secrets that have no region. A record
 * from before rotation has no version and no state; it is the only one of its domain, and counts as version 1.
 */
export interface WrappedDomainKey {
  readonly domainKeyId: string
  /** A region, or `global`. */
  readonly domain: string
  readonly wrapped: Uint8Array
  readonly version: number | null
  readonly state: 'current' | 'retiring' | null
  readonly createdAt: Millis | null
}

/** The cipher of a root key. */
export type RootSealer = Pick<Xaes256Gcm, 'seal' | 'open'>

/** Runs `use` with the cipher of a root key. */
export function withRoot<T>(rootKey: KeyObject | RootSealer, use: (root: RootSealer) => T): T {
  if (!(rootKey instanceof KeyObject)) return use(rootKey)
  const root = new Xaes256Gcm(rootKey)
  try {
    return use(root)
  } finally {
    root.destroy()
  }
}

/** The record of a domain key with its 32 bytes. */
export interface OpenRecord {
  readonly record: WrappedDomainKey
  readonly version: number
  readonly isCurrent: boolean
  readonly material: Buffer
}

/**
 * Opens the records of all domain keys, whatever their order. Each domain has one current record, which names the retiring ones,
 * so that no record can be put back or left out. Throws OperatorError if a different root key wrapped them, or if they
 * were changed. The caller wipes the materials.
 */
export function openRecords(root: RootSealer, records: readonly WrappedDomainKey[]): OpenRecord[] {
  const opened: OpenRecord[] = []
  try {
    for (const [domain, ofDomain] of Map.groupBy(records, record => record.domain)) {
      checkStates(domain, ofDomain)
      const retiringIds = retiringIdsOf(ofDomain)
      for (const record of ofDomain) {
        const data = dataOf(record, record.state === 'current' ? retiringIds : [])
        const material = openOrRefuse(root, record, data)
        opened.push({
          record,
          material,
          version: record.version ?? 1,
          isCurrent: record.state !== 'retiring',
        })
      }
    }
    return opened
  } catch (error) {
    wipe(opened)
    throw error
  }
}

export function wipe(opened: readonly OpenRecord[]): void {
  for (const { material } of opened) material.fill(0)
}

/** The contents of a new record of a domain key. */
export type RecordFacts = Omit<WrappedDomainKey, 'wrapped' | 'version' | 'state'> & {
  readonly version: number
  readonly state: 'current' | 'retiring'
}

/** Seals the record of a domain key; a current one names the ids of the retiring keys of its domain. */
export function sealRecord(
  root: RootSealer,
  material: Uint8Array,
  facts: RecordFacts,
  retiringIds: readonly string[] = [],
): WrappedDomainKey {
  return { ...facts, wrapped: root.seal(material, dataOf(facts, retiringIds)) }
}

/** Whether a record is of a database whose rows have no MACs yet. */
export function isBeforeMacs(root: RootSealer, record: WrappedDomainKey): boolean {
  const material = tryToOpen(root, record, dataBeforeMacs(record))
  material?.fill(0)
  return material !== undefined
}

/** Returns the record of a domain key from before MACs as a record of a database with MACs. Throws OperatorError. */
export function upgradeRecord(root: RootSealer, record: WrappedDomainKey): WrappedDomainKey {
  const material = openOrRefuse(root, record, dataBeforeMacs(record))
  const wrapped = root.seal(material, dataOf(record, []))
  material.fill(0)
  return { ...record, wrapped }
}

export const retiringIdsOf = (records: readonly WrappedDomainKey[]) =>
  records.filter(({ state }) => state === 'retiring').map(({ domainKeyId }) => domainKeyId)

/** Throws OperatorError unless one record is the current one, and the newest. */
function checkStates(domain: string, records: readonly WrappedDomainKey[]): void {
  const current = records.filter(({ state }) => state === 'current')
  const newest = Math.max(...records.map(({ version }) => version ?? 0))
  const isOld = records.length === 1 && records[0]?.version === null && records[0].state === null
  const isRight =
    current.length === 1 &&
    current[0]?.version === newest &&
    records.every(({ version, state }) => version !== null && state !== null)
  if (isOld || isRight) return
  throw new OperatorError(
    `The records of the domain keys of ${domain} do not verify: one was added, removed or put back outside of Keyward. Restore the database from a backup.`,
  )
}

function openOrRefuse(root: RootSealer, record: WrappedDomainKey, data: Buffer): Buffer {
  const material = tryToOpen(root, record, data)
  if (material !== undefined) return material
  throw new OperatorError(
    `The root key does not open the domain key of ${record.domain}: it is not the root key that this database was made with, or the record of the domain key was changed. Put the right root key back, or name its place with KEYWARD_ROOT_KEY.`,
  )
}

function tryToOpen(root: RootSealer, { wrapped }: WrappedDomainKey, data: Buffer): Buffer | undefined {
  try {
    return root.open(wrapped, data)
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}

// The purpose under which the root key seals a record. The second one says that rows have MACs, the third one has a version, so
// that nobody can remove the MACs and claim that there never were any.

const dataBeforeMacs = ({ domainKeyId, domain }: WrappedDomainKey) =>
  associatedData('keyward domain key v1', [domainKeyId, domain])

function dataOf(
  { domainKeyId, domain, version, state }: Omit<WrappedDomainKey, 'wrapped'>,
  retiringIds: readonly string[],
): Buffer {
  if (version === null || state === null)
    return associatedData('keyward domain key v2', [domainKeyId, domain])
  const retiring = [...retiringIds].sort().join(',')
  return associatedData('keyward domain key v3', [domainKeyId, domain, `${version}`, state, retiring])
}
