import type { Kysely } from 'kysely'

const quietMillisMax = 2000

/** Runs `work` while no transaction is under way and none begins. Throws Error if that takes two seconds. */
export function whileQuiet<Schema, T>(db: Kysely<Schema>, work: () => Promise<T>): Promise<T> {
  // A database with one connection: who has it has the database alone.
  return db.connection().execute(async () => {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const refuse = () => reject(new Error(`the database was held for more than ${quietMillisMax} ms`))
    const timer = setTimeout(refuse, quietMillisMax)
    try {
      return await Promise.race([work(), late])
    } finally {
      clearTimeout(timer)
    }
  })
}
