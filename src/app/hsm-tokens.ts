import { type ListedToken, listTokens, type Pin, type SelfTestStep, testToken } from '../hsm/index.ts'
import { OperatorError } from '../std/index.ts'
import type { Config } from './config/config.ts'
import { libraryEnvironment, libraryOf, type Pkcs11Library } from './config/hsm/pkcs11-settings.ts'
import { keepMemoryPrivate } from './parts/private-memory.ts'
import { loginsPathOf } from './parts/seal/token-keys.ts'

/** A PKCS#11 library of the settings, and its tokens or the reason why they are not known. */
export interface LibraryTokens {
  /** The name in the settings; the path for a library that the root key alone names. */
  readonly name: string
  readonly library: string
  readonly tokens: readonly ListedToken[]
  readonly problem?: string
}

/** Lists the tokens of all PKCS#11 libraries in the settings. Throws OperatorError if there are none. */
export async function listLibraryTokens({ pkcs11, rootKey }: Config): Promise<readonly LibraryTokens[]> {
  const libraries = new Map(pkcs11)
  if (rootKey?.kind === 'pkcs11') {
    const library = libraryOf(pkcs11, rootKey.library)
    if (![...libraries.values()].some(({ path }) => path === library.path))
      libraries.set(rootKey.library, library)
  }
  if (libraries.size === 0)
    throw new OperatorError(
      'The settings have no PKCS#11 library. Set KEYWARD_PKCS11, such as [{name: softhsm, library: /usr/lib/softhsm/libsofthsm2.so}].',
    )
  return await Promise.all([...libraries].map(([name, library]) => tokensOf(name, library)))
}

async function tokensOf(name: string, { path, environment }: Pkcs11Library): Promise<LibraryTokens> {
  try {
    const tokens = await listTokens({ path, environment: libraryEnvironment(environment) })
    return { name, library: path, tokens }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return { name, library: path, tokens: [], problem: error.message }
  }
}

/** A token, as the command line names it. */
export interface NamedToken {
  /** The name of the library in the settings, or its absolute path. */
  readonly library: string
  readonly token: string
  readonly pin: Pin
}

/** Yields the steps of the self-test of a token. Throws OperatorError if there is no PIN or no such library. */
export async function* testHsmToken(config: Config, named: NamedToken): AsyncGenerator<SelfTestStep> {
  keepMemoryPrivate()
  const { path, environment } = libraryOf(config.pkcs11, named.library)
  yield* testToken({
    path,
    environment: libraryEnvironment(environment),
    token: named.token,
    pin: named.pin,
    loginsPath: loginsPathOf(config.dataDirectory),
  })
}
