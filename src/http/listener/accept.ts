import type { Socket } from 'node:net'
import type { AddressRanges } from '../../std/index.ts'
import type { ConnectionFacts } from '../connection.ts'
import { readProxyHeader } from './proxy-protocol.ts'
import { remoteAddressOf } from './remote-address.ts'
import type { HttpServer } from './server.ts'

/**
 * Serves a connection: an `HttpServer` over plain HTTP, a `TlsAcceptor` over TLS. The address of its client is read now:
 * after a reset Node no longer knows it, and the audit record would lack it. A connection from one of the `proxies` begins
 * with a header of the PROXY protocol, which names the client; the header of anybody else is never read.
 */
export function acceptPlain(
  http: Pick<HttpServer, 'serve'>,
  socket: Socket,
  proxies: AddressRanges | undefined,
): void {
  const peer = remoteAddressOf(socket)
  // A socket that was reset before it was accepted has no address, but the data that it sent could still be read.
  if (peer === undefined) socket.destroy()
  else if (proxies?.has(peer) !== true) http.serve(socket, factsOf(peer))
  else readProxyHeader(socket, client => http.serve(socket, factsOf(client === 'peer' ? peer : client)))
}

const factsOf = (remoteAddress: string): ConnectionFacts => ({ remoteAddress })
