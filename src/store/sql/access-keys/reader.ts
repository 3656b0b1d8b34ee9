import type { Kysely } from 'kysely'
import type { AccessKey } from '../../../domain/index.ts'
import type { AccessKeyReader } from '../../contract/access-keys.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Schema } from '../schema.ts'
import { accessKeyRows } from './rows.ts'

export class SqlAccessKeyReader implements AccessKeyReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(accessKeyId: string): Promise<AccessKey | undefined> {
    const row = await this.db
      .selectFrom('access_keys')
      .selectAll()
      .where('access_key_id', '=', accessKeyId)
      .executeTakeFirst()
    return row && this.#macs.read(accessKeyRows, row)
  }

  async list(accountId: string, userName: string | undefined): Promise<AccessKey[]> {
    const keys = this.db.selectFrom('access_keys').selectAll().where('account_id', '=', accountId)
    const rows = await (userName === undefined
      ? keys.where('user_name', 'is', null)
      : keys.where('user_name', '=', userName)
    )
      .where('service', 'is', null)
      .where('session_token_digest', 'is', null)
      .orderBy('created_at')
      .orderBy('access_key_id')
      .execute()
    return this.#macs.readAll(accessKeyRows, rows)
  }
}
