import type { Message } from './frames.ts'
import { LibraryProcess, loadMillisMax } from './library-host.ts'
import type { RequestName } from './library-process.ts'
import { TokenProblem, type TokenProblemCode } from './problem.ts'
import type { ListedToken } from './slots.ts'

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

const program = new URL('./library-process.ts', import.meta.url)

/**
 * A PKCS#11 library in a process of its own. One request runs at a time. A process that does not answer in time, or whose token
 * went away, is killed, and the next request starts a new one: a thread that hangs in native code cannot be ended, and SoftHSM2
 * sees a token that came back only after it was initialized again. The methods throw TokenProblem.
 */
export class TokenLibrary {
  readonly #options: LibraryOptions
  #process: LibraryProcess | undefined
  /** The tokens that its user is logged in to. */
  readonly #loggedIn = new Set<string>()
  #last: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(options: LibraryOptions) {
    this.#options = options
  }

  /** The process id of the library; undefined while there is none. */
  get processId(): number | undefined {
    return this.#process?.id
  }

  async tokens(): Promise<ListedToken[]> {
    const { head } = await this.#alone(async () =>
      (await this.#opened()).request({ head: { request: 'list' }, parts: [] }),
    )
    return head['tokens'] as ListedToken[]
  }

  /**
   * Performs a request for a token, after a login if its process has none yet. `source` is asked for a PIN for a
   * login alone. Returns the answer, whose parts the caller wipes.
   */
  perform(token: string, source: PinSource, message: LibraryRequest): Promise<Message> {
    return this.#alone(async () => {
      const opened = await this.#opened()
      if (!this.#loggedIn.has(token)) {
        await login(opened, token, source)
        this.#loggedIn.add(token)
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
    const { environment, timeoutMillis } = this.#options
    const limit = timeoutMillis === undefined ? {} : { timeoutMillis }
    this.#loggedIn.clear()
    this.#process = new LibraryProcess({ program, environment, ...limit })
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

/** The problems of a login whose PIN the token did not judge. */
const untried: ReadonlySet<TokenProblemCode> = new Set(['Away', 'PinNotSet', 'OtherUser'] as const)

/** Logs a user in. Rejects with TokenProblem. */
export async function login(
  opened: LibraryProcess,
  token: string,
  source: PinSource,
  user: { readonly officer?: boolean } = {},
): Promise<void> {
  // A token that is away, or hangs already, is no login.
  await opened.request({ head: { ...user, request: 'openSession', token }, parts: [] })
  const pin = source.read()
  try {
    await opened.request({ head: { ...user, request: 'login', token }, parts: [pin] })
    source.wasRight()
  } catch (error) {
    // Without an answer nobody knows whether the token has counted the login.
    const isAnswered = opened.isUsable
    if (isAnswered && error instanceof TokenProblem && untried.has(error.code)) source.wasNotTried()
    throw error
  } finally {
    pin.fill(0)
  }
}
