import type { Kysely } from 'kysely'
import { type Page, type PageRequest, type Scope, type Tag, toPage } from '../../../domain/index.ts'
import type { TagReader } from '../../contract/tags.ts'
import type { Schema } from '../schema.ts'

export class SqlTagReader implements TagReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  async list(scope: Scope, keyId: string, page: PageRequest): Promise<Page<Tag>> {
    const tags = await tagsOf(this.db, scope, keyId)
      .where('tag_key', '>', page.after ?? '')
      .limit(page.limit + 1)
      .execute()
    return toPage(tags, page.limit, tag => tag.tagKey)
  }

  async count(scope: Scope, keyId: string): Promise<number> {
    const row = await this.db
      .selectFrom('tags')
      .select(eb => eb.fn.countAll().as('count'))
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }
}

/** The tags of a key by tag key, ascending. */
export function tagsOf(db: Kysely<Schema>, scope: Scope, keyId: string) {
  return db
    .selectFrom('tags')
    .select(['tag_key as tagKey', 'tag_value as tagValue'])
    .where('account_id', '=', scope.accountId)
    .where('region', '=', scope.region)
    .where('key_id', '=', keyId)
    .orderBy('tag_key')
}
