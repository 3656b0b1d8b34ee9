import type { Socket } from 'node:net'

/** The open connections of endpoints. Connections through doors that are over count, too. */
export class EndpointConnections {
  readonly #counts = new Map<string, number>()

  /** Returns the number of open connections of an endpoint. */
  of(vpcEndpointId: string): number {
    return this.#counts.get(vpcEndpointId) ?? 0
  }

  /** Returns the number of open connections by endpoint, for the endpoints that have any. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /** Counts a connection until it closes. */
  add(vpcEndpointId: string, socket: Socket): void {
    this.#counts.set(vpcEndpointId, this.of(vpcEndpointId) + 1)
    socket.once('close', () => {
      const left = this.of(vpcEndpointId) - 1
      if (left > 0) this.#counts.set(vpcEndpointId, left)
      else this.#counts.delete(vpcEndpointId)
    })
  }
}
