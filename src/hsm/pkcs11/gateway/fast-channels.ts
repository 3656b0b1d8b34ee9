import type { Socket } from 'node:net'
import { parseJson } from '../../../std/index.ts'
import { problemIn, tooLate } from '../library-host.ts'
import { TokenProblem } from '../problem.ts'
import { readSecrets } from '../read-secrets.ts'
import { Watch } from '../watch.ts'
import { AnswerReader, type FastAnswer, type FastRequest, fits, toRequests } from './fast-frames.ts'

/** The longest time for a request on a channel. */
const timeoutMillis = 2000
/** The requests that a thread has at hand, so that it never waits for the server, and answers several at once. */
const depth = 16
/** The most requests that wait for a channel. */
const waitingMax = 1000

interface Work {
  readonly request: FastRequest
  resolve(answer: FastAnswer): void
  reject(problem: TokenProblem): void
}

/** A channel to a thread, which answers in order. */
interface Channel {
  readonly socket: Socket
  readonly watch: Watch
  readonly reader: AnswerReader
  /** The requests without an answer, from the oldest. */
  readonly sent: Work[]
  /** The ones that go out when the code that runs now has ended. */
  outgoing: Work[]
}

/** The channels to the threads of a token. Each request takes the channel with the least to do. */
export class FastChannels {
  readonly #channels: readonly Channel[]
  readonly #waiting: Work[] = []
  readonly #kill: (why: string) => void
  #ended: TokenProblem | undefined

  constructor(sockets: readonly Socket[], kill: (why: string) => void) {
    this.#kill = kill
    this.#channels = sockets.map(socket => {
      const watch = new Watch(millis => kill(tooLate(millis)))
      const channel: Channel = { socket, watch, reader: new AnswerReader(), sent: [], outgoing: [] }
      readSecrets(socket, piece => this.#take(channel, piece))
      return channel
    })
  }

  /** Whether requests have no answer yet. */
  get isBusy(): boolean {
    return this.#channels.some(channel => channel.sent.length > 0)
  }

  /** Performs a request, whose bytes must stay as they are until then. The caller wipes the output. Rejects with TokenProblem. */
  perform(request: FastRequest): Promise<FastAnswer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    if (!fits(request))
      return Promise.reject(new TokenProblem('Refused', 'the request is too long, or its IV'))
    const { promise, resolve, reject } = Promise.withResolvers<FastAnswer>()
    const work = { request, resolve, reject }
    const channel = this.#idlest()
    if (channel.sent.length < depth) this.#send(channel, work)
    else if (this.#waiting.length < waitingMax) this.#waiting.push(work)
    else reject(new TokenProblem('Busy', `${waitingMax} requests wait for it`))
    return promise
  }

  /** Ends everything under way. */
  end(problem: TokenProblem): void {
    this.#ended = problem
    for (const channel of this.#channels) {
      channel.watch.end()
      for (const work of channel.sent.splice(0)) work.reject(problem)
    }
    for (const work of this.#waiting.splice(0)) work.reject(problem)
  }

  #idlest(): Channel {
    return this.#channels.reduce((idlest, each) => (each.sent.length < idlest.sent.length ? each : idlest))
  }

  #send(channel: Channel, work: Work): void {
    channel.sent.push(work)
    if (channel.sent.length === 1) channel.watch.begin(timeoutMillis)
    channel.outgoing.push(work)
    if (channel.outgoing.length === 1) process.nextTick(() => this.#flush(channel))
  }

  #flush(channel: Channel): void {
    const requests = channel.outgoing.map(({ request }) => request)
    channel.outgoing = []
    if (this.#ended !== undefined) return
    const piece = toRequests(requests)
    channel.socket.write(piece, () => piece.fill(0))
  }

  #take(channel: Channel, piece: Buffer): void {
    try {
      channel.reader.add(piece, answer => this.#settle(channel, answer))
    } catch (error) {
      this.#kill((error as Error).message)
    }
  }

  #settle(channel: Channel, answer: FastAnswer): void {
    const work = channel.sent.shift()
    if (channel.sent.length === 0) channel.watch.end()
    else channel.watch.begin(timeoutMillis)
    const next = this.#waiting.shift()
    if (next !== undefined) this.#send(channel, next)
    if (answer.status !== 'problem') work?.resolve(answer)
    else work?.reject(problemIn(parseJson(answer.output.toString('utf8')) as Record<string, unknown>))
  }
}
