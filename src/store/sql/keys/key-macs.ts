import type { Kysely } from 'kysely'
import type { Scope } from '../../../domain/index.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { readKey } from './reader.ts'
import { keyEntity } from './rows.ts'

/** Makes a change to the rows of a key, and renews its MAC. Throws DoesNotVerify for a key that did not verify. */
export async function changeKey(
  db: Kysely<Schema>,
  changes: Changes,
  scope: Scope,
  keyId: string,
  change: () => Promise<unknown>,
): Promise<void> {
  const before = await readKey(db, scope, keyId)
  if (before !== undefined) changes.macs.check(keyEntity(before.record), before.mac)
  await change()
  await renewKeyMac(db, changes, scope, keyId, before?.mac)
}

/** Computes the MAC of a key from what the database has now, and stores it. */
export async function renewKeyMac(
  db: Kysely<Schema>,
  changes: Changes,
  scope: Scope,
  keyId: string,
  before: Uint8Array | null | undefined,
): Promise<void> {
  const stored = await readKey(db, scope, keyId)
  if (stored === undefined) return
  const mac = changes.macs.of(keyEntity(stored.record))
  await db
    .updateTable('kms_keys')
    .set({ mac })
    .where('account_id', '=', scope.accountId)
    .where('region', '=', scope.region)
    .where('key_id', '=', keyId)
    .execute()
  changes.mac(scope.region, before, mac)
}
