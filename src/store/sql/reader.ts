import type {
  Alias,
  Grant,
  GrantParty,
  KeyRecord,
  KmsKey,
  Page,
  PageRequest,
  Scope,
  Tag,
} from '../../domain/index.ts'
import { toPage } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'
import type {
  DueEvent,
  GrantFilter,
  KeyLabels,
  KeyUsageRecord,
  OutboxRecord,
  Reader,
  StoredDomainKey,
} from '../contract/store.ts'
import * as grants from './grant-queries.ts'
import { SqlIamReader } from './iam-reader.ts'
import * as keys from './key-queries.ts'
import { toAlias } from './rows.ts'

/** Reads in the portable subset of SQL. */
export class SqlReader extends SqlIamReader implements Reader {
  findKey(scope: Scope, keyId: string): Promise<KeyRecord | undefined> {
    return keys.findKey(this.db, scope, keyId)
  }

  listMembers(accountId: string, keyId: string): Promise<KmsKey[]> {
    return keys.listMembers(this.db, accountId, keyId)
  }

  listDueKeys(what: DueEvent, now: Millis, limit: number): Promise<KmsKey[]> {
    return keys.listDueKeys(this.db, what, now, limit)
  }

  findKeyLabels(scope: Scope, keyId: string): Promise<KeyLabels> {
    return keys.findKeyLabels(this.db, scope, keyId)
  }

  findKeyUsage(scope: Scope, keyId: string): Promise<KeyUsageRecord | undefined> {
    return keys.findKeyUsage(this.db, scope, keyId)
  }

  findGrant(scope: Scope, keyId: string, grantId: string): Promise<Grant | undefined> {
    return grants.findGrant(this.db, scope, keyId, grantId)
  }

  listGrantsNamed(scope: Scope, keyId: string, name: string): Promise<Grant[]> {
    return grants.listGrantsNamed(this.db, scope, keyId, name)
  }

  listGrantsTo(scope: Scope, keyId: string, granteeNames: readonly string[]): Promise<Grant[]> {
    return grants.listGrantsTo(this.db, scope, keyId, granteeNames)
  }

  listGrants(scope: Scope, keyId: string, filter: GrantFilter, page: PageRequest): Promise<Page<Grant>> {
    return grants.listGrants(this.db, scope, keyId, filter, page)
  }

  listRetirableGrants(region: string, retiring: GrantParty, page: PageRequest): Promise<Page<Grant>> {
    return grants.listRetirableGrants(this.db, region, retiring, page)
  }

  countGrants(scope: Scope, keyId: string): Promise<number> {
    return grants.countGrants(this.db, scope, keyId)
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
      .where('key_manager', '=', 'CUSTOMER')
      .executeTakeFirstOrThrow()
    return Number(row.count)
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
