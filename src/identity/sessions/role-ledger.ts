import type { Identity, RoleLastUsed } from '../../domain/index.ts'
import type { Reader, Store } from '../../store/index.ts'

/**
 * Keeps the last use of each role: the last request of one of its sessions. It notes uses in memory, since most requests
 * touch no database, and writes them to the store from time to time. A crash loses unwritten uses; the data of AWS lags too
 * (IAM API reference, "RoleLastUsed").
 */
export class RoleLedger {
  readonly #store: Store
  #unwritten = new Map<string, RoleLastUsed>()
  #inFlight: ReadonlyMap<string, RoleLastUsed> = new Map()

  constructor(store: Store) {
    this.#store = store
  }

  /** Notes in memory that a session of a role made a request; any other identity is not noted. */
  note({ principal }: Identity, lastUsed: RoleLastUsed): void {
    if (principal.type === 'AssumedRole') this.#unwritten.set(principal.roleId, lastUsed)
  }

  /** Finds the last use of a role, whether it is written or not. */
  async find(roleId: string, reader: Pick<Reader, 'roles'>): Promise<RoleLastUsed | undefined> {
    const noted = this.#unwritten.get(roleId) ?? this.#inFlight.get(roleId)
    return noted ?? (await reader.roles.findLastUsed(roleId))
  }

  /** Writes the noted uses to the store. */
  async write(): Promise<void> {
    const uses = this.#unwritten
    if (uses.size === 0) return
    this.#unwritten = new Map()
    this.#inFlight = uses
    const records = Array.from(uses, ([roleId, use]) => ({ ...use, roleId }))
    try {
      await this.#store.write(writer => writer.roles.putLastUsed(records))
    } catch (error) {
      // The next write tries again; uses noted in the meantime win.
      this.#unwritten = new Map([...uses, ...this.#unwritten])
      throw error
    } finally {
      if (this.#inFlight === uses) this.#inFlight = new Map()
    }
  }
}
