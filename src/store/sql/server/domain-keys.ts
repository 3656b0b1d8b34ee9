import type { Kysely, Transaction } from 'kysely'
import type { DomainKeyReader, DomainKeyWriter, StoredDomainKey } from '../../contract/server.ts'
import type { Schema } from '../schema.ts'

export class SqlDomainKeyReader implements DomainKeyReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  async list(): Promise<StoredDomainKey[]> {
    return await this.db
      .selectFrom('domain_keys')
      .select(['domain_key_id as domainKeyId', 'domain', 'wrapped'])
      .execute()
  }
}

export class SqlDomainKeyWriter extends SqlDomainKeyReader implements DomainKeyWriter {
  // Narrows the handle: writing needs a transaction.
  constructor(db: Transaction<Schema>) {
    super(db)
  }

  async insert({ domainKeyId, domain, wrapped }: StoredDomainKey): Promise<void> {
    await this.db.insertInto('domain_keys').values({ domain_key_id: domainKeyId, domain, wrapped }).execute()
  }

  async update({ domainKeyId, wrapped }: StoredDomainKey): Promise<void> {
    await this.db
      .updateTable('domain_keys')
      .set({ wrapped })
      .where('domain_key_id', '=', domainKeyId)
      .execute()
  }
}
