import type { Kysely } from 'kysely'
import type { PartedEntity } from '../authenticity/changed-entities.ts'
import type { Schema } from '../schema.ts'
import { readUsers, storedUserEntity } from './user-queries.ts'

/** A user with its memberships. */
export const userParts = (db: Kysely<Schema>, userId: string): PartedEntity => ({
  async read() {
    const [stored] = await readUsers(db, db.selectFrom('users').selectAll().where('user_id', '=', userId))
    return stored && { entity: storedUserEntity(stored), mac: stored.row.mac }
  },
  putMac: mac => db.updateTable('users').set({ mac }).where('user_id', '=', userId).execute(),
})
