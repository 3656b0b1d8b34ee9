import { attribute, awayResults, flag, result, userType } from '../constants.ts'
import type { Cryptoki } from '../cryptoki.ts'
import { CryptokiError } from '../cryptoki-calls.ts'
import { TokenProblem } from '../problem.ts'
import { describeToken, slotOf, type TokenDescription } from '../slots.ts'
import { textValue } from '../structures.ts'
import { logIn, pinProblem, toTokenProblem } from '../token-answers.ts'

/** A token with a session, for the operations on its objects. */
export interface TokenWork {
  readonly cryptoki: Cryptoki
  readonly slot: bigint
  readonly session: bigint
}

/** The one token of this process. The methods throw TokenProblem and CryptokiError. */
export class OpenToken {
  readonly cryptoki: Cryptoki
  readonly slot: bigint
  /** Stays open, because the end of the last session would log out. */
  #session: bigint | undefined

  constructor(cryptoki: Cryptoki, label: string) {
    this.cryptoki = cryptoki
    this.slot = slotOf(cryptoki, label)
  }

  /** The session for operations on objects. */
  get work(): TokenWork {
    const { cryptoki, slot } = this
    if (this.#session === undefined) throw new Error('nobody has logged in to the token')
    return { cryptoki, slot, session: this.#session }
  }

  /**
   * The session for operations that change the token. A change by SoftHSM2 takes over the generation number of other processes' changes
   * (Generation::commit). It never sees these changes then, unless it has looked for objects before its own.
   */
  get change(): TokenWork {
    const { work } = this
    work.cryptoki.find(work.session, [[attribute.label, textValue('keyward-none')]], 1)
    return work
  }

  describe(): TokenDescription {
    return describeToken(this.cryptoki, this.slot)
  }

  /** Opens the session for a login. `user` is a CKU_ number. */
  openSession(user: bigint): void {
    const { flags } = this.cryptoki.tokenFacts(this.slot)
    if (user === userType && (flags & flag.userPinInitialized) === 0n)
      throw new TokenProblem('PinNotSet', 'the token has no user PIN')
    this.#session ??= this.cryptoki.openSession(this.slot)
  }

  logIn(pin: Buffer, user: bigint): void {
    logIn(this.cryptoki, this.work.session, pin, user)
  }

  changePin(old: Buffer, next: Buffer): void {
    try {
      this.cryptoki.setPin(this.change.session, old, next)
    } catch (error) {
      const isOfOld =
        error instanceof CryptokiError &&
        (error.code === result.pinIncorrect || error.code === result.pinLocked)
      throw (isOfOld ? pinProblem(error.code) : undefined) ?? error
    }
  }
}

/** The answers that SoftHSM2 gives for a token that is gone, and for a request that it refuses. */
const ambiguous: ReadonlySet<number> = new Set([
  ...[result.generalError, result.functionFailed, result.keyHandleInvalid, result.objectHandleInvalid],
])

/** Returns the problem that an error is. Asks the token whether it is there. */
export function problemOf(error: unknown, cryptoki: Cryptoki, slot: bigint): TokenProblem {
  const problem = toTokenProblem(error)
  if (!(error instanceof CryptokiError) || !awayResults.has(error.code)) return problem
  if (!ambiguous.has(error.code) || !isThere(cryptoki, slot)) return problem
  return new TokenProblem('Refused', error.message)
}

/** SoftHSM2 finds no objects in a token that is gone, and gives random bytes, but has no facts of it any more. */
function isThere(cryptoki: Cryptoki, slot: bigint): boolean {
  try {
    cryptoki.tokenFacts(slot)
    return true
  } catch {
    return false
  }
}
