import { isJsonObject, parseJson, readFileIfAny, writePrivateFile } from '../../std/index.ts'
import { TokenProblem } from './problem.ts'

/** As many wrong logins lock a user of AWS CloudHSM ("Troubleshooting a custom key store", USER_LOCKED_OUT). */
const failuresMax = 5

/**
 * Counts wrong logins for each token, because not each token does, and one that does may be locked for ever. The count is in a file,
 * so that a server which is started again and again does not lock its token. A right login sets it to zero. Without a path the
 * count ends with the process.
 */
export class LoginLimit {
  readonly #path: string | undefined
  #inMemory: Readonly<Record<string, number>> = {}

  constructor(path: string | undefined) {
    this.#path = path
  }

  /** Throws TokenProblem if no login may be tried. */
  check(token: string): void {
    if ((this.#read()[token] ?? 0) < failuresMax) return
    const where = this.#path === undefined ? '' : `. Correct the PIN file, and then remove ${this.#path}`
    throw new TokenProblem(
      'PinLocked',
      `the last ${failuresMax} logins had a wrong PIN, so none is tried${where}`,
    )
  }

  /** Counts a login that the token refused, or forgets those before one that it took. */
  report(token: string, isRight: boolean): void {
    const { [token]: failures = 0, ...others } = this.#read()
    if (isRight && failures === 0) return
    const counts = isRight ? others : { ...others, [token]: failures + 1 }
    this.#inMemory = counts
    if (this.#path !== undefined) writePrivateFile(this.#path, `${JSON.stringify(counts)}\n`)
  }

  #read(): Readonly<Record<string, number>> {
    const text = this.#path === undefined ? undefined : readFileIfAny(this.#path)
    if (text === undefined) return this.#path === undefined ? this.#inMemory : {}
    const counts = readCounts(text)
    // A damaged count must not allow more logins.
    if (counts === undefined)
      throw new TokenProblem('PinLocked', `${this.#path} cannot be read, so no login is tried. Remove it`)
    return counts
  }
}

function readCounts(text: string): Record<string, number> | undefined {
  try {
    const counts = parseJson(text)
    const isFine =
      isJsonObject(counts) &&
      Object.values(counts).every(count => Number.isSafeInteger(count) && Number(count) > 0)
    return isFine ? (counts as Record<string, number>) : undefined
  } catch {
    return undefined
  }
}
