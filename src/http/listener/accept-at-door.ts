import type { Socket } from 'node:net'
import { remoteAddressOf } from '../client-address.ts'
import type { Door } from '../connection.ts'
import type { ConnectionServer } from './accept.ts'

/** Why a door refuses a client: no security group has its address, or the endpoints of the account have all the connections that they may. */
export type DoorRefusal = 'group' | 'full'

/** A door that counts its connections, and knows who may come in. */
export interface GuardedDoor extends Door {
  /** Returns why a client with this address may not connect; undefined if it may. */
  refusalOf(remoteAddress: string): DoorRefusal | undefined
  /** Counts a connection until it closes. */
  enter(socket: Socket): void
}

/**
 * Hands a connection that an endpoint accepted to its server, if the door admits the client; otherwise resets it, and the client gets no byte.
 * Returns why the door refused the client; undefined also for a connection that was over, or whose door was.
 * No header of the PROXY protocol is read here: the address of the client is a fact that policies decide on.
 */
export function acceptAtDoor(
  server: ConnectionServer,
  socket: Socket,
  door: GuardedDoor,
): DoorRefusal | undefined {
  const remoteAddress = remoteAddressOf(socket)
  if (remoteAddress === undefined || door.isOver) {
    socket.resetAndDestroy()
    return undefined
  }
  const refusal = door.refusalOf(remoteAddress)
  if (refusal !== undefined) {
    socket.resetAndDestroy()
    return refusal
  }
  door.enter(socket)
  server.serve(socket, { remoteAddress, door })
  return undefined
}
