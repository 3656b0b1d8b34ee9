import type { Koffi } from './binding.ts'
import { awayResults, goneResults, result } from './constants.ts'
import { Cryptoki } from './cryptoki.ts'
import { CryptokiError } from './cryptoki-calls.ts'
import { TokenProblem, type TokenProblemCode } from './problem.ts'

// The answers of a token, as problems.

/** Loads a library. Throws TokenProblem. */
export function loadCryptoki(koffi: Koffi, path: string): Cryptoki {
  try {
    return Cryptoki.load(koffi, path)
  } catch (error) {
    throw new TokenProblem('NotLoaded', `it cannot be loaded: ${(error as Error).message}`)
  }
}

/** Logs in. `user` is a CKU_ number. Throws TokenProblem, and CryptokiError if the token is gone. */
export function logIn(cryptoki: Cryptoki, session: bigint, pin: Buffer, user: bigint): void {
  try {
    cryptoki.login(session, pin, user)
  } catch (error) {
    if (!(error instanceof CryptokiError)) throw error
    if (error.code === result.userAlreadyLoggedIn) return
    // Some libraries have an unspecific answer to a wrong PIN.
    throw goneResults.has(error.code)
      ? error
      : (pinProblem(error.code) ??
          new TokenProblem('WrongPin', `the token refuses the login: ${error.message}`))
  }
}

/** Returns the problem that an answer to a PIN is; undefined for others. */
export function pinProblem(code: number): TokenProblem | undefined {
  const wrong: readonly number[] = [result.pinIncorrect, result.pinInvalid, result.pinLengthRange]
  const others: readonly number[] = [result.userAnotherAlreadyLoggedIn, result.userTooManyTypes]
  if (wrong.includes(code)) return new TokenProblem('WrongPin', 'the PIN is wrong')
  if (code === result.pinLocked) return new TokenProblem('PinLocked', 'the token has locked its PIN')
  if (code === result.userPinNotInitialized) return new TokenProblem('PinNotSet', 'the token has no user PIN')
  return others.includes(code)
    ? new TokenProblem('OtherUser', 'somebody else is logged in to the token')
    : undefined
}

/** Returns what an error of a decryption is. SoftHSM2 answers CKR_GENERAL_ERROR for a wrong tag, and for a token that is gone. */
export function decryptionProblem(
  error: unknown,
  cryptoki: Cryptoki,
  { slot, session }: { readonly slot: bigint; readonly session: bigint },
): unknown {
  if (!(error instanceof CryptokiError) || error.call !== 'C_Decrypt') return error
  const isRefused =
    error.code === result.encryptedDataInvalid || error.code === result.encryptedDataLengthRange
  if (!isRefused && error.code !== result.generalError) return error
  if (!isRefused) {
    cryptoki.tokenFacts(slot)
    cryptoki.random(session, 1)
  }
  return new TokenProblem('Undecryptable', 'the ciphertext does not decrypt')
}

/** Returns the problem that an error of the library is. */
export function toTokenProblem(error: unknown): TokenProblem {
  if (error instanceof TokenProblem) return error
  if (!(error instanceof CryptokiError)) return new TokenProblem('Refused', (error as Error).message)
  const code: TokenProblemCode = awayResults.has(error.code) ? 'Away' : 'Refused'
  return new TokenProblem(code, error.message)
}
