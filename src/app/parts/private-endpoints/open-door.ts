import type { Socket } from 'node:net'
import type { GuardedDoor } from '../../../http/index.ts'
import type { Endpoint } from '../../../operation/index.ts'
import { AddressRanges } from '../../../std/index.ts'

/** The way in at one address of an endpoint, for the clients that its security groups have. */
export class OpenDoor implements GuardedDoor {
  endpoint: Endpoint
  isOver = false
  /** The number of open connections. */
  connections = 0
  /** The ranges of the clients that it admits, as one text. */
  readonly sources: string
  readonly #ranges: AddressRanges
  readonly #connectionsMax: number

  constructor(endpoint: Endpoint, sources: readonly string[], connectionsMax: number) {
    this.endpoint = endpoint
    this.sources = sources.join()
    this.#ranges = AddressRanges.of(...sources)
    this.#connectionsMax = connectionsMax
  }

  admits(remoteAddress: string): boolean {
    return this.connections < this.#connectionsMax && this.#ranges.has(remoteAddress)
  }

  enter(socket: Socket): void {
    this.connections++
    socket.once('close', () => this.connections--)
  }
}
