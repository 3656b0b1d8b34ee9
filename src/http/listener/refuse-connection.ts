import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { uuid } from '../../std/index.ts'

/**
 * Ends a connection whose data is not HTTP, too large or too slow, with the matching status. The answer to an earlier
 * request goes first: the client must not take this answer for it.
 */
export function refuseConnection(
  error: NodeJS.ErrnoException,
  socket: Socket,
  pending: ServerResponse | undefined,
): void {
  if (pending?.req.complete === true && !pending.writableFinished && !pending.destroyed) {
    pending.once('close', () => socket.destroySoon())
    return
  }
  if (!socket.writable || socket.destroyed) {
    socket.destroy()
    return
  }
  const statuses: Record<string, string> = {
    HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
    ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  }
  const status = statuses[error.code ?? ''] ?? '400 Bad Request'
  socket.write(
    `HTTP/1.1 ${status}\r\nx-amzn-RequestId: ${uuid()}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  )
  // `end()` would keep the connection open for a client that never closes its side.
  socket.destroySoon()
}

/** Answers a request with an unknown Expect header with status 417. */
export function refuseExpectation(response: ServerResponse): void {
  response.writeHead(417, { 'x-amzn-RequestId': uuid(), 'Content-Length': 0, Connection: 'close' })
  response.end()
}
