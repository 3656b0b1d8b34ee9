import { resolve } from 'node:path'
import { listTokens, type SelfTestStep, type TokenDescription, testToken } from '../hsm/index.ts'
import { OperatorError } from '../std/index.ts'
import type { Config } from './config/config.ts'
import { libraryEnvironment, libraryPathOf } from './config/hsm/pkcs11-settings.ts'
import { keepMemoryPrivate } from './parts/private-memory.ts'
import { loginsPathOf } from './parts/seal/token-keys.ts'

/** A PKCS#11 library of the settings, and its tokens or the reason why they are not known. */
export interface LibraryTokens {
  /** The name in the settings; the path for a library that the root key alone names. */
  readonly name: string
  readonly library: string
  readonly tokens: readonly TokenDescription[]
  readonly problem?: string
}

/** Lists the tokens of all PKCS#11 libraries in the settings. Throws OperatorError if there are none. */
export async function listLibraryTokens({ pkcs11, rootKey }: Config): Promise<readonly LibraryTokens[]> {
  const libraries = new Map(pkcs11)
  if (rootKey?.kind === 'pkcs11') {
    const path = libraryPathOf(pkcs11, rootKey.library)
    if (![...libraries.values()].includes(path)) libraries.set(rootKey.library, path)
  }
  if (libraries.size === 0)
    throw new OperatorError(
      'The settings have no PKCS#11 library. Set KEYWARD_PKCS11, such as [{name: softhsm, library: /usr/lib/softhsm/libsofthsm2.so}].',
    )
  return await Promise.all([...libraries].map(([name, library]) => tokensOf(name, library)))
}

async function tokensOf(name: string, library: string): Promise<LibraryTokens> {
  try {
    const tokens = await listTokens({ path: library, environment: libraryEnvironment() })
    return { name, library, tokens }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return { name, library, tokens: [], problem: error.message }
  }
}

/** A token, as the command line names it. */
export interface NamedToken {
  /** The name of the library in the settings, or its absolute path. */
  readonly library: string
  readonly token: string
  readonly pinFile: string
}

/** Yields the steps of the self-test of a token. Throws OperatorError if there is no PIN or no such library. */
export async function* testHsmToken(config: Config, named: NamedToken): AsyncGenerator<SelfTestStep> {
  keepMemoryPrivate()
  yield* testToken({
    path: libraryPathOf(config.pkcs11, named.library),
    environment: libraryEnvironment(),
    token: named.token,
    pinPath: resolve(named.pinFile),
    loginsPath: loginsPathOf(config.dataDirectory),
  })
}
