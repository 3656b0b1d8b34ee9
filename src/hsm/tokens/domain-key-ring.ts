import type { KeyObject } from 'node:crypto'
import { type Millis, randomSecret, uuid } from '../../std/index.ts'
import {
  type OpenRecord,
  openRecords,
  type RootSealer,
  retiringIdsOf,
  sealRecord,
  type WrappedDomainKey,
  wipe,
  withRoot,
} from './domain-key-records.ts'
import { type DomainKeys, type OpenDomainKey, openDomainKey } from './domain-keys.ts'

/** A change of the stored records of domain keys. */
export interface DomainKeyChange {
  /** The records that are new or that replace those with the same ids. */
  readonly put: readonly WrappedDomainKey[]
  /** The ids of the records that go. */
  readonly removed: readonly string[]
  /** The wrapped bytes of records that are replaced or go; the files of the store must lose them. */
  readonly erased: readonly Uint8Array[]
  /** Takes the change over into memory. Called once, after the commit. */
  apply(): void
}

/** A domain key as the operator sees it. */
export interface DomainKeyFacts {
  readonly domainKeyId: string
  /** A region, or `global`. */
  readonly domain: string
  /** 1 for the first key of a domain. */
  readonly version: number
  readonly state: 'current' | 'retiring'
  /** Null for a key from before rotation. */
  readonly createdAt: Millis | null
}

/**
 * Changes the domain keys. Each change is made from the records as the store has them, inside the transaction that stores it,
 * so that two changes never miss each other. All methods throw OperatorError if the root key does not open the records.
 */
export interface DomainKeyRing {
  /** Returns the domain keys by domain and version. */
  list(): readonly DomainKeyFacts[]
  /** Makes new current keys for domains; the current ones retire. Throws Error for a domain without a key. */
  rotate(
    rootKey: KeyObject | RootSealer,
    stored: readonly WrappedDomainKey[],
    domains: readonly string[],
    now: Millis,
  ): DomainKeyChange
  /** Wraps all domain keys under a different root key. */
  rekey(
    from: KeyObject | RootSealer,
    to: KeyObject | RootSealer,
    stored: readonly WrappedDomainKey[],
  ): DomainKeyChange
  /**
   * Removes a retiring key. The memory keeps it until `forget`, so that calls that have read an old token end well. Throws Error
   * for a key that does not retire.
   */
  destroy(
    rootKey: KeyObject | RootSealer,
    stored: readonly WrappedDomainKey[],
    domainKeyId: string,
  ): DomainKeyChange
  /** Drops a key from memory that `destroy` removed. */
  forget(domainKeyId: string): void
}

/** Returns the ring of the open domain keys. */
export function domainKeyRing(domainKeys: DomainKeys): DomainKeyRing {
  const destroyed = new Set<string>()
  return {
    list: () => listFacts(domainKeys).filter(({ domainKeyId }) => !destroyed.has(domainKeyId)),
    rotate: (rootKey, stored, domains, now) =>
      withRecords(rootKey, stored, (opened, root) => {
        const rotated = [...new Set(domains)].map(domain => rotateDomain(root, opened, domain, now))
        return {
          put: rotated.flatMap(({ put }) => put),
          removed: [],
          erased: rotated.map(({ erased }) => erased),
          apply: () => {
            for (const { made } of rotated) domainKeys.add(made)
          },
        }
      }),
    rekey: (from, to, stored) =>
      withRecords(from, stored, opened => ({
        put: withRoot(to, root => opened.map(item => reseal(root, item, opened))),
        removed: [],
        erased: opened.map(({ record }) => record.wrapped),
        // The domain keys stay the same.
        apply: () => undefined,
      })),
    destroy: (rootKey, stored, domainKeyId) =>
      withRecords(rootKey, stored, (opened, root) => {
        const gone = opened.find(({ record }) => record.domainKeyId === domainKeyId)
        if (gone === undefined || gone.isCurrent)
          throw new Error(`the domain key ${domainKeyId} does not retire`)
        const left = opened.filter(item => item !== gone)
        const current = currentOf(left, gone.record.domain)
        return {
          put: [reseal(root, current, left)],
          removed: [domainKeyId],
          erased: [gone.record.wrapped, current.record.wrapped],
          apply: () => destroyed.add(domainKeyId),
        }
      }),
    forget(domainKeyId) {
      if (destroyed.has(domainKeyId)) domainKeys.drop(domainKeyId)
    },
  }
}

/** Opens the records for a change, and wipes the materials after it. */
function withRecords<T>(
  rootKey: KeyObject | RootSealer,
  stored: readonly WrappedDomainKey[],
  change: (opened: readonly OpenRecord[], root: RootSealer) => T,
): T {
  return withRoot(rootKey, root => {
    const opened = openRecords(root, stored)
    try {
      return change(opened, root)
    } finally {
      wipe(opened)
    }
  })
}

/** Makes the next key of a domain. Returns the records of it and of the key before, and the bytes of the record before. */
function rotateDomain(root: RootSealer, opened: readonly OpenRecord[], domain: string, now: Millis) {
  const { record, material, version } = currentOf(opened, domain)
  const { domainKeyId, createdAt } = record
  const retired = sealRecord(root, material, { domainKeyId, domain, version, state: 'retiring', createdAt })
  const facts = { domainKeyId: uuid(), domain, version: version + 1, createdAt: now }
  const bytes = randomSecret(32)
  const retiringIds = [...retiringIdsIn(opened, domain), domainKeyId]
  const put = [retired, sealRecord(root, bytes, { ...facts, state: 'current' }, retiringIds)]
  const made: OpenDomainKey = openDomainKey(facts, bytes)
  bytes.fill(0)
  return { put, erased: record.wrapped, made }
}

/** Seals a record again, as it is beside the given ones. A record from before rotation gets its version. */
function reseal(root: RootSealer, item: OpenRecord, opened: readonly OpenRecord[]): WrappedDomainKey {
  const { record, material, version, isCurrent } = item
  const { domainKeyId, domain, createdAt } = record
  const facts = { domainKeyId, domain, version, createdAt }
  return isCurrent
    ? sealRecord(root, material, { ...facts, state: 'current' }, retiringIdsIn(opened, domain))
    : sealRecord(root, material, { ...facts, state: 'retiring' })
}

function currentOf(opened: readonly OpenRecord[], domain: string): OpenRecord {
  const current = opened.find(({ record, isCurrent }) => record.domain === domain && isCurrent)
  if (current === undefined) throw new Error(`no domain key for ${domain}`)
  return current
}

const retiringIdsIn = (opened: readonly OpenRecord[], domain: string) =>
  retiringIdsOf(opened.map(({ record }) => record).filter(record => record.domain === domain))

function listFacts(domainKeys: DomainKeys): DomainKeyFacts[] {
  const facts = domainKeys.list().map((domainKey): DomainKeyFacts => {
    const { domainKeyId, domain, version, createdAt } = domainKey
    const state = domainKeys.isCurrentKey(domainKey) ? 'current' : 'retiring'
    return { domainKeyId, domain, version, state, createdAt }
  })
  return facts.sort((a, b) => (a.domain === b.domain ? a.version - b.version : a.domain < b.domain ? -1 : 1))
}
