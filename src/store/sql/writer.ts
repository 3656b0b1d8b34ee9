import type { Alias, Grant, KeyMaterial, KeyRecord, KmsKey, Scope, Tag } from '../../domain/index.ts'
import { tagsPerKeyMax } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'
import type { KeyUsageRecord, OutboxRecord, StoredDomainKey, Writer } from '../contract/store.ts'
import { SqlIamWriter } from './iam-writer.ts'
import { fromGrant, fromKey, fromMaterialState, fromMutableOf, scopeColumns } from './rows.ts'
import type { Schema } from './schema.ts'

/** Writes in one transaction, and remembers what they changed for when it is committed. */
export class SqlWriter extends SqlIamWriter implements Writer {
  /** The tokens of key materials that were deleted or replaced, and that no key has any more. */
  readonly erased: Uint8Array[] = []

  async insertKey({ key, policy, materials }: KeyRecord): Promise<void> {
    await this.db.insertInto('kms_keys').values(fromKey(key, policy)).execute()
    for (const [sequence, material] of materials.entries()) {
      await this.db
        .insertInto('key_materials')
        .values({
          ...scopeColumns(key, key.keyId),
          key_material_id: material.keyMaterialId,
          sequence,
          created_at: material.createdAt,
          ...fromMaterialState(material),
        })
        .execute()
    }
    this.#changedKey(key, key.keyId)
  }

  async updateKey(key: KmsKey): Promise<void> {
    await this.#updateKeyRow(key, key.keyId, fromMutableOf(key))
  }

  async setKeyPolicy(scope: Scope, keyId: string, policy: string): Promise<void> {
    await this.#updateKeyRow(scope, keyId, { policy })
  }

  async putKeyMaterial(scope: Scope, keyId: string, material: KeyMaterial): Promise<void> {
    const values = fromMaterialState(material)
    const put = this.db
      .insertInto('key_materials')
      .values({
        ...scopeColumns(scope, keyId),
        key_material_id: material.keyMaterialId,
        sequence: await this.#nextSequence(scope, keyId),
        created_at: material.createdAt,
        ...values,
      })
      .onConflict(conflict => conflict.columns([...keyColumns, 'key_material_id']).doUpdateSet(values))
    await this.#erasing(scope, keyId, () => put.execute())
    this.#changedKey(scope, keyId)
  }

  async deleteKeyMaterial(scope: Scope, keyId: string, keyMaterialId: string): Promise<void> {
    const deletion = this.db
      .deleteFrom('key_materials')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .where('key_material_id', '=', keyMaterialId)
    await this.#erasing(scope, keyId, () => deletion.execute())
    this.#changedKey(scope, keyId)
  }

  async deleteKey(scope: Scope, keyId: string): Promise<void> {
    const aliases = await this.db
      .selectFrom('aliases')
      .select('alias_name')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('target_key_id', '=', keyId)
      .execute()
    // Key materials, aliases, tags and grants go with the key's row.
    const deletion = this.db
      .deleteFrom('kms_keys')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
    await this.#erasing(scope, keyId, () => deletion.execute())
    this.changes.push({ type: 'key', scope: plainScope(scope), keyId, isGone: true })
    for (const alias of aliases) this.#changedAlias(scope, alias.alias_name, [keyId])
  }

  async putKeyUsages(usages: readonly KeyUsageRecord[]): Promise<void> {
    for (const { scope, keyId, operation, usedAt, eventId, requestId } of usages) {
      if ((await this.findKey(scope, keyId)) === undefined) continue
      const values = { operation, used_at: usedAt, event_id: eventId, request_id: requestId }
      await this.db
        .insertInto('key_usages')
        .values({ ...scopeColumns(scope, keyId), ...values })
        .onConflict(conflict => conflict.columns([...keyColumns]).doUpdateSet(values))
        .execute()
    }
  }

  async insertGrant(grant: Grant): Promise<void> {
    await this.db.insertInto('grants').values(fromGrant(grant)).execute()
    this.changes.push({ type: 'grant', grant, isGone: false })
  }

  async deleteGrant(grant: Grant): Promise<void> {
    await this.db
      .deleteFrom('grants')
      .where('account_id', '=', grant.accountId)
      .where('region', '=', grant.region)
      .where('key_id', '=', grant.keyId)
      .where('grant_id', '=', grant.grantId)
      .execute()
    this.changes.push({ type: 'grant', grant, isGone: true })
  }

  async insertAlias(alias: Alias): Promise<void> {
    await this.db
      .insertInto('aliases')
      .values({
        account_id: alias.accountId,
        region: alias.region,
        alias_name: alias.aliasName,
        target_key_id: alias.targetKeyId,
        created_at: alias.createdAt,
        updated_at: alias.updatedAt,
      })
      .execute()
    this.#changedAlias(alias, alias.aliasName, [alias.targetKeyId])
  }

  async updateAlias(alias: Alias): Promise<void> {
    const before = await this.#targetsOf(alias, alias.aliasName)
    await this.db
      .updateTable('aliases')
      .set({ target_key_id: alias.targetKeyId, updated_at: alias.updatedAt })
      .where('account_id', '=', alias.accountId)
      .where('region', '=', alias.region)
      .where('alias_name', '=', alias.aliasName)
      .execute()
    this.#changedAlias(alias, alias.aliasName, [...before, alias.targetKeyId])
  }

  async deleteAlias(scope: Scope, aliasName: string): Promise<void> {
    const before = await this.#targetsOf(scope, aliasName)
    await this.db
      .deleteFrom('aliases')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('alias_name', '=', aliasName)
      .execute()
    this.#changedAlias(scope, aliasName, before)
  }

  async putTags(scope: Scope, keyId: string, tags: readonly Tag[]): Promise<void> {
    if (tags.length === 0) return
    const rows = tags.map(tag => ({
      account_id: scope.accountId,
      region: scope.region,
      key_id: keyId,
      tag_key: tag.tagKey,
      tag_value: tag.tagValue,
    }))
    await this.db
      .insertInto('tags')
      .values(rows)
      .onConflict(conflict =>
        conflict
          .columns(['account_id', 'region', 'key_id', 'tag_key'])
          .doUpdateSet(eb => ({ tag_value: eb.ref('excluded.tag_value') })),
      )
      .execute()
    this.#changedKey(scope, keyId)
  }

  async deleteTags(scope: Scope, keyId: string, tagKeys: readonly string[]): Promise<void> {
    // However many are asked for, a key has few: the statement names those alone.
    const { items } = await this.listTags(scope, keyId, { after: undefined, limit: tagsPerKeyMax })
    const asked = new Set(tagKeys)
    const present = items.map(tag => tag.tagKey).filter(tagKey => asked.has(tagKey))
    if (present.length === 0) return
    await this.db
      .deleteFrom('tags')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .where('tag_key', 'in', present)
      .execute()
    this.#changedKey(scope, keyId)
  }

  async insertAccount(accountId: string, createdAt: Millis): Promise<void> {
    await this.db.insertInto('accounts').values({ account_id: accountId, created_at: createdAt }).execute()
  }

  async insertDomainKey({ domainKeyId, domain, wrapped }: StoredDomainKey): Promise<void> {
    await this.db.insertInto('domain_keys').values({ domain_key_id: domainKeyId, domain, wrapped }).execute()
  }

  async insertAuditRecord({ eventId, recordedAt, line }: OutboxRecord): Promise<void> {
    await this.db
      .insertInto('audit_outbox')
      .values({ event_id: eventId, recorded_at: recordedAt, line })
      .execute()
  }

  async deleteAuditRecords(eventIds: readonly string[]): Promise<void> {
    if (eventIds.length === 0) return
    await this.db.deleteFrom('audit_outbox').where('event_id', 'in', eventIds).execute()
  }

  async putSeedDigest(entry: string, digest: string): Promise<void> {
    await this.db
      .insertInto('seed_entries')
      .values({ entry, digest })
      .onConflict(conflict => conflict.column('entry').doUpdateSet({ digest }))
      .execute()
  }

  async #updateKeyRow(scope: Scope, keyId: string, values: Partial<Schema['kms_keys']>): Promise<void> {
    await this.db
      .updateTable('kms_keys')
      .set(values)
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .execute()
    this.#changedKey(scope, keyId)
  }

  /** Behind the last key material there is: their numbers have gaps where some have gone. */
  async #nextSequence(scope: Scope, keyId: string): Promise<number> {
    const { last } = await this.db
      .selectFrom('key_materials')
      .select(({ fn }) => fn.max('sequence').as('last'))
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .executeTakeFirstOrThrow()
    return last === null ? 0 : last + 1
  }

  #changedKey(scope: Scope, keyId: string): void {
    this.changes.push({ type: 'key', scope: plainScope(scope), keyId })
  }

  /** Remembers the tokens that no member of the key has any more after `change`. */
  async #erasing(scope: Scope, keyId: string, change: () => Promise<unknown>): Promise<void> {
    const before = await this.#tokensOf(scope, keyId)
    await change()
    const after = await this.#tokensOf(scope, keyId)
    this.erased.push(...before.filter(token => !after.some(kept => Buffer.compare(kept, token) === 0)))
  }

  async #tokensOf({ accountId }: Scope, keyId: string): Promise<Uint8Array[]> {
    const members = await this.listMembers(accountId, keyId)
    const records = await Promise.all(members.map(member => this.findKey(member, keyId)))
    return records
      .flatMap(record => record?.materials ?? [])
      .flatMap(({ keyToken, publicKeyToken }) => [keyToken, publicKeyToken])
      .filter(token => token !== undefined)
  }

  async #targetsOf(scope: Scope, aliasName: string): Promise<string[]> {
    const alias = await this.findAlias(scope, aliasName)
    return alias === undefined ? [] : [alias.targetKeyId]
  }

  #changedAlias(scope: Scope, aliasName: string, keyIds: readonly string[]): void {
    this.changes.push({ type: 'alias', scope: plainScope(scope), aliasName, keyIds })
  }
}

const keyColumns = ['account_id', 'region', 'key_id'] as const

/** A scope and no more, where something larger was given as one. */
const plainScope = ({ accountId, region }: Scope): Scope => ({ accountId, region })
