import { isJsonObject, OperatorError, parseJson, readFileIfAny, writePrivateFile } from '../../std/index.ts'
import { TokenProblem } from './problem.ts'

/** As many wrong logins lock a user of AWS CloudHSM ("Troubleshooting a custom key store", USER_LOCKED_OUT). */
const failuresMax = 5

/**
 * Counts logins to each token that were not right, because not each token does, and one that does may be locked for ever. A login is
 * counted before it is tried: a token that never answers, or a kill, may have used up one of its tries. The count is in a file, so that
 * a server which is started again and again does not lock its token. A right login sets it to zero. Without a path the count ends
 * with the process.
 */
export class LoginLimit {
  readonly #path: string | undefined
  #inMemory: Readonly<Record<string, number>> = {}

  constructor(path: string | undefined) {
    this.#path = path
  }

  /** Counts a login that begins. Throws TokenProblem if none may be tried, and OperatorError if it cannot be counted. */
  begin(token: string): void {
    const failures = this.#read()[token] ?? 0
    if (failures < failuresMax) {
      this.#write(token, failures + 1)
      return
    }
    const where = this.#path === undefined ? '' : `. Give the right PIN, and then remove ${this.#path}`
    throw new TokenProblem(
      'PinLocked',
      `the last ${failuresMax} logins had a wrong PIN or no answer, so none is tried${where}`,
    )
  }

  /** Forgets the logins before one that the token took. */
  forget(token: string): void {
    this.#settle(token, 0)
  }

  /** Takes back the count of a login that the token did not try. */
  undo(token: string): void {
    this.#settle(token, (this.#read()[token] ?? 1) - 1)
  }

  /** A count that is too high allows less, so an error must not spoil a login. */
  #settle(token: string, failures: number): void {
    try {
      this.#write(token, failures)
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
    }
  }

  #write(token: string, failures: number): void {
    const { [token]: _, ...others } = this.#read()
    const counts = failures === 0 ? others : { ...others, [token]: failures }
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
