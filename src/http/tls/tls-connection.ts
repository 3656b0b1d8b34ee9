import type { TLSSocket } from 'node:tls'
import type { TlsConnection } from '../../domain/index.ts'
import { nameOfGroup } from './groups.ts'
import { groupOfSession } from './session-group.ts'

/** Returns how a connection of the server is encrypted; undefined if its handshake has not succeeded. */
export function tlsConnectionOf(socket: TLSSocket): TlsConnection | undefined {
  const tlsVersion = socket.getProtocol()
  if (tlsVersion === null || !socket.encrypted) return undefined
  return { tlsVersion, cipherSuite: socket.getCipher().name, keyExchange: keyExchangeOf(socket, tlsVersion) }
}

function keyExchangeOf(socket: TLSSocket, tlsVersion: string): string | undefined {
  // TLS 1.2 resumes a session without a key exchange, and its session names that of the first connection. TLS 1.3 has a
  // key exchange of its own there too, because the server refuses to resume without one (psk_dhe_ke, RFC 8446, 4.2.9).
  if (tlsVersion !== 'TLSv1.3' && socket.isSessionReused()) return undefined
  const session = socket.getSession()
  if (session === undefined) return undefined
  const group = groupOfSession(session)
  // The session has the secret that resumes it.
  session.fill(0)
  return group === undefined ? undefined : nameOfGroup(group)
}
