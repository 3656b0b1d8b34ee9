import type { Kysely, Transaction } from 'kysely'
import type { OutboxReader, OutboxRecord, OutboxWriter } from '../../contract/server.ts'
import type { Schema } from '../schema.ts'

export class SqlOutboxReader implements OutboxReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  async list(): Promise<OutboxRecord[]> {
    return await this.db
      .selectFrom('audit_outbox')
      .select(['event_id as eventId', 'recorded_at as recordedAt', 'line'])
      .orderBy('recorded_at')
      .execute()
  }
}

export class SqlOutboxWriter extends SqlOutboxReader implements OutboxWriter {
  // Narrows the handle: writing needs a transaction.
  constructor(db: Transaction<Schema>) {
    super(db)
  }

  async insert({ eventId, recordedAt, line }: OutboxRecord): Promise<void> {
    await this.db
      .insertInto('audit_outbox')
      .values({ event_id: eventId, recorded_at: recordedAt, line })
      .execute()
  }

  async delete(eventIds: readonly string[]): Promise<void> {
    if (eventIds.length === 0) return
    await this.db.deleteFrom('audit_outbox').where('event_id', 'in', eventIds).execute()
  }
}
