import type { Socket } from 'node:net'
import { remoteAddressOf } from './remote-address.ts'
import type { HttpServer } from './server.ts'

/**
 * Serves a connection: an `HttpServer` over plain HTTP, a `TlsAcceptor` over TLS. The address of its client is read now: after a reset Node no longer knows it, and
 * the audit record would lack it.
 */
export function acceptPlain(http: Pick<HttpServer, 'serve'>, socket: Socket): void {
  const remoteAddress = remoteAddressOf(socket)
  // A socket that was reset before it was accepted has no address, but the data that it sent could still be read.
  if (remoteAddress === undefined) socket.destroy()
  else http.serve(socket, { remoteAddress })
}
