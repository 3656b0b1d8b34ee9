import type { Kysely } from 'kysely'
import type {
  AccessKey,
  Alias,
  KeyRecord,
  KmsKey,
  Page,
  PageRequest,
  Scope,
  Tag,
  User,
} from '../../domain/index.ts'
import { toPage } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'
import type { OutboxRecord, Reader, StoredDomainKey } from '../store.ts'
import { toAccessKey, toAlias, toKey, toKeyMaterials } from './rows.ts'
import type { Schema } from './schema.ts'

/** Reads in the portable subset of SQL. */
export class SqlReader implements Reader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  /** One statement, so that a key is seen as of one moment. */
  async findKey(scope: Scope, keyId: string): Promise<KeyRecord | undefined> {
    const rows = await this.db
      .selectFrom('kms_keys as k')
      .leftJoin('key_materials as m', join =>
        join
          .onRef('m.account_id', '=', 'k.account_id')
          .onRef('m.region', '=', 'k.region')
          .onRef('m.key_id', '=', 'k.key_id'),
      )
      .selectAll('k')
      .select(['m.key_material_id', 'm.key_token', 'm.created_at as material_created_at'])
      .where('k.account_id', '=', scope.accountId)
      .where('k.region', '=', scope.region)
      .where('k.key_id', '=', keyId)
      .orderBy('m.created_at')
      .execute()
    const [row] = rows
    return row && { key: toKey(row), policy: row.policy, materials: rows.flatMap(toKeyMaterials) }
  }

  async listKeyIds(scope: Scope, page: PageRequest): Promise<Page<string>> {
    const rows = await this.db
      .selectFrom('kms_keys')
      .select('key_id')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '>', page.after ?? '')
      .orderBy('key_id')
      .limit(page.limit + 1)
      .execute()
    return toPage(
      rows.map(row => row.key_id),
      page.limit,
      keyId => keyId,
    )
  }

  async countKeys(scope: Scope): Promise<number> {
    const row = await this.db
      .selectFrom('kms_keys')
      .select(eb => eb.fn.countAll().as('count'))
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }

  async listKeysDueForDeletion(now: Millis, limit: number): Promise<KmsKey[]> {
    const rows = await this.db
      .selectFrom('kms_keys')
      .selectAll()
      .where('key_state', '=', 'PendingDeletion')
      .where('deletion_at', '<=', now)
      .orderBy('deletion_at')
      .limit(limit)
      .execute()
    return rows.map(toKey)
  }

  async findAlias(scope: Scope, aliasName: string): Promise<Alias | undefined> {
    const row = await this.db
      .selectFrom('aliases')
      .selectAll()
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('alias_name', '=', aliasName)
      .executeTakeFirst()
    return row && toAlias(row)
  }

  async listAliases(scope: Scope, targetKeyId: string | undefined, page: PageRequest): Promise<Page<Alias>> {
    let query = this.db
      .selectFrom('aliases')
      .selectAll()
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('alias_name', '>', page.after ?? '')
    if (targetKeyId !== undefined) query = query.where('target_key_id', '=', targetKeyId)
    const rows = await query
      .orderBy('alias_name')
      .limit(page.limit + 1)
      .execute()
    return toPage(rows.map(toAlias), page.limit, alias => alias.aliasName)
  }

  async countAliases(scope: Scope, targetKeyId: string): Promise<number> {
    const row = await this.db
      .selectFrom('aliases')
      .select(eb => eb.fn.countAll().as('count'))
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('target_key_id', '=', targetKeyId)
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }

  async listTags(scope: Scope, keyId: string, page: PageRequest): Promise<Page<Tag>> {
    const rows = await this.db
      .selectFrom('tags')
      .select(['tag_key as tagKey', 'tag_value as tagValue'])
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .where('tag_key', '>', page.after ?? '')
      .orderBy('tag_key')
      .limit(page.limit + 1)
      .execute()
    return toPage(rows, page.limit, tag => tag.tagKey)
  }

  async countTags(scope: Scope, keyId: string): Promise<number> {
    const row = await this.db
      .selectFrom('tags')
      .select(eb => eb.fn.countAll().as('count'))
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }

  async hasAccount(accountId: string): Promise<boolean> {
    const row = await this.db
      .selectFrom('accounts')
      .select('account_id')
      .where('account_id', '=', accountId)
      .executeTakeFirst()
    return row !== undefined
  }

  async listAccountIds(): Promise<string[]> {
    const rows = await this.db
      .selectFrom('accounts')
      .select('account_id')
      .orderBy('created_at')
      .orderBy('account_id')
      .execute()
    return rows.map(row => row.account_id)
  }

  /** One statement, so that a user is seen as of one moment. */
  async findUser(accountId: string, userName: string): Promise<User | undefined> {
    const rows = await this.db
      .selectFrom('users as u')
      .leftJoin('user_policies as p', join =>
        join.onRef('p.account_id', '=', 'u.account_id').onRef('p.user_name', '=', 'u.user_name'),
      )
      .select(['u.user_id', 'u.created_at', 'p.policy_name as name', 'p.document'])
      .where('u.account_id', '=', accountId)
      .where('u.user_name', '=', userName)
      .orderBy('p.policy_name')
      .execute()
    const [row] = rows
    if (row === undefined) return undefined
    const policies = rows.flatMap(({ name, document }) =>
      name === null || document === null ? [] : [{ name, document }],
    )
    return { accountId, userName, userId: row.user_id, createdAt: row.created_at, policies }
  }

  async findAccessKey(accessKeyId: string): Promise<AccessKey | undefined> {
    const row = await this.db
      .selectFrom('access_keys')
      .selectAll()
      .where('access_key_id', '=', accessKeyId)
      .executeTakeFirst()
    return row && toAccessKey(row)
  }

  async listDomainKeys(): Promise<StoredDomainKey[]> {
    return await this.db
      .selectFrom('domain_keys')
      .select(['domain_key_id as domainKeyId', 'domain', 'wrapped'])
      .execute()
  }

  async listAuditOutbox(): Promise<OutboxRecord[]> {
    return await this.db
      .selectFrom('audit_outbox')
      .select(['event_id as eventId', 'recorded_at as recordedAt', 'line'])
      .orderBy('recorded_at')
      .execute()
  }

  async findSeedDigest(entry: string): Promise<string | undefined> {
    const row = await this.db
      .selectFrom('seed_entries')
      .select('digest')
      .where('entry', '=', entry)
      .executeTakeFirst()
    return row?.digest
  }
}
