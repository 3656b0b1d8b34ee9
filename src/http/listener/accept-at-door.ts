import type { Socket } from 'node:net'
import { remoteAddressOf } from '../client-address.ts'
import type { Door } from '../connection.ts'
import type { ConnectionServer } from './accept.ts'

/** A door that counts its connections, and knows who may come in. */
export interface GuardedDoor extends Door {
  /** Whether a client with this address may connect, and there is room for it. */
  admits(remoteAddress: string): boolean
  /** Counts a connection until it closes. */
  enter(socket: Socket): void
}

/**
 * Hands a connection that an endpoint accepted to its server, if the door admits the client; otherwise resets it, and the client gets no byte.
 * Returns whether it did.
 * No header of the PROXY protocol is read here: the address of the client is a fact that policies decide on.
 */
export function acceptAtDoor(server: ConnectionServer, socket: Socket, door: GuardedDoor): boolean {
  const remoteAddress = remoteAddressOf(socket)
  if (remoteAddress === undefined || door.isOver || !door.admits(remoteAddress)) {
    socket.resetAndDestroy()
    return false
  }
  door.enter(socket)
  server.serve(socket, { remoteAddress, door })
  return true
}
