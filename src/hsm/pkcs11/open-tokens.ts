import { OperatorError } from '../../std/index.ts'
import type { TokenKey, TokenTarget } from '../root-key/provider.ts'
import { TokenProblem } from './problem.ts'
import type { SelfTestStep } from './self-test.ts'
import type { TokenRun } from './token-key.ts'
import type { LibraryOptions } from './token-library.ts'
import type { TokenDescription } from './token-operations.ts'
import type { TokenAccess } from './token-session.ts'

// Most servers have no token, and start without the code for them.

/** Opens a key of a PKCS#11 token that wraps the root key. */
export async function openTokenKey(target: TokenTarget, run: TokenRun): Promise<TokenKey> {
  const room = await import('./token-key.ts')
  return room.tokenKey(target, run)
}

/** Returns the tokens of a PKCS#11 library. Throws OperatorError. */
export async function listTokens(options: LibraryOptions): Promise<readonly TokenDescription[]> {
  const room = await import('./token-library.ts')
  const library = new room.TokenLibrary(options)
  try {
    return await library.tokens()
  } catch (error) {
    if (!(error instanceof TokenProblem)) throw error
    throw new OperatorError(`The tokens of ${options.path} cannot be listed: ${error.message}.`)
  } finally {
    await library.close()
  }
}

/** Yields the steps of the self-test of a token. Throws OperatorError. */
export async function* testToken(access: TokenAccess): AsyncGenerator<SelfTestStep> {
  const room = await import('./self-test.ts')
  yield* room.selfTest(access)
}
