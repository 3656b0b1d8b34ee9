import type { Kysely } from 'kysely'
import { globalDomain } from '../../contract/authenticator.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { openUser, readUsers, type StoredUser, storedUserEntity } from './user-queries.ts'

/**
 * Makes a change to the rows or memberships of users, and renews their MACs. Throws DoesNotVerify for a user that did not
 * verify.
 */
export async function changeUsers(
  db: Kysely<Schema>,
  changes: Changes,
  userIds: readonly string[],
  change: () => Promise<unknown>,
): Promise<void> {
  const before = new Map<string, Uint8Array | null>()
  for (const userId of userIds) {
    const stored = await readStored(db, userId)
    if (stored === undefined) continue
    openUser(changes.macs, stored)
    before.set(userId, stored.row.mac)
  }
  await change()
  for (const userId of userIds) await renewUserMac(db, changes, userId, before.get(userId))
}

/** Computes the MAC of a user from what the database has now, and stores it. */
export async function renewUserMac(
  db: Kysely<Schema>,
  changes: Changes,
  userId: string,
  before: Uint8Array | null | undefined,
): Promise<void> {
  const stored = await readStored(db, userId)
  if (stored === undefined) return
  const mac = changes.macs.of(storedUserEntity(stored))
  await db.updateTable('users').set({ mac }).where('user_id', '=', userId).execute()
  changes.mac(globalDomain, before, mac)
}

async function readStored(db: Kysely<Schema>, userId: string): Promise<StoredUser | undefined> {
  const [stored] = await readUsers(db, db.selectFrom('users').selectAll().where('user_id', '=', userId))
  return stored
}
