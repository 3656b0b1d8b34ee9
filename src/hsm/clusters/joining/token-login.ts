import { copySecret, sha256Hex } from '../../../std/index.ts'
import type { LoginLimit } from '../../pkcs11/login-limit.ts'
import { countedPin } from '../../pkcs11/pin-source.ts'
import { TokenProblem } from '../../pkcs11/problem.ts'
import type { PinSource } from '../../pkcs11/token-library.ts'
import type { TokenAddress, TokenGateway, TokenGateways } from '../token-gateway.ts'

/** A password that the user of a token may have. */
export interface Candidate {
  readonly password: Buffer
  /** Whether it is the next one of a password that is being changed. */
  readonly isNext: boolean
}

/** The terms of a login. */
export interface LoginTerms {
  /** Whether the token has taken one of the passwords before. Logins without an answer use up none of its tries then, and are not counted. */
  readonly isTaken: boolean
  /** Ends the login at once. */
  readonly signal: AbortSignal
}

/**
 * Opens a token and logs its user in with the first password that it takes. Each password has a process of its own, because some libraries
 * keep the password that they once read. Rejects with TokenProblem.
 */
export async function openWith(
  gateways: TokenGateways,
  address: TokenAddress,
  limit: LoginLimit,
  candidates: readonly Candidate[],
  { isTaken, signal }: LoginTerms,
): Promise<{ readonly gateway: TokenGateway; readonly isNext: boolean }> {
  let refusal = new TokenProblem('WrongPin', 'no password is known')
  for (const { password, isNext } of candidates) {
    const gateway = await gateways.open(address, signal)
    const { source, isUnanswered } = watched(countedPin(limit, userOf(address), () => copySecret(password)))
    const stop = () => void gateway.close()
    signal.addEventListener('abort', stop)
    try {
      await gateway.login(source)
      return { gateway, isNext }
    } catch (error) {
      if (isTaken && isUnanswered(error)) source.wasNotTried()
      await gateway.close()
      if (!(error instanceof TokenProblem) || error.code !== 'WrongPin') throw error
      refusal = error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
  throw refusal
}

/** Watches the PIN of a login. `isUnanswered` says of an error whether the token has the PIN, and nobody knows what became of it. */
function watched(pin: PinSource) {
  let isOut = false
  const source: PinSource = {
    read() {
      const bytes = pin.read()
      isOut = true
      return bytes
    },
    wasRight: () => pin.wasRight(),
    wasNotTried() {
      isOut = false
      pin.wasNotTried()
    },
  }
  const isUnanswered = (error: unknown) => isOut && error instanceof TokenProblem && error.code === 'Away'
  return { source, isUnanswered }
}

/** The user of a token, as wrong logins are counted. One library may have tokens of one label in several places, which its environment names. */
export function userOf({ label, path, environment }: TokenAddress): string {
  const sorted = Object.entries(environment).sort(([one], [other]) => (one < other ? -1 : 1))
  return `${label} of ${path} in ${sha256Hex(Buffer.from(JSON.stringify(sorted))).slice(0, 16)}`
}

/** The security officer of a token, as wrong logins are counted. */
export const officerOf = (address: TokenAddress): string => `SO of ${userOf(address)}`
