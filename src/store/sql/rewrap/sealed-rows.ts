import type { Kysely } from 'kysely'
import {
  type KeySpec,
  type KeyStoreName,
  kmsuserSecretName,
  nextKmsuserSecretName,
  type RewrappedToken,
  xksSecretName,
} from '../../../domain/index.ts'
import type { AnyRow, RowTable } from '../authenticity/entity-tables.ts'
import type { Changes } from '../changes.ts'
import { readUsers, storedUserEntity } from '../identities/user-queries.ts'
import type { Schema } from '../schema.ts'
import {
  nothing,
  type SealedEntity,
  type SealedRow,
  type SealedTable,
  withoutTokens,
} from './sealed-entity.ts'

/** How a secret of a custom key store opens, by the name under which it is wrapped. */
const ofKeyStore =
  (nameOf: (store: KeyStoreName) => string) =>
  (row: AnyRow): TokenPlace => ({
    kind: 'secret',
    name: nameOf({ customKeyStoreId: `${row['custom_key_store_id']}` }),
    region: `${row['region']}`,
  })

/** The tokens in the rows of a table: how each column opens. A row may have none in a column. */
const tokenColumns: Partial<Record<keyof Schema, Readonly<Record<string, (row: AnyRow) => TokenPlace>>>> = {
  access_keys: { wrapped_secret: row => ({ kind: 'secret', name: `${row['access_key_id']}` }) },
  custom_key_stores: {
    wrapped_secret: ofKeyStore(xksSecretName),
    wrapped_password: ofKeyStore(kmsuserSecretName),
    wrapped_next_password: ofKeyStore(nextKmsuserSecretName),
  },
  signing_keys: {
    key_token: row => ({ kind: 'key', binding: bindingOf(row) }),
    public_key_token: row => ({ kind: 'publicKey', binding: bindingOf(row) }),
  },
}

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never
type TokenPlace = Without<RewrappedToken, 'token'>

const bindingOf = (row: AnyRow) => ({
  accountId: `${row['account_id']}`,
  region: `${row['region']}`,
  keyId: `${row['key_id']}`,
  keySpec: `${row['key_spec']}` as KeySpec,
  keyMaterialId: `${row['key_material_id']}`,
})

/** Returns a table of which each row is an entity. */
export function sealedRowTable(table: RowTable): SealedTable {
  const places = Object.entries(tokenColumns[table.table] ?? {})
  const sealedRow = (row: AnyRow): SealedRow => {
    const tokens = places.flatMap(([column, placeOf]) => {
      const token = row[column] as Uint8Array | null
      return token === null ? [] : [{ column, ...placeOf(row), token }]
    })
    const entity: SealedEntity = {
      entity: table.rows.toAuthentic(row),
      macColumn: 'mac',
      mac: row.mac,
      tokens: tokens.map(({ token }) => token),
      rewrap(authenticator) {
        const rewrapped = tokens.map(({ column, ...token }) => [column, authenticator.rewrap(token)])
        const columns = Object.fromEntries(rewrapped) as Record<string, Uint8Array>
        return { entity: table.rows.toAuthentic({ ...row, ...columns }), columns, write: nothing }
      },
    }
    return { row, entities: [entity], note: changes => noteRow(table, row, changes) }
  }
  return {
    ...table,
    columns: ['mac', ...places.map(([column]) => column)],
    read: (_db, rows) => Promise.resolve(rows.map(sealedRow)),
  }
}

function noteRow({ table }: RowTable, row: AnyRow, changes: Changes): void {
  const userName = row['user_name'] as string | null
  if (table === 'custom_key_stores')
    changes.customKeyStore({
      accountId: `${row['account_id']}`,
      region: `${row['region']}`,
      customKeyStoreId: `${row['custom_key_store_id']}`,
    })
  if (table === 'access_keys') changes.identity(`${row['account_id']}`, userName ?? undefined)
}

/** Reads the users of rows, with their memberships. */
export async function readSealedUsers(db: Kysely<Schema>, rows: readonly AnyRow[]): Promise<SealedRow[]> {
  const ids = rows.map(row => `${row['user_id']}`)
  const stored = await readUsers(db, db.selectFrom('users').selectAll().where('user_id', 'in', ids))
  return stored.map(user => ({
    row: user.row as unknown as AnyRow,
    entities: [withoutTokens(storedUserEntity(user), 'mac', user.row.mac)],
    note: () => undefined,
  }))
}
