import type { Kysely, Transaction } from 'kysely'
import { globalDomain } from '../../../domain/index.ts'
import type {
  AuditCursorReader,
  AuditCursorWriter,
  LogCursor,
  NamedCursor,
} from '../../contract/audit-cursors.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { auditCursorRows, fromNamedCursor } from './audit-rows.ts'

export class SqlAuditCursorReader implements AuditCursorReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(name: string): Promise<LogCursor[]> {
    const rows = await this.db
      .selectFrom('audit_cursors')
      .selectAll()
      .where('name', '=', name)
      .orderBy('stream')
      .execute()
    // A reader that misses a cursor would begin elsewhere, so a cursor that does not verify is an error here.
    return rows.map(row => this.#macs.read(auditCursorRows, row).cursor)
  }

  async list(): Promise<NamedCursor[]> {
    const rows = await this.db
      .selectFrom('audit_cursors')
      .selectAll()
      .where('name', '>', '')
      .orderBy('name')
      .orderBy('stream')
      .execute()
    return this.#macs.readAll(auditCursorRows, rows)
  }
}

export class SqlAuditCursorWriter extends SqlAuditCursorReader implements AuditCursorWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async put(name: string, cursor: LogCursor): Promise<void> {
    const row = fromNamedCursor({ name, cursor })
    const before = await this.db
      .selectFrom('audit_cursors')
      .selectAll()
      .where('name', '=', name)
      .where('stream', '=', cursor.stream)
      .executeTakeFirst()
    if (before === undefined) {
      await this.db.insertInto('audit_cursors').values(this.#changes.inserted(auditCursorRows, row)).execute()
      return
    }
    await this.db
      .updateTable('audit_cursors')
      .set(this.#changes.replaced(auditCursorRows, before, row))
      .where('name', '=', name)
      .where('stream', '=', cursor.stream)
      .execute()
  }

  async delete(name: string): Promise<void> {
    const deletion = this.db.deleteFrom('audit_cursors').where('name', '=', name)
    this.#changes.removed(globalDomain, await deletion.returning('mac').execute())
  }
}
