import type { Kysely, Transaction } from 'kysely'
import type {
  DomainKeyReader,
  DomainKeyWriter,
  StoredDomainKey,
  StoredDomainKeyChange,
} from '../../contract/server.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import type { DomainKeyRow } from './rows.ts'

export class SqlDomainKeyReader implements DomainKeyReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  async list(): Promise<StoredDomainKey[]> {
    const columns = ['domain_key_id as domainKeyId', 'domain', 'wrapped', 'version', 'state'] as const
    return await this.db
      .selectFrom('domain_keys')
      .select([...columns, 'created_at as createdAt'])
      .orderBy('domain_key_id')
      .execute()
  }
}

export class SqlDomainKeyWriter extends SqlDomainKeyReader implements DomainKeyWriter {
  readonly #changes: Changes

  // Narrows the handle: writing needs a transaction.
  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db)
    this.#changes = changes
  }

  async insert(domainKey: StoredDomainKey): Promise<void> {
    await this.db.insertInto('domain_keys').values(fromDomainKey(domainKey)).execute()
  }

  async update(domainKey: StoredDomainKey): Promise<void> {
    const { domain_key_id: id, domain: _, ...values } = fromDomainKey(domainKey)
    await this.db.updateTable('domain_keys').set(values).where('domain_key_id', '=', id).execute()
  }

  async delete(domainKeyId: string): Promise<void> {
    await this.db.deleteFrom('domain_keys').where('domain_key_id', '=', domainKeyId).execute()
  }

  erase(bytes: readonly Uint8Array[]): void {
    this.#changes.erased.push(...bytes)
  }

  async change({ put, removed, erased }: StoredDomainKeyChange): Promise<void> {
    const known = new Set((await this.list()).map(({ domainKeyId }) => domainKeyId))
    for (const domainKey of put) {
      if (known.has(domainKey.domainKeyId)) await this.update(domainKey)
      else await this.insert(domainKey)
    }
    for (const domainKeyId of removed) await this.delete(domainKeyId)
    this.erase(erased)
  }
}

const fromDomainKey = (domainKey: StoredDomainKey): DomainKeyRow => ({
  domain_key_id: domainKey.domainKeyId,
  domain: domainKey.domain,
  wrapped: domainKey.wrapped,
  version: domainKey.version,
  state: domainKey.state,
  created_at: domainKey.createdAt,
})
