import type { Socket } from 'node:net'
import type { RequestHandler } from './handler.ts'
import type { EngineLimits } from './limits.ts'

/** The server side of HTTP/1.1 (RFC 9110 and RFC 9112) on sockets that others have accepted. */
export declare class Engine<Facts> {
  constructor(handler: RequestHandler<Facts>, limits: EngineLimits)
  /** Serves the requests of a connection, of TCP or TLS. `facts` are at hand with each of its requests. */
  serve(socket: Socket, facts: Facts): void
  /** The number of open connections. */
  get connectionCount(): number
  /** Finishes the requests in flight, and closes their connections. Connections open after `graceMillis` are cut. */
  close(graceMillis: number): Promise<void>
}
