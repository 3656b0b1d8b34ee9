import type { Kysely } from 'kysely'
import type { UnverifiedAccessKey, UnverifiedAccessKeyReader } from '../../contract/access-keys.ts'
import type { Schema } from '../schema.ts'

export class SqlUnverifiedAccessKeyReader implements UnverifiedAccessKeyReader {
  readonly #db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.#db = db
  }

  async findUnverified(accessKeyId: string): Promise<UnverifiedAccessKey | undefined> {
    const row = await this.#db
      .selectFrom('access_keys')
      .leftJoin('users', join =>
        join
          .onRef('users.account_id', '=', 'access_keys.account_id')
          .onRef('users.user_name', '=', 'access_keys.user_name'),
      )
      .select(['access_keys.account_id', 'access_keys.user_name', 'access_keys.is_active', 'users.user_id'])
      .where('access_key_id', '=', accessKeyId)
      .executeTakeFirst()
    if (row === undefined) return undefined
    const { account_id: accountId, is_active: isActive } = row
    return {
      ...{ accountId, isActive: isActive === 1 },
      userName: row.user_name ?? undefined,
      userId: row.user_id ?? undefined,
    }
  }
}
