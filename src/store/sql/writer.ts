import type { Transaction } from 'kysely'
import type {
  AccessKey,
  Alias,
  KeyMaterial,
  KeyRecord,
  KmsKey,
  NamedPolicy,
  Scope,
  Tag,
  User,
} from '../../domain/index.ts'
import { tagsPerKeyMax } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'
import type { Change, OutboxRecord, StoredDomainKey, Writer } from '../store.ts'
import { SqlReader } from './reader.ts'
import { fromAccessKey, fromKey, fromMutableOf } from './rows.ts'
import type { Schema } from './schema.ts'

/** Writes in one transaction, and remembers what they changed for when it is committed. */
export class SqlWriter extends SqlReader implements Writer {
  readonly changes: Change[] = []

  // Narrows the handle: writing needs a transaction.
  constructor(db: Transaction<Schema>) {
    super(db)
  }

  async insertKey({ key, policy, materials }: KeyRecord): Promise<void> {
    await this.db.insertInto('kms_keys').values(fromKey(key, policy)).execute()
    for (const material of materials) await this.insertKeyMaterial(key, key.keyId, material)
    this.#changedKey(key, key.keyId)
  }

  async updateKey(key: KmsKey): Promise<void> {
    await this.#updateKeyRow(key, key.keyId, fromMutableOf(key))
  }

  async setKeyPolicy(scope: Scope, keyId: string, policy: string): Promise<void> {
    await this.#updateKeyRow(scope, keyId, { policy })
  }

  async insertKeyMaterial(scope: Scope, keyId: string, material: KeyMaterial): Promise<void> {
    await this.db
      .insertInto('key_materials')
      .values({
        account_id: scope.accountId,
        region: scope.region,
        key_id: keyId,
        key_material_id: material.keyMaterialId,
        key_token: material.keyToken,
        created_at: material.createdAt,
      })
      .execute()
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
    // Key materials, aliases and tags go with the key's row.
    await this.db
      .deleteFrom('kms_keys')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .execute()
    this.#changedKey(scope, keyId)
    for (const alias of aliases) this.#changedAlias(scope, alias.alias_name)
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
    this.#changedAlias(alias, alias.aliasName)
  }

  async updateAlias(alias: Alias): Promise<void> {
    await this.db
      .updateTable('aliases')
      .set({ target_key_id: alias.targetKeyId, updated_at: alias.updatedAt })
      .where('account_id', '=', alias.accountId)
      .where('region', '=', alias.region)
      .where('alias_name', '=', alias.aliasName)
      .execute()
    this.#changedAlias(alias, alias.aliasName)
  }

  async deleteAlias(scope: Scope, aliasName: string): Promise<void> {
    await this.db
      .deleteFrom('aliases')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('alias_name', '=', aliasName)
      .execute()
    this.#changedAlias(scope, aliasName)
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

  async insertUser(user: User): Promise<void> {
    const { accountId, userName } = user
    await this.db
      .insertInto('users')
      .values({
        account_id: accountId,
        user_name: userName,
        user_id: user.userId,
        created_at: user.createdAt,
      })
      .execute()
    await this.setUserPolicies(accountId, userName, user.policies)
  }

  async setUserPolicies(
    accountId: string,
    userName: string,
    policies: readonly NamedPolicy[],
  ): Promise<void> {
    await this.db
      .deleteFrom('user_policies')
      .where('account_id', '=', accountId)
      .where('user_name', '=', userName)
      .execute()
    for (const { name, document } of policies) {
      await this.db
        .insertInto('user_policies')
        .values({ account_id: accountId, user_name: userName, policy_name: name, document })
        .execute()
    }
    this.changes.push({ type: 'identity', accountId, userName })
  }

  async insertAccessKey(accessKey: AccessKey): Promise<void> {
    await this.db.insertInto('access_keys').values(fromAccessKey(accessKey)).execute()
    this.changes.push({ type: 'identity', accountId: accessKey.accountId, userName: accessKey.userName })
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

  #changedKey({ accountId, region }: Scope, keyId: string): void {
    this.changes.push({ type: 'key', scope: { accountId, region }, keyId })
  }

  #changedAlias({ accountId, region }: Scope, aliasName: string): void {
    this.changes.push({ type: 'alias', scope: { accountId, region }, aliasName })
  }
}
