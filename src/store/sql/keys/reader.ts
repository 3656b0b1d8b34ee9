import type { Kysely } from 'kysely'
import {
  type KeyRecord,
  type KmsKey,
  type Page,
  type PageRequest,
  type Scope,
  toPage,
} from '../../../domain/index.ts'
import type { Millis } from '../../../std/index.ts'
import type { DueEvent, KeyLabels, KeyReader, KeyUsageRecord } from '../../contract/keys.ts'
import { listAliasNames } from '../aliases/reader.ts'
import type { Schema } from '../schema.ts'
import { tagsOf } from '../tags/reader.ts'
import { dueQueries } from './due.ts'
import { toKey, toKeyMaterial } from './rows.ts'

export class SqlKeyReader implements KeyReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  /** Reads in one statement, so that the key and its materials are as of one moment. */
  async find(scope: Scope, keyId: string): Promise<KeyRecord | undefined> {
    const rows = await this.db
      .selectFrom('kms_keys as k')
      .leftJoin('key_materials as m', join =>
        join
          .onRef('m.account_id', '=', 'k.account_id')
          .onRef('m.region', '=', 'k.region')
          .onRef('m.key_id', '=', 'k.key_id'),
      )
      .selectAll('k')
      .select([
        'm.key_material_id',
        'm.token',
        'm.public_key_token',
        'm.created_at as material_created_at',
        'm.pending',
        'm.rotation_type',
        'm.rotated_at',
        'm.description as material_description',
        'm.expires_at',
      ])
      .where('k.account_id', '=', scope.accountId)
      .where('k.region', '=', scope.region)
      .where('k.key_id', '=', keyId)
      .orderBy('m.sequence')
      .execute()
    const [row] = rows
    if (row === undefined) return undefined
    const materials = rows.flatMap(item => {
      const { key_material_id, material_created_at: created_at, material_description: description } = item
      if (key_material_id === null || created_at === null) return []
      return [toKeyMaterial({ ...item, key_material_id, created_at, description })]
    })
    return { key: toKey(row), policy: row.policy, materials }
  }

  async listIds(scope: Scope, page: PageRequest): Promise<Page<string>> {
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

  async count(scope: Scope): Promise<number> {
    const row = await this.db
      .selectFrom('kms_keys')
      .select(eb => eb.fn.countAll().as('count'))
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_manager', '=', 'CUSTOMER')
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }

  async listMembers(accountId: string, keyId: string): Promise<KmsKey[]> {
    const rows = await this.db
      .selectFrom('kms_keys')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('key_id', '=', keyId)
      .orderBy('created_at')
      .orderBy('region')
      .execute()
    return rows.map(toKey)
  }

  async listDue(what: DueEvent, now: Millis, limit: number): Promise<KmsKey[]> {
    return (await dueQueries[what](this.db, now).limit(limit).execute()).map(toKey)
  }

  async findUsage(scope: Scope, keyId: string): Promise<KeyUsageRecord | undefined> {
    const row = await this.db
      .selectFrom('key_usages')
      .selectAll()
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .executeTakeFirst()
    if (row === undefined) return undefined
    const { operation, used_at: usedAt, event_id: eventId, request_id: requestId } = row
    return { scope, keyId, operation, usedAt, eventId, requestId }
  }

  async findLabels(scope: Scope, keyId: string): Promise<KeyLabels> {
    const tags = await tagsOf(this.db, scope, keyId).execute()
    return { tags, aliasNames: await listAliasNames(this.db, scope, keyId) }
  }
}
