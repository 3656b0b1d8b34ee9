import type { Socket } from 'node:net'

/** An endpoint as its connections are counted. */
export interface CountedEndpoint {
  readonly vpceId: string
  readonly accountId: string
}

/** The open connections of endpoints. Connections through doors that are over count, too. */
export class EndpointConnections {
  readonly #byEndpoint = new Map<string, number>()
  readonly #byAccount = new Map<string, number>()

  /** Returns the number of open connections of all endpoints of an account. */
  ofAccount(accountId: string): number {
    return this.#byAccount.get(accountId) ?? 0
  }

  /** Returns the number of open connections by endpoint, for the endpoints that have any. */
  get counts(): ReadonlyMap<string, number> {
    return this.#byEndpoint
  }

  /** Counts a connection until it closes. */
  add({ vpceId, accountId }: CountedEndpoint, socket: Socket): void {
    change(this.#byEndpoint, vpceId, 1)
    change(this.#byAccount, accountId, 1)
    socket.once('close', () => {
      change(this.#byEndpoint, vpceId, -1)
      change(this.#byAccount, accountId, -1)
    })
  }
}

function change(counts: Map<string, number>, name: string, by: number): void {
  const count = (counts.get(name) ?? 0) + by
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}
