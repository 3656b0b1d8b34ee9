import type { Socket } from 'node:net'
import {
  addressesOf,
  type ClosedAddress,
  type EndpointDoors,
  findVpc,
  missingGroups,
  type Networks,
  unlistedAddresses,
  type Vpc,
  type VpcEndpoint,
} from '../../../domain/index.ts'
import {
  acceptAtDoor,
  type DoorRefusal,
  type HttpServer,
  Listener,
  type TlsAcceptor,
} from '../../../http/index.ts'
import { addressLost, groupsNotConfigured, hasAddress, notConfigured, reasonOf } from './closed-addresses.ts'
import { EndpointConnections } from './endpoint-connections.ts'
import type { EndpointsInUse } from './endpoints-in-use.ts'
import { OpenDoor } from './open-door.ts'

/** The time that requests in flight have once their endpoint does not accept them any more. */
const graceMillis = 20_000

/** The parts that doors work with. */
export interface DoorParts {
  readonly endpoints: EndpointsInUse
  readonly networks: Networks
  /** The port of all endpoints. */
  readonly port: number
  readonly http: Pick<HttpServer, 'retire' | 'connectionsMax'>
  readonly tls: Pick<TlsAcceptor, 'serve'>
  /** Hears of addresses that begin or cease to accept. */
  readonly onChange: (event: 'opened' | 'closed', vpcEndpointId: string, address: string) => void
  /** Hears of each connection that an endpoint refused. */
  readonly onRefused: (vpcEndpointId: string, reason: DoorRefusal) => void
}

/** An address where an endpoint accepts. */
interface Place {
  readonly listener: Listener
  door: OpenDoor
}

/**
 * The listeners of the endpoints, by address. Only addresses that the configuration names are ever opened. A change of the policy or of the
 * security groups holds as soon as it is committed; a listener opens or closes when `follow` is called.
 */
export class Doors implements EndpointDoors {
  readonly #parts: DoorParts
  readonly #places = new Map<string, Place>()
  /** The listeners that do not accept any more, and whose connections have not all ended. */
  readonly #ending = new Set<Promise<void>>()
  readonly #connections = new EndpointConnections()
  #isClosing = false

  constructor(parts: DoorParts) {
    this.#parts = parts
    parts.endpoints.onChange(row => this.#changed(row))
  }

  async follow({ vpcEndpointId }: VpcEndpoint): Promise<readonly ClosedAddress[]> {
    const wanted = this.#wantedAddresses(vpcEndpointId)
    for (const address of this.#addressesOf(vpcEndpointId))
      if (!wanted.includes(address)) this.#close(address)
    const closed: ClosedAddress[] = []
    for (const address of wanted) {
      const reason =
        (await this.#keepOpen(vpcEndpointId, address)) ?? this.#lackOfGroups(vpcEndpointId, address)
      if (reason !== undefined) closed.push(reason)
    }
    return closed
  }

  async close({ vpcEndpointId }: VpcEndpoint): Promise<void> {
    for (const address of this.#addressesOf(vpcEndpointId)) this.#close(address)
  }

  /** Accepts nothing any more, now and later. */
  stopAccepting(): void {
    this.#isClosing = true
    for (const address of this.#places.keys()) this.#close(address)
  }

  /** Closes all listeners. Resolves when the requests in flight are answered. */
  async closeAll(): Promise<void> {
    this.stopAccepting()
    await Promise.all(this.#ending)
  }

  /** Returns the number of open connections of each endpoint. */
  connectionCounts(): ReadonlyMap<string, number> {
    const accepting = [...this.#places.values()].map(({ door }) => [door.endpoint.vpceId, 0] as const)
    return new Map([...accepting, ...this.#connections.counts])
  }

  /** Opens an address, or finds out whether it is open still. Returns why it is not. */
  async #keepOpen(vpcEndpointId: string, address: string): Promise<ClosedAddress | undefined> {
    const isLost = this.#holds(vpcEndpointId, address) && !(await hasAddress(address))
    const row = this.#parts.endpoints.get(vpcEndpointId)?.row
    const isConfigured = row !== undefined && !unlistedAddresses(row, this.#vpcOf(row)).includes(address)
    // The endpoint that had the address before may not have been followed yet. One that got it meanwhile keeps it.
    const mustClose = this.#holds(vpcEndpointId, address) ? isLost || !isConfigured : isConfigured
    if (mustClose) this.#close(address)
    if (!isConfigured) return notConfigured(address)
    if (isLost) return addressLost(address)
    return this.#places.has(address) ? undefined : await this.#open(vpcEndpointId, address)
  }

  /** Whether an address is open for an endpoint. */
  #holds(vpcEndpointId: string, address: string): boolean {
    return this.#places.get(address)?.door.endpoint.vpceId === vpcEndpointId
  }

  /** A removed group admits nobody, and its clients would be refused without a reason. */
  #lackOfGroups(vpcEndpointId: string, address: string): ClosedAddress | undefined {
    const row = this.#parts.endpoints.get(vpcEndpointId)?.row
    const missing = row === undefined ? [] : missingGroups(row, this.#vpcOf(row))
    return missing.length === 0 ? undefined : groupsNotConfigured(address, missing)
  }

  async #open(vpcEndpointId: string, address: string): Promise<ClosedAddress | undefined> {
    const { port, onChange } = this.#parts
    const accept = (socket: Socket) => this.#accept(address, socket)
    try {
      const listener = await Listener.listen({ host: address, port, setting: 'KEYWARD_VPCE_PORT', accept })
      const door = this.#isClosing ? undefined : this.#doorFor(vpcEndpointId, address)
      // The endpoint lost the address while it was opened.
      if (door === undefined) await listener.close()
      else {
        this.#places.set(address, { listener, door })
        onChange('opened', vpcEndpointId, address)
      }
      return undefined
    } catch (error) {
      return reasonOf(error, address, port)
    }
  }

  #accept(address: string, socket: Socket): void {
    const door = this.#places.get(address)?.door
    if (door === undefined) {
      socket.resetAndDestroy()
      return
    }
    const refusal = acceptAtDoor(this.#parts.tls, socket, door)
    if (refusal !== undefined) this.#parts.onRefused(door.endpoint.vpceId, refusal)
  }

  /** Ceases to accept at an address. The requests in flight are answered; a connection that is open after the grace is cut. */
  #close(address: string): void {
    const place = this.#places.get(address)
    if (place === undefined) return
    const { door, listener } = place
    door.isOver = true
    this.#places.delete(address)
    const ended = listener.close()
    this.#ending.add(ended)
    void ended.then(() => this.#ending.delete(ended))
    this.#retire()
    this.#parts.onChange('closed', door.endpoint.vpceId, address)
  }

  #retire(): void {
    void this.#parts.http.retire(graceMillis)
  }

  /** Makes a committed change hold at once, for new requests on open connections, too. */
  #changed({ vpcEndpointId }: VpcEndpoint): void {
    let isAnyOver = false
    for (const address of this.#addressesOf(vpcEndpointId)) {
      const place = this.#places.get(address)
      if (place === undefined) continue
      const next = this.#doorFor(vpcEndpointId, address)
      if (next?.sources === place.door.sources) continue
      place.door.isOver = true
      isAnyOver = true
      // A door that is over admits nobody, so the listener may stay open until the endpoint is followed.
      if (next !== undefined) place.door = next
    }
    if (isAnyOver) this.#retire()
  }

  /** Makes the door of an address; undefined if the endpoint should not accept there. */
  #doorFor(vpcEndpointId: string, address: string): OpenDoor | undefined {
    const inUse = this.#parts.endpoints.get(vpcEndpointId)
    if (inUse === undefined || !this.#wantedAddresses(vpcEndpointId).includes(address)) return undefined
    const { row } = inUse
    const groups = this.#vpcOf(row)?.securityGroups ?? []
    const sources = groups
      .filter(({ groupId }) => row.securityGroupIds.includes(groupId))
      .flatMap(group => group.sources)
    return new OpenDoor({
      ...{ inUse, sources },
      connections: this.#connections,
      // One tenant must not take all connections of the server.
      connectionsMax: Math.ceil(this.#parts.http.connectionsMax / 2),
    })
  }

  #vpcOf(row: VpcEndpoint): Vpc | undefined {
    return findVpc(this.#parts.networks, row, row.vpcId)
  }

  /** The addresses where an endpoint should accept. */
  #wantedAddresses(vpcEndpointId: string): string[] {
    const row = this.#parts.endpoints.get(vpcEndpointId)?.row
    return row === undefined || row.state === 'deleting' ? [] : addressesOf(row)
  }

  /** The addresses that are open for an endpoint. */
  #addressesOf(vpcEndpointId: string): string[] {
    return [...this.#places.keys()].filter(address => this.#holds(vpcEndpointId, address))
  }
}
