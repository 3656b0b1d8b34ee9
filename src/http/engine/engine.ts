import type { Socket } from 'node:net'
import { otherWork } from '../../std/index.ts'
import { Connection } from './connection.ts'
import { EngineState, type OpenConnection, tickMillis } from './engine-state.ts'
import type { RequestHandler } from './handler.ts'
import { type EngineLimits, engineLimitDefaults } from './limits.ts'

/** The server side of HTTP/1.1 (RFC 9110 and RFC 9112) on sockets that others have accepted. */
export class Engine<Facts> {
  readonly #state: EngineState<Facts>
  readonly #timer: NodeJS.Timeout
  #reserved = 0

  constructor(handler: RequestHandler<Facts>, limits: EngineLimits = engineLimitDefaults) {
    this.#state = new EngineState(handler, limits)
    this.#timer = setInterval(() => this.#state.tick(), tickMillis)
    // Sockets keep the process running, and the timer alone does not.
    this.#timer.unref()
  }

  /** The number of open connections. */
  get connectionCount(): number {
    return this.#state.open.size
  }

  /** The connections so far: served, cut to make room, and turned away because there was none. */
  get connectionCounts(): Readonly<Record<'served' | 'evicted' | 'turnedAway', number>> {
    return this.#state.counts
  }

  /** The bytes of bodies that are being received, and of answers that wait for clients to read. */
  get heldSizeBytes(): Readonly<Record<'bodies' | 'answers', number>> {
    const { bodies, answers } = this.#state
    return { bodies: bodies.heldSizeBytes, answers: answers.heldSizeBytes }
  }

  /** Serves the requests of a connection, of TCP or TLS. `facts` are at hand with each of its requests. */
  serve(socket: Socket, facts: Facts): void {
    if (!this.#hasRoom()) {
      socket.on('error', () => undefined)
      socket.destroy()
      return
    }
    this.#state.counts.served++
    new Connection(this.#state, socket, facts)
  }

  /**
   * Counts a connection that is not served yet, such as one in the TLS handshake, against the limit. Returns whether there is
   * room for it. `release` ends that.
   */
  reserve(): boolean {
    const hasRoom = this.#hasRoom()
    if (hasRoom) this.#reserved++
    return hasRoom
  }

  release(): void {
    this.#reserved--
  }

  /** Whether there is room for one more connection, for which a different one may have to go. */
  #hasRoom(): boolean {
    const { open, limits, isClosing } = this.#state
    if (!isClosing && (open.size + this.#reserved < limits.connectionsMax || this.#state.evict())) return true
    this.#state.counts.turnedAway++
    return false
  }

  /** Finishes the requests in flight, and closes their connections. Connections open after `graceMillis` are cut. */
  async close(graceMillis: number): Promise<void> {
    this.#state.isClosing = true
    await this.retire(() => true, graceMillis)
    clearInterval(this.#timer)
  }

  /**
   * Closes the connections that are over: idle ones now, others when the requests that they have sent are answered. Cuts those
   * that are open after `graceMillis`. Resolves when all have closed, save those that were retired before. The other connections are served on.
   */
  async retire(isOver: (facts: Facts) => boolean, graceMillis: number): Promise<void> {
    const { open, retirements } = this.#state
    const { promise, resolve } = Promise.withResolvers<void>()
    const { isClosing } = this.#state
    const isNew = ({ retiredAt }: OpenConnection<Facts>) => isClosing || retiredAt === undefined
    const left = new Set([...open].filter(item => isNew(item) && isOver(item.facts)))
    for (const connection of left) connection.retiredAt ??= this.#state.ticks
    const retirement = { left, onEmpty: resolve }
    retirements.add(retirement)
    // A request that has arrived is not always read: twice, so that the reading is over whatever phase of a turn this is.
    await otherWork()
    await otherWork()
    for (const connection of left) connection.endIfIdle()
    const grace = setTimeout(() => {
      for (const connection of left) connection.cut()
    }, graceMillis)
    if (left.size > 0) await promise
    clearTimeout(grace)
    retirements.delete(retirement)
  }
}
