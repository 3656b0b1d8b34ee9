import type { Socket } from 'node:net'
import type { AddressRanges } from '../../std/index.ts'
import { remoteAddressOf } from '../client-address.ts'
import type { ConnectionFacts } from '../connection.ts'
import { readProxyHeader } from './proxy-protocol.ts'

/** The part that serves accepted connections: an `HttpServer` over plain HTTP, a `TlsAcceptor` over TLS. */
export interface ConnectionServer {
  serve(socket: Socket, facts: ConnectionFacts): void
}

/**
 * Hands an accepted connection to its server. The address of its client is read now: after a reset Node no longer knows it,
 * and the audit record would lack it. A connection from one of the `proxies` begins with a header of the PROXY protocol,
 * which names the client; the header of anybody else is never read. `onRefused` is called for a proxy without such a header.
 */
export function acceptConnection(
  server: ConnectionServer,
  socket: Socket,
  proxies: AddressRanges | undefined,
  onRefused?: (proxyAddress: string) => void,
): void {
  const peer = remoteAddressOf(socket)
  // A socket that was reset before it was accepted has no address, but the data that it sent could still be read.
  if (peer === undefined) socket.destroy()
  else if (proxies?.has(peer) !== true) server.serve(socket, factsOf(peer))
  else {
    const serve = (client: string) => server.serve(socket, factsOf(client === 'peer' ? peer : client))
    readProxyHeader(socket, serve, () => onRefused?.(peer))
  }
}

const factsOf = (remoteAddress: string): ConnectionFacts => ({ remoteAddress })
