import type { Socket } from 'node:net'
import type { DoorRefusal, GuardedDoor } from '../../../http/index.ts'
import type { Endpoint } from '../../../operation/index.ts'
import { AddressRanges } from '../../../std/index.ts'
import type { EndpointConnections } from './endpoint-connections.ts'
import type { EndpointInUse } from './endpoints-in-use.ts'

/** The settings of an `OpenDoor`, and the parts that it works with. */
export interface OpenDoorOptions {
  readonly inUse: EndpointInUse
  /** The ranges of the clients that the door admits. */
  readonly sources: readonly string[]
  /** The open connections of all endpoints. */
  readonly connections: EndpointConnections
  /** The most connections of the endpoint's account, through all of its endpoints. */
  readonly connectionsMax: number
}

/** The way in at one address of an endpoint, for the clients that its security groups have. */
export class OpenDoor implements GuardedDoor {
  isOver = false
  /** The ranges of the clients that it admits, as one text. */
  readonly sources: string
  readonly #options: OpenDoorOptions
  readonly #ranges: AddressRanges

  constructor(options: OpenDoorOptions) {
    this.#options = options
    this.sources = options.sources.join()
    this.#ranges = AddressRanges.of(...options.sources)
  }

  /** A request that is still being received when the door closes gets the policy that holds by then. */
  get endpoint(): Endpoint {
    return this.#options.inUse.endpoint
  }

  refusalOf(remoteAddress: string): DoorRefusal | undefined {
    const { connections, connectionsMax } = this.#options
    if (!this.#ranges.has(remoteAddress)) return 'group'
    return connections.ofAccount(this.endpoint.accountId) < connectionsMax ? undefined : 'full'
  }

  enter(socket: Socket): void {
    this.#options.connections.add(this.endpoint, socket)
  }
}
