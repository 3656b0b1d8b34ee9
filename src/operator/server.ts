import { chmodSync, renameSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { OperatorError } from '../std/index.ts'
import { Connection, problemOf } from './connection.ts'
import {
  type AnswerLine,
  type OperatorHandler,
  OperatorProblem,
  type OperatorRequest,
  operatorCommands,
  operatorLimits,
} from './protocol.ts'
import { type SocketAddress, socketAddress, socketName } from './socket-path.ts'

/** The settings of an `OperatorServer`. */
export interface OperatorServerOptions {
  /** The data directory, which this process has locked. */
  readonly directory: string
  readonly handle: OperatorHandler
  /** Receives each error that is not a mistake of the operator. */
  readonly onFault: (error: unknown, command: string) => void
}

/** The mode of the socket, which only the user of the server may connect to. */
const ownerOnly = 0o600
const ownerOnlyMask = 0o177

/** The operator socket: commands of the operator to a running server. */
export class OperatorServer {
  readonly #options: OperatorServerOptions
  readonly #server: Server
  readonly #path: string
  readonly #connections = new Set<Connection>()
  /** Resolves when the commands before have ended. */
  #last: Promise<unknown> = Promise.resolve()
  #isClosing = false

  private constructor(options: OperatorServerOptions) {
    this.#options = options
    this.#path = join(options.directory, socketName)
    this.#server = createServer(socket => this.#accept(socket))
  }

  /**
   * Opens the socket, in the place of one that an earlier process left. Nobody but the user of this process can connect at
   * any moment. Throws OperatorError.
   */
  static async listen(options: OperatorServerOptions): Promise<OperatorServer> {
    const server = new OperatorServer(options)
    try {
      await server.#listen()
    } catch (error) {
      if (error instanceof OperatorError) throw error
      throw new OperatorError(`The operator socket cannot be opened: ${(error as Error).message}`)
    }
    return server
  }

  /** Accepts no more commands, waits for the one that runs, and removes the socket. */
  async close(): Promise<void> {
    this.#isClosing = true
    rmSync(this.#path, { force: true })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    for (const connection of this.#connections) {
      if (connection.hasRequest) connection.abort()
      else connection.drop()
    }
    await promise
  }

  async #listen(): Promise<void> {
    const { directory } = this.#options
    const temporaryName = `${socketName}.new`
    const temporary = join(directory, temporaryName)
    rmSync(temporary, { force: true })
    const address = socketAddress(directory, temporaryName)
    try {
      await this.#bind(address)
      chmodSync(temporary, ownerOnly)
      renameSync(temporary, this.#path)
    } finally {
      address.release()
    }
  }

  async #bind(address: SocketAddress): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    // The socket is made within this call: it has the right mode from the first moment.
    const mask = process.umask(ownerOnlyMask)
    try {
      this.#server.listen(address.path, resolve)
    } finally {
      process.umask(mask)
    }
    await promise
    this.#server.off('error', reject)
    this.#server.on('error', error => this.#options.onFault(error, 'accept'))
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= operatorLimits.connections) this.#makeRoom()
    const connection = new Connection(socket, {
      perform: (request, from) => this.#perform(request, from),
      closed: from => this.#connections.delete(from),
    })
    this.#connections.add(connection)
    if (this.#isClosing) connection.drop()
    else if (this.#connections.size > operatorLimits.connections) connection.finish(busy)
  }

  /** Drops the connection that has waited longest without a request: idle ones must not keep the operator out. */
  #makeRoom(): void {
    for (const connection of this.#connections) {
      if (connection.hasRequest) continue
      this.#connections.delete(connection)
      connection.drop()
      return
    }
  }

  #perform(request: OperatorRequest, from: Connection): Promise<AnswerLine> {
    if (operatorCommands[request.command] === 'beside others') return this.#handle(request, from)
    const turn = this.#last
    const done = (async () => {
      await turn
      return await this.#handle(request, from)
    })()
    this.#last = done
    return done
  }

  async #handle(request: OperatorRequest, from: Connection): Promise<AnswerLine> {
    // The client may have gone while it waited for its turn; nothing is done that nobody would see.
    if (this.#isClosing || from.gone.aborted) return stopping
    try {
      return { result: await this.#options.handle(request, from.gone) }
    } catch (error) {
      if (!(error instanceof OperatorError)) this.#options.onFault(error, request.command)
      return problemOf(error)
    }
  }
}

const busy = problemOf(
  new OperatorProblem('Busy', 'The operator socket has too many commands at once. Try again later.'),
)
const stopping = problemOf(
  new OperatorProblem('Stopping', 'The server stops, and did not begin this. Try again when it has started.'),
)
