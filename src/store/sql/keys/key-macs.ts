import type { Kysely } from 'kysely'
import type { Scope } from '../../../domain/index.ts'
import type { PartedEntity } from '../authenticity/changed-entities.ts'
import type { Schema } from '../schema.ts'
import { labelsEntity, readLabels } from './labels.ts'
import { keyEntity } from './rows.ts'
import { readKey } from './stored-keys.ts'

/** A key with its policy and key materials. */
export const keyParts = (db: Kysely<Schema>, scope: Scope, keyId: string): PartedEntity => ({
  async read() {
    const stored = await readKey(db, scope, keyId)
    return stored && { entity: keyEntity(stored.record), mac: stored.mac }
  },
  putMac: mac => putKeyMacs(db, scope, keyId, { mac }),
})

/** The tags and alias names of a key. */
export const labelsParts = (db: Kysely<Schema>, scope: Scope, keyId: string): PartedEntity => ({
  async read() {
    const stored = await readLabels(db, scope, keyId)
    return stored && { entity: labelsEntity(scope, keyId, stored.labels), mac: stored.mac }
  },
  putMac: mac => putKeyMacs(db, scope, keyId, { labels_mac: mac }),
})

async function putKeyMacs(
  db: Kysely<Schema>,
  { accountId, region }: Scope,
  keyId: string,
  macs: { readonly mac: Uint8Array } | { readonly labels_mac: Uint8Array },
): Promise<void> {
  await db
    .updateTable('kms_keys')
    .set(macs)
    .where('account_id', '=', accountId)
    .where('region', '=', region)
    .where('key_id', '=', keyId)
    .execute()
}
