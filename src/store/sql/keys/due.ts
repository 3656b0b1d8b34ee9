import type { Kysely } from 'kysely'
import type { Millis } from '../../../std/index.ts'
import type { DueEvent } from '../../contract/keys.ts'
import type { Schema } from '../schema.ts'

const allKeys = (db: Kysely<Schema>) =>
  db.selectFrom('kms_keys').select(['kms_keys.account_id', 'kms_keys.region', 'kms_keys.key_id'])

/** The keys of all scopes for which an event is due at a time, the longest due first. */
export const dueQueries = {
  deletion: (db: Kysely<Schema>, now: Millis) =>
    allKeys(db)
      .where('key_state', '=', 'PendingDeletion')
      .where('deletion_at', '<=', now)
      .orderBy('deletion_at'),

  transition: (db: Kysely<Schema>, now: Millis) =>
    allKeys(db).where('settles_at', '<=', now).orderBy('settles_at'),

  /** The primary of a multi-Region key rotates for all its members. */
  rotation: (db: Kysely<Schema>, now: Millis) =>
    allKeys(db)
      .where('rotation_next_at', '<=', now)
      .where('key_state', '=', 'Enabled')
      .where(eb => eb.or([eb('primary_region', 'is', null), eb('primary_region', '=', eb.ref('region'))]))
      .orderBy('rotation_next_at'),

  expiry: (db: Kysely<Schema>, now: Millis) =>
    allKeys(db)
      .innerJoin(
        eb =>
          eb
            .selectFrom('key_materials')
            .select(['account_id', 'region', 'key_id'])
            .select(({ fn }) => fn.min('expires_at').as('first_expires_at'))
            .where('expires_at', '<=', now)
            .where('token', 'is not', null)
            .groupBy(['account_id', 'region', 'key_id'])
            .as('m'),
        join =>
          join
            .onRef('m.account_id', '=', 'kms_keys.account_id')
            .onRef('m.region', '=', 'kms_keys.region')
            .onRef('m.key_id', '=', 'kms_keys.key_id'),
      )
      .orderBy('m.first_expires_at'),
} satisfies Readonly<Record<DueEvent, unknown>>

/** The key materials that expire after a time, the next first. */
export const nextExpiries = (db: Kysely<Schema>, now: Millis) =>
  db
    .selectFrom('key_materials')
    .select(['account_id', 'region', 'key_id', 'expires_at'])
    .where('expires_at', '>', now)
    .where('token', 'is not', null)
    .orderBy('expires_at')
