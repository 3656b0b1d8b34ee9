import type { Kysely } from 'kysely'
import { OperatorError } from '../../../std/index.ts'
import type { Migrated } from '../../contract/store.ts'
import * as initial from './0001-initial.ts'
import * as wholeApi from './0002-whole-api.ts'
import * as identities from './0003-identities.ts'
import * as instanceProfiles from './0004-instance-profiles.ts'
import * as boundedLookUps from './0005-bounded-look-ups.ts'
import * as macs from './0006-macs.ts'
import * as trails from './0007-trails.ts'
import * as rootKeys from './0008-root-keys.ts'
import * as aliasOrder from './0009-alias-order.ts'
import * as customKeyStores from './0010-custom-key-stores.ts'
import * as clusterKeyStores from './0011-cluster-key-stores.ts'
import * as vpcEndpoints from './0012-vpc-endpoints.ts'
import * as keyOrders from './0013-key-orders.ts'
import type { ColumnTypes } from './column-types.ts'

/** The migrations in order, each with a text about what it does. A released migration never changes. */
const migrations = {
  '0001-initial': { ...initial, about: 'makes the tables of accounts, keys, aliases and users' },
  '0002-whole-api': {
    ...wholeApi,
    about: 'adds imported key material, rotation, multi-Region keys and grants',
  },
  '0003-identities': { ...identities, about: 'adds groups, roles and managed policies' },
  '0004-instance-profiles': {
    ...instanceProfiles,
    about: 'adds instance profiles, OpenID Connect providers and account aliases',
  },
  '0005-bounded-look-ups': {
    ...boundedLookUps,
    about: 'adds indexes, and the principals that policies name',
  },
  '0006-macs': { ...macs, about: 'adds a MAC to each row; the start computes them' },
  '0007-trails': { ...trails, about: 'adds trails, signed heads and the places of readers of the audit log' },
  '0008-root-keys': { ...rootKeys, about: 'adds versions of domain keys and other keepers of the root key' },
  '0009-alias-order': { ...aliasOrder, about: 'recreates the index of the aliases of a key' },
  '0010-custom-key-stores': { ...customKeyStores, about: 'adds custom key stores' },
  '0011-cluster-key-stores': {
    ...clusterKeyStores,
    about: 'adds custom key stores whose keys are in the HSMs of a cluster',
  },
  '0012-vpc-endpoints': { ...vpcEndpoints, about: 'adds VPC endpoints' },
  '0013-key-orders': { ...keyOrders, about: 'adds indexes for lists of keys in other orders' },
}

/** The table with the names of the migrations that a database has. */
export const migrationTable = 'keyward_migrations'

/**
 * Migrates the database to this version's schema in one transaction, so that an interrupted start changes nothing. Throws
 * OperatorError if a newer version wrote the database.
 */
export function migrate(db: Kysely<unknown>, types: ColumnTypes): Promise<Migrated> {
  return db.transaction().execute(async transaction => {
    const bookkeeping = transaction.withTables<{ [migrationTable]: { name: string } }>()
    await transaction.schema
      .createTable(migrationTable)
      .ifNotExists()
      .addColumn('name', 'text', column => column.primaryKey())
      .execute()
    const rows = await bookkeeping.selectFrom(migrationTable).select('name').orderBy('name').execute()
    const applied = rows.map(row => row.name)
    const { newer } = compareMigrations(applied)
    if (newer !== undefined) throw new OperatorError(newerVersionText(newer))
    const names: string[] = []
    for (const [name, { up }] of Object.entries(migrations)) {
      if (applied.includes(name)) continue
      await up(transaction, types)
      await bookkeeping.insertInto(migrationTable).values({ name }).execute()
      names.push(name)
    }
    return { from: applied.at(-1), names }
  })
}

/** Compares the migrations that a database has with those of this version. */
export function compareMigrations(applied: readonly string[]): {
  readonly missing: readonly string[]
  readonly newer: string | undefined
} {
  const missing = Object.keys(migrations).filter(name => !applied.includes(name))
  return { missing, newer: applied.findLast(name => !Object.hasOwn(migrations, name)) }
}

/** Says what a migration of this version does, without a capital letter and a full stop. */
export function describeMigration(name: string): string {
  return Object.hasOwn(migrations, name) ? migrations[name as keyof typeof migrations].about : ''
}

/** The sentences about a database with a migration that this version does not know. */
export const newerVersionText = (migration: string) =>
  `The database was written by a newer version of Keyward (it has migration ${migration}). Start that version, or restore a backup from before with keyward restore. Nothing was changed.`
