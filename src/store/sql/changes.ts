import type { Grant, Scope, VpcEndpoint } from '../../domain/index.ts'
import type { Change } from '../contract/store.ts'
import { addElement, emptyDigest, removeElement } from './authenticity/domain-states.ts'
import type { EntityRows, MacColumn, Macs } from './authenticity/macs.ts'

/** The changes of one transaction, remembered until it is committed. */
export class Changes {
  /** The changes that listeners receive, in order. */
  readonly made: Change[] = []
  /** The tokens of deleted or replaced key materials that no key has any more. */
  readonly erased: Uint8Array[] = []
  readonly macs: Macs
  /** For each domain whose entities change, the difference between the digests of the set before and after. */
  readonly digests = new Map<string, Uint8Array>()

  constructor(macs: Macs) {
    this.macs = macs
  }

  /** Returns a new row of an entity with its MAC. */
  inserted<Row, Entity>(rows: EntityRows<Row, Entity>, row: Row): Row & MacColumn {
    const mac = this.macs.of(rows.toAuthentic(row))
    this.mac(rows.toAuthentic(row).domain, undefined, mac)
    return { ...row, mac }
  }

  /** Returns the row that replaces `before`, with its MAC. Throws DoesNotVerify if `before` does not verify. */
  replaced<Row, Entity>(rows: EntityRows<Row, Entity>, before: Row & MacColumn, row: Row): Row & MacColumn {
    const entity = rows.toAuthentic(row)
    this.macs.check(rows.toAuthentic(before), before.mac)
    const mac = this.macs.of(entity)
    this.mac(entity.domain, before.mac, mac)
    return { ...row, mac }
  }

  /** Records the MACs of rows of entities that were removed. */
  removed(domain: string, rows: readonly MacColumn[]): void {
    for (const { mac } of rows) this.mac(domain, mac, undefined)
  }

  /** Records that the MAC of an entity changed; it has none before it is inserted and after it is removed. */
  mac(domain: string, before: Uint8Array | null | undefined, after: Uint8Array | undefined): void {
    if (before && after && Buffer.compare(before, after) === 0) return
    const digest = this.digests.get(domain) ?? emptyDigest()
    const { authenticator } = this.macs
    if (before) removeElement(digest, authenticator.elementOf(domain, before))
    if (after) addElement(digest, authenticator.elementOf(domain, after))
    this.digests.set(domain, digest)
  }

  /** Counts the transaction as a change of a domain, also if no entity of it changes. */
  touch(domain: string): void {
    if (!this.digests.has(domain)) this.digests.set(domain, emptyDigest())
  }

  key(scope: Scope, keyId: string): void {
    this.made.push({ type: 'key', scope: plainScope(scope), keyId })
  }

  keyGone(scope: Scope, keyId: string): void {
    this.made.push({ type: 'key', scope: plainScope(scope), keyId, isGone: true })
  }

  customKeyStore({ customKeyStoreId, ...scope }: Scope & { readonly customKeyStoreId: string }): void {
    this.made.push({ type: 'customKeyStore', scope: plainScope(scope), customKeyStoreId })
  }

  vpcEndpoint(endpoint: VpcEndpoint): void {
    this.made.push({ type: 'vpcEndpoint', endpoint, isGone: false })
  }

  vpcEndpointGone(endpoint: VpcEndpoint): void {
    this.made.push({ type: 'vpcEndpoint', endpoint, isGone: true })
  }

  /** `keyIds` are the keys that the alias pointed to before and points to now. */
  alias(scope: Scope, aliasName: string, keyIds: readonly string[]): void {
    this.made.push({ type: 'alias', scope: plainScope(scope), aliasName, keyIds })
  }

  grant(grant: Grant): void {
    this.made.push({ type: 'grant', grant, isGone: false })
  }

  grantGone(grant: Grant): void {
    this.made.push({ type: 'grant', grant, isGone: true })
  }

  /** Records a change of a user and its access keys, or of all identities of the account if no user is named. */
  identity(accountId: string, userName?: string): void {
    this.made.push({ type: 'identity', accountId, userName })
  }
}

/** The scope alone, if the caller gave a larger object as the scope. */
const plainScope = ({ accountId, region }: Scope): Scope => ({ accountId, region })
