import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { OperatorError } from '../../std/index.ts'

/** The settings of a `Listener`. */
export interface ListenerOptions {
  readonly host: string
  /** The port to listen on; 0 for any free port. */
  readonly port: number
  /** The variable of the setting with the port, for an error. */
  readonly setting: string
  /** Whether any free port will do if the port is in use. */
  readonly givesWay?: boolean
  /** Called with each accepted connection. */
  readonly accept: (socket: Socket) => void
}

/** An address and port where connections are accepted. */
export class Listener {
  readonly #server: Server

  private constructor({ accept }: ListenerOptions) {
    // HTTP/1.1 allows a client to close its side after a request, and the answer still has to go out.
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, accept)
  }

  /** Starts to listen. Throws OperatorError if the address is not available. */
  static async listen(options: ListenerOptions): Promise<Listener> {
    const listener = new Listener(options)
    await listener.#listen(options.port, options.host).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== inUse || options.givesWay !== true) throw explainListenError(error, options)
      await listener.#listen(0, options.host)
    })
    return listener
  }

  async #listen(port: number, host: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    this.#server.listen(port, host, resolve)
    await promise
    this.#server.off('error', reject)
  }

  /** The host and port, such as `127.0.0.1:4599` or `[::1]:4599`. */
  get authority(): string {
    const { address, family, port } = this.#server.address() as AddressInfo
    return `${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  /** Accepts no new connections. Resolves when those that it accepted have closed. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    await promise
  }
}

const inUse = 'EADDRINUSE'

/** The cause of the error is that of the system. */
function explainListenError(
  cause: NodeJS.ErrnoException,
  { host, port, setting }: ListenerOptions,
): OperatorError {
  const text =
    cause.code === inUse
      ? `Port ${port} on ${host} is in use by another program. Set ${setting} to a different port.`
      : `Keyward cannot listen on ${host} port ${port}: ${cause.message}`
  return new OperatorError(text, { cause })
}
