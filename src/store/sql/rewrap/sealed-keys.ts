import type { Kysely, Transaction } from 'kysely'
import type { Authenticator, KeyMaterial, KeyRecord } from '../../../domain/index.ts'
import type { KeyLabels } from '../../contract/keys.ts'
import type { AnyRow } from '../authenticity/entity-tables.ts'
import { labelsEntity } from '../keys/labels.ts'
import { keyEntity } from '../keys/rows.ts'
import { isOneOf, nameOfKey, readKeys, type StoredKey } from '../keys/stored-keys.ts'
import type { Schema } from '../schema.ts'
import type { KeyColumns } from '../scope.ts'
import { type RewrappedEntity, type SealedEntity, type SealedRow, withoutTokens } from './sealed-entity.ts'

/** A row of `kms_keys`, of which this file needs no more than this. */
type KeyRowLike = KeyColumns & { labels_mac: Uint8Array | null }

/** Reads the keys of rows with their key materials and labels, in a few statements for all of them. */
export async function readSealedKeys(db: Kysely<Schema>, rows: readonly AnyRow[]): Promise<SealedRow[]> {
  const keys = rows as unknown as readonly KeyRowLike[]
  const stored = await readKeys(db, keys)
  const labelsOf = await readLabelsOf(db, keys)
  return rows.flatMap((row, index) => {
    const key = keys[index]
    const found = key && stored.get(nameOfKey(key))
    if (key === undefined || found === undefined) return []
    const scope = { accountId: key.account_id, region: key.region }
    const labels = labelsEntity(scope, key.key_id, labelsOf(key))
    return [
      {
        row,
        entities: [sealedKey(found), withoutTokens(labels, 'labels_mac', key.labels_mac)],
        note: changes => changes.key(scope, key.key_id),
      },
    ]
  })
}

function sealedKey({ record, mac }: StoredKey): SealedEntity {
  const tokens = record.materials.flatMap(({ keyToken, publicKeyToken }) => [keyToken, publicKeyToken])
  return {
    entity: keyEntity(record),
    macColumn: 'mac',
    mac,
    tokens: tokens.filter(token => token !== undefined),
    rewrap: authenticator => rewrapKey(record, authenticator),
  }
}

function rewrapKey(record: KeyRecord, authenticator: Authenticator): RewrappedEntity {
  const { accountId, region, keyId, keySpec } = record.key
  const materials = record.materials.map((material): KeyMaterial => {
    const { keyMaterialId, keyToken, publicKeyToken } = material
    const binding = { accountId, region, keyId, keySpec, keyMaterialId }
    return {
      ...material,
      keyToken: keyToken && authenticator.rewrap({ kind: 'key', binding, token: keyToken }),
      publicKeyToken:
        publicKeyToken && authenticator.rewrap({ kind: 'publicKey', binding, token: publicKeyToken }),
    }
  })
  return {
    entity: keyEntity({ ...record, materials }),
    columns: {},
    write: db => putTokens(db, record, materials),
  }
}

/** Writes the tokens of key materials, and those alone: the bytes before are worth nothing once their domain key is gone. */
async function putTokens(
  db: Transaction<Schema>,
  { key }: KeyRecord,
  materials: readonly KeyMaterial[],
): Promise<void> {
  for (const { keyMaterialId, keyToken, publicKeyToken } of materials) {
    await db
      .updateTable('key_materials')
      .set({ token: keyToken ?? null, public_key_token: publicKeyToken ?? null })
      .where('account_id', '=', key.accountId)
      .where('region', '=', key.region)
      .where('key_id', '=', key.keyId)
      .where('key_material_id', '=', keyMaterialId)
      .execute()
  }
}

/** Reads the labels of several keys. */
async function readLabelsOf(
  db: Kysely<Schema>,
  keys: readonly KeyColumns[],
): Promise<(key: KeyColumns) => KeyLabels> {
  const tags = await db
    .selectFrom('tags')
    .selectAll()
    .where(isOneOf(['account_id', 'region', 'key_id'], keys))
    .orderBy('tag_key')
    .execute()
  const aliases = await db
    .selectFrom('aliases')
    .select(['account_id', 'region', 'target_key_id as key_id', 'alias_name'])
    .where(isOneOf(['account_id', 'region', 'target_key_id'], keys))
    .orderBy('alias_name')
    .execute()
  const tagsByKey = Map.groupBy(tags, nameOfKey)
  const aliasesByKey = Map.groupBy(aliases, nameOfKey)
  return key => ({
    tags: (tagsByKey.get(nameOfKey(key)) ?? []).map(({ tag_key: tagKey, tag_value: tagValue }) => ({
      tagKey,
      tagValue,
    })),
    aliasNames: (aliasesByKey.get(nameOfKey(key)) ?? []).map(({ alias_name: name }) => name),
  })
}
