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
import type {
  DueEvent,
  KeyLabels,
  KeyLines,
  KeyReader,
  KeyUsageRecord,
  KeyWalk,
  NextExpiry,
} from '../../contract/keys.ts'
import { atOneMoment } from '../authenticity/at-one-moment.ts'
import { brokenEntity, type Macs } from '../authenticity/macs.ts'
import type { Schema } from '../schema.ts'
import { dueQueries, nextExpiries } from './due.ts'
import { labelsEntity, readLabels } from './labels.ts'
import { keyEntity } from './rows.ts'
import { scanKeys } from './scan.ts'
import { readKey } from './stored-keys.ts'

export class SqlKeyReader implements KeyReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(scope: Scope, keyId: string): Promise<KeyRecord | undefined> {
    const stored = await readKey(this.db, scope, keyId)
    if (stored === undefined) return undefined
    this.#macs.check(keyEntity(stored.record), stored.mac)
    return stored.record
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

  scan(scope: Scope, walk: KeyWalk, limit: number): Promise<KeyLines> {
    return scanKeys(this.db, scope, walk, limit)
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
    return (await this.findMembers(accountId, keyId)).map(({ key }) => key)
  }

  protected findMembers(accountId: string, keyId: string): Promise<KeyRecord[]> {
    return atOneMoment(this.db, async db => {
      const rows = await db
        .selectFrom('kms_keys')
        .select('region')
        .where('account_id', '=', accountId)
        .where('key_id', '=', keyId)
        .orderBy('created_at')
        .orderBy('region')
        .execute()
      const members = new SqlKeyReader(db, this.#macs)
      const found = []
      for (const { region } of rows) found.push(await members.find({ accountId, region }, keyId))
      return found.filter(record => record !== undefined)
    })
  }

  listDue(what: DueEvent, now: Millis, limit: number): Promise<KmsKey[]> {
    return atOneMoment(this.db, async db => {
      const due: KmsKey[] = []
      // Keys that do not verify stay due for ever. They must not stand before the others.
      for (let read = 0; due.length < limit; read += limit) {
        const rows = await dueQueries[what](db, now).limit(limit).offset(read).execute()
        for (const row of rows) {
          const found = await this.#findWhole(
            db,
            { accountId: row.account_id, region: row.region },
            row.key_id,
          )
          if (found !== undefined && due.length < limit) due.push(found.key)
        }
        if (rows.length < limit) break
      }
      return due
    })
  }

  listNextExpiries(now: Millis, limit: number): Promise<NextExpiry[]> {
    return atOneMoment(this.db, async db => {
      const next = new Map<string, NextExpiry>()
      for (const row of await nextExpiries(db, now).limit(limit).execute()) {
        const { account_id: accountId, region, key_id: keyId, expires_at: expiresAt } = row
        const name = `${accountId} ${region} ${keyId}`
        const found = next.has(name) ? undefined : await this.#findWhole(db, { accountId, region }, keyId)
        if (found !== undefined && expiresAt !== null) next.set(name, { key: found.key, expiresAt })
      }
      return [...next.values()]
    })
  }

  /** Returns a key of a list. Reports a key that does not verify, and returns undefined. */
  async #findWhole(db: Kysely<Schema>, scope: Scope, keyId: string): Promise<KeyRecord | undefined> {
    const stored = await readKey(db, scope, keyId)
    if (stored === undefined) return undefined
    const entity = keyEntity(stored.record)
    if (this.#macs.isAuthentic(entity, stored.mac)) return stored.record
    this.#macs.report(brokenEntity(entity))
    return undefined
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
    const stored = await readLabels(this.db, scope, keyId)
    if (stored === undefined) return { tags: [], aliasNames: [] }
    this.#macs.check(labelsEntity(scope, keyId, stored.labels), stored.mac)
    return stored.labels
  }
}
