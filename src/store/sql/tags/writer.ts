import type { Transaction } from 'kysely'
import { type Scope, type Tag, tagsPerKeyMax } from '../../../domain/index.ts'
import type { TagWriter } from '../../contract/tags.ts'
import { changeEntities } from '../authenticity/changed-entities.ts'
import type { Changes } from '../changes.ts'
import { labelsParts } from '../keys/key-macs.ts'
import type { Schema } from '../schema.ts'
import { keyColumnNames } from '../scope.ts'
import { SqlTagReader } from './reader.ts'
import { fromTag } from './rows.ts'

export class SqlTagWriter extends SqlTagReader implements TagWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db)
    this.#changes = changes
  }

  async put(scope: Scope, keyId: string, tags: readonly Tag[]): Promise<void> {
    if (tags.length === 0) return
    const put = this.db
      .insertInto('tags')
      .values(tags.map(tag => fromTag(scope, keyId, tag)))
      .onConflict(conflict =>
        conflict
          .columns([...keyColumnNames, 'tag_key'])
          .doUpdateSet(eb => ({ tag_value: eb.ref('excluded.tag_value') })),
      )
    await changeEntities(this.#changes, [labelsParts(this.db, scope, keyId)], () => put.execute())
    this.#changes.key(scope, keyId)
  }

  async delete(scope: Scope, keyId: string, tagKeys: readonly string[]): Promise<void> {
    // A caller may name many tag keys, but a key has few: the statement names only those that the key has.
    const { items } = await this.list(scope, keyId, { after: undefined, limit: tagsPerKeyMax })
    const asked = new Set(tagKeys)
    const present = items.map(tag => tag.tagKey).filter(tagKey => asked.has(tagKey))
    if (present.length === 0) return
    const deletion = this.db
      .deleteFrom('tags')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .where('tag_key', 'in', present)
    await changeEntities(this.#changes, [labelsParts(this.db, scope, keyId)], () => deletion.execute())
    this.#changes.key(scope, keyId)
  }
}
