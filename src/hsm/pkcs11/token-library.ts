import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { shownText, threadEnvironment } from '../../std/index.ts'
import { FrameReader, type Message, toFrame } from './frames.ts'
import type { RequestName } from './library-process.ts'
import { TokenProblem, type TokenProblemCode, tokenProblemCodes } from './problem.ts'
import type { TokenDescription } from './token-operations.ts'

/** A request for the process of a library. */
export interface LibraryRequest extends Message {
  readonly head: Message['head'] & { readonly request: RequestName }
}

/** How a library is run. */
export interface LibraryOptions {
  /** The path of the shared library. */
  readonly path: string
  /** The environment of its process. */
  readonly environment: Readonly<Record<string, string>>
  /** The longest time for a request. */
  readonly timeoutMillis?: number
}

/** The time for one request. */
const timeoutMillisDefault = 10_000
/** The time in which a new process loads the library. */
const loadMillisMax = 30_000
/** The time in which a library ends in order. */
const closeMillisMax = 2000
/** The part of the library's own messages that is kept. */
const errorBytesMax = 4096
const shownMax = 200

/**
 * A PKCS#11 library in a process of its own. One request runs at a time. A process that does not answer in time, or whose token
 * went away, is killed, and the next request starts a new one: a thread that hangs in native code cannot be ended, and SoftHSM2
 * sees a token that came back only after it was initialized again. The methods throw TokenProblem.
 */
export class TokenLibrary {
  readonly #options: LibraryOptions
  #process: LibraryProcess | undefined
  #last: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(options: LibraryOptions) {
    this.#options = options
  }

  /** The process id of the library; undefined while there is none. */
  get processId(): number | undefined {
    return this.#process?.id
  }

  async tokens(): Promise<TokenDescription[]> {
    const { head } = await this.#alone(async () =>
      (await this.#opened()).request({ head: { request: 'list' }, parts: [] }),
    )
    return head['tokens'] as TokenDescription[]
  }

  /**
   * Performs a request for a token, after a login if its process has none yet. `source` is asked for a PIN for a
   * login alone. Returns the answer, whose parts the caller wipes.
   */
  perform(token: string, source: PinSource, message: LibraryRequest): Promise<Message> {
    return this.#alone(async () => {
      const opened = await this.#opened()
      if (!opened.loggedIn.has(token)) {
        await login(opened, token, source)
        opened.loggedIn.add(token)
      }
      return await opened.request(message)
    })
  }

  /** Ends the process: at once if a request is under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#process?.close()
  }

  async #opened(): Promise<LibraryProcess> {
    if (this.#isClosed) throw new TokenProblem('Away', 'the server stops')
    if (this.#process?.isUsable) return this.#process
    this.#process = new LibraryProcess(this.#options)
    await this.#process.request(
      { head: { request: 'load', library: this.#options.path }, parts: [] },
      loadMillisMax,
    )
    return this.#process
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work).catch((error: unknown) => {
      // A new process finds out whether the token is there again. A wrong PIN must not be tried again by a session that is kept.
      const isKept = error instanceof TokenProblem && keptAfter.has(error.code)
      if (!isKept) this.#process?.kill()
      throw error
    })
    this.#last = done.catch(() => undefined)
    return done
  }
}

/** The problems that say nothing against the process. */
const keptAfter: ReadonlySet<TokenProblemCode> = new Set([
  ...(['NoKey', 'SeveralKeys', 'UnfitKey', 'Undecryptable', 'Refused'] as const),
])

/** The user PIN of a token. */
export interface PinSource {
  /** Returns the PIN, which the login wipes, and counts the login. Throws TokenProblem if none may be tried. */
  read(): Buffer
  /** Called after a login that the token took. */
  wasRight(): void
  /** Called after a login that did not reach the token. */
  wasNotTried(): void
}

async function login(opened: LibraryProcess, token: string, source: PinSource): Promise<void> {
  // A token that is away, or hangs already, is no login.
  await opened.request({ head: { request: 'openSession', token }, parts: [] })
  const pin = source.read()
  try {
    await opened.request({ head: { request: 'login', token }, parts: [pin] })
    source.wasRight()
  } catch (error) {
    // Without an answer nobody knows whether the token has counted the login.
    const isAnswered = opened.isUsable
    if (isAnswered && error instanceof TokenProblem && error.code === 'Away') source.wasNotTried()
    throw error
  } finally {
    pin.fill(0)
  }
}

interface Pending {
  resolve(message: Message): void
  reject(error: TokenProblem): void
}

/** A process of a library, from its start to its end. */
class LibraryProcess {
  readonly loggedIn = new Set<string>()
  readonly #child: ChildProcess
  readonly #channel: Socket | undefined
  readonly #timeoutMillis: number
  readonly #reader = new FrameReader()
  #pending: Pending | undefined
  #printed = Buffer.alloc(0)
  #ended: string | undefined
  readonly #closed: Promise<void>

  constructor({ environment, timeoutMillis = timeoutMillisDefault }: LibraryOptions) {
    this.#timeoutMillis = timeoutMillis
    const file = fileURLToPath(new URL('./library-process.ts', import.meta.url))
    this.#child = spawn(process.execPath, ['--disable-sigusr1', '--no-warnings', file], {
      env: { ...environment, ...threadEnvironment() },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
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
    const channel = this.#child.stdio[3] as Socket
    this.#channel = channel
    channel.on('data', (piece: Buffer) => this.#take(piece))
    channel.on('error', () => undefined)
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

  /** Sends a request, whose parts the caller wipes. */
  request(message: LibraryRequest, timeoutMillis = this.#timeoutMillis): Promise<Message> {
    if (this.#ended !== undefined) return Promise.reject(new TokenProblem('Away', this.#ended))
    const { promise, resolve, reject } = Promise.withResolvers<Message>()
    this.#pending = { resolve, reject }
    const timer = setTimeout(() => {
      this.kill(`it does not answer after ${timeoutMillis / 1000} seconds`)
    }, timeoutMillis)
    const frame = toFrame(message)
    this.#channel?.write(frame, () => frame.fill(0))
    return promise.finally(() => clearTimeout(timer))
  }

  /** Allows the library to end in order, if it is not busy. */
  async close(): Promise<void> {
    if (this.#pending !== undefined) this.kill('the server stops')
    else this.#channel?.end()
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
    const pending = this.#pending
    this.#pending = undefined
    if (head['ok'] === true) pending?.resolve({ head, parts })
    else {
      const code = tokenProblemCodes.find(known => known === head['code']) ?? 'Refused'
      pending?.reject(new TokenProblem(code, shownText(String(head['message'])).slice(0, shownMax)))
    }
  }

  #end(why: string): void {
    if (this.#ended !== undefined) return
    this.#ended = why
    this.#channel?.destroy()
    this.#pending?.reject(new TokenProblem('Away', why))
    this.#pending = undefined
  }

  /** A library may print what it was given, so only a line about a failed assertion or a missing file is repeated. */
  #lastLine(): string {
    const line = this.#printed.toString('utf8').trimEnd().split('\n').at(-1) ?? ''
    return /assertion|No such file|cannot open/i.test(line) ? `: ${shownText(line).slice(0, shownMax)}` : ''
  }
}
