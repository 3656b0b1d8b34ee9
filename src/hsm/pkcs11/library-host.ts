import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { shownText, threadEnvironment } from '../../std/index.ts'
import { FrameReader, type Message, toFrame } from './frames.ts'
import { TokenProblem, tokenProblemCodes } from './problem.ts'
import { readSecrets } from './read-secrets.ts'
import { Watch } from './watch.ts'

/** The time for one request. */
const timeoutMillisDefault = 10_000
/** The time in which a new process loads the library. */
export const loadMillisMax = 30_000
/** The time in which a library ends in order. */
const closeMillisMax = 2000
/** The part of the library's own messages that is kept. */
const errorBytesMax = 4096
const shownMax = 200

/** How the process of a library is run. */
export interface HostOptions {
  /** The URL of its program. */
  readonly program: URL
  readonly environment: Readonly<Record<string, string>>
  /** The longest time for a request that names none. */
  readonly timeoutMillis?: number
  /** The number of its further channels. */
  readonly furtherChannels?: number
}

interface Pending {
  readonly timeoutMillis: number
  resolve(message: Message): void
  reject(error: TokenProblem): void
}

/** The process of a library, from its start to its end. It answers requests in their order. A process that does not answer in time is killed. */
export class LibraryProcess {
  readonly #child: ChildProcess
  #sockets: readonly Socket[] = []
  readonly #timeoutMillis: number
  readonly #reader = new FrameReader()
  readonly #pending: Pending[] = []
  readonly #watch = new Watch(millis => this.kill(tooLate(millis)))
  readonly #whenEnded: ((problem: TokenProblem) => void)[] = []
  #printed = Buffer.alloc(0)
  #ended: string | undefined
  readonly #closed: Promise<void>

  constructor({
    program,
    environment,
    timeoutMillis = timeoutMillisDefault,
    furtherChannels = 0,
  }: HostOptions) {
    this.#timeoutMillis = timeoutMillis
    const pipes = Array.from({ length: 2 + furtherChannels }, () => 'pipe' as const)
    this.#child = spawn(process.execPath, ['--disable-sigusr1', '--no-warnings', fileURLToPath(program)], {
      env: { ...environment, ...threadEnvironment() },
      stdio: ['ignore', 'ignore', ...pipes],
    })
    const { promise, resolve: closed } = Promise.withResolvers<void>()
    this.#closed = promise
    this.#child.once('error', error => {
      this.#end(`its process cannot be started: ${error.message}`)
      closed()
    })
    this.#child.once('close', (code, signal) => {
      this.#end(`its process ended with ${signal ?? code}${this.#lastLine()}`)
      closed()
    })
    // Node makes no pipes for a process that the system's limits do not allow.
    if (this.#child.stdio === undefined) throw new TokenProblem('Away', 'its process cannot be started')
    this.#sockets = this.#child.stdio.slice(3) as Socket[]
    const [channel] = this.#sockets
    if (channel !== undefined) readSecrets(channel, piece => this.#take(piece))
    for (const socket of this.#sockets) socket.on('error', () => undefined)
    this.#child.stderr?.on('data', (piece: Buffer) => {
      const room = errorBytesMax - this.#printed.length
      if (room > 0) this.#printed = Buffer.concat([this.#printed, piece.subarray(0, room)])
    })
  }

  get id(): number | undefined {
    return this.#ended === undefined ? this.#child.pid : undefined
  }

  get isUsable(): boolean {
    return this.#ended === undefined
  }

  /** The requests without an answer. */
  get waiting(): number {
    return this.#pending.length
  }

  /** Returns the problem that the end of the process is; undefined before. */
  get endProblem(): TokenProblem | undefined {
    return this.#ended === undefined ? undefined : new TokenProblem('Away', this.#ended)
  }

  /** Returns a further channel, whose bytes are the caller's. */
  furtherChannel(index: number): Socket {
    return this.#sockets[1 + index] as Socket
  }

  /** Calls back when the process has ended, or is of no use any more. */
  whenEnded(listener: (problem: TokenProblem) => void): void {
    this.#whenEnded.push(listener)
  }

  /** Sends a request, whose parts the caller wipes. Rejects with TokenProblem. */
  request(message: Message, timeoutMillis = this.#timeoutMillis): Promise<Message> {
    if (this.endProblem !== undefined) return Promise.reject(this.endProblem)
    const { promise, resolve, reject } = Promise.withResolvers<Message>()
    this.#pending.push({ timeoutMillis, resolve, reject })
    if (this.#pending.length === 1) this.#watch.begin(timeoutMillis)
    const frame = toFrame(message)
    this.#sockets[0]?.write(frame, () => frame.fill(0))
    return promise
  }

  /** Allows the library to end in order, if it is not busy. */
  async close(isBusy = this.#pending.length > 0): Promise<void> {
    if (isBusy) this.kill('the server stops')
    else for (const socket of this.#sockets) socket.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), closeMillisMax)
    await this.#closed
    clearTimeout(timer)
  }

  kill(why = 'its process was ended'): void {
    this.#end(why)
    this.#child.kill('SIGKILL')
  }

  #take(piece: Buffer): void {
    try {
      for (const message of this.#reader.add(piece)) this.#settle(message)
    } catch (error) {
      this.kill((error as Error).message)
    }
  }

  #settle({ head, parts }: Message): void {
    const pending = this.#pending.shift()
    const next = this.#pending[0]
    if (next === undefined) this.#watch.end()
    else this.#watch.begin(next.timeoutMillis)
    if (head['ok'] === true) pending?.resolve({ head, parts })
    else pending?.reject(problemIn(head))
  }

  #end(why: string): void {
    if (this.#ended !== undefined) return
    this.#ended = why
    this.#watch.end()
    for (const socket of this.#sockets) socket.destroy()
    for (const { reject } of this.#pending.splice(0)) reject(new TokenProblem('Away', why))
    for (const listener of this.#whenEnded) listener(new TokenProblem('Away', why))
  }

  /** A library may print what it was given, so only a line about a failed assertion or a missing file is repeated. */
  #lastLine(): string {
    const line = this.#printed.toString('utf8').trimEnd().split('\n').at(-1) ?? ''
    return /assertion|No such file|cannot open/i.test(line) ? `: ${shownText(line).slice(0, shownMax)}` : ''
  }
}

/** Says that a process took longer than it may. */
export const tooLate = (millis: number): string => `it does not answer after ${millis / 1000} seconds`

/** Returns the problem that an answer has. */
export function problemIn({ code, message }: Readonly<Record<string, unknown>>): TokenProblem {
  const known = tokenProblemCodes.find(each => each === code) ?? 'Refused'
  return new TokenProblem(known, shownText(String(message)).slice(0, shownMax))
}
