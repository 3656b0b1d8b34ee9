import { OperatorError } from '../../std/index.ts'
import type { TokenAddress, TokenGateways } from '../clusters/token-gateway.ts'
import type { TokenKey, TokenTarget } from '../root-key/provider.ts'
import { TokenProblem } from './problem.ts'
import type { SelfTestStep } from './self-test.ts'
import type { ListedToken } from './slots.ts'
import type { TokenRun } from './token-key.ts'
import type { LibraryOptions } from './token-library.ts'
import type { TokenAccess } from './token-session.ts'

// Most servers have no token, and start without the code for them.

/** Opens a key of a PKCS#11 token that wraps the root key. */
export async function openTokenKey(target: TokenTarget, run: TokenRun): Promise<TokenKey> {
  const room = await import('./token-key.ts')
  return room.tokenKey(target, run)
}

/** How the processes of tokens run. */
interface GatewayOptions {
  readonly sessions?: number
  /** The environment of all processes. That of a token's address comes in its place. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Opens the tokens of clusters. */
export function openTokenGateways({ sessions, environment = {} }: GatewayOptions = {}): TokenGateways {
  const room = () => import('./gateway/gateway.ts')
  const within = (address: TokenAddress) => ({
    ...address,
    environment: { ...environment, ...address.environment },
  })
  return {
    open: async (address, signal) => {
      const { Gateway, sessionsDefault } = await room()
      return await Gateway.open(within(address), sessions ?? sessionsDefault, signal)
    },
    openCeremony: async (address, signal) => await (await room()).Ceremony.open(within(address), signal),
  }
}

/** Returns the tokens of a PKCS#11 library. Throws OperatorError. */
export async function listTokens(options: LibraryOptions): Promise<readonly ListedToken[]> {
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
