import { openTokenKey, type TokenKeyFactory } from '../../../hsm/index.ts'
import type { Config } from '../../config/config.ts'
import { libraryEnvironment, libraryOf } from '../../config/hsm/pkcs11-settings.ts'
import { DataDirectory } from '../data-directory.ts'

/** Returns the factory of keys in PKCS#11 tokens. `stopping` ends what they are asked. */
export function tokenKeys(
  { pkcs11 }: Pick<Config, 'pkcs11'>,
  directory: string,
  stopping?: AbortSignal,
): TokenKeyFactory {
  return target => {
    const { path, environment } = libraryOf(pkcs11, target.library)
    return openTokenKey(target, {
      path,
      environment: libraryEnvironment(environment),
      loginsPath: loginsPathOf(directory),
      stopping,
    })
  }
}

/**
 * Returns the file that counts wrong logins to tokens; undefined if the data directory has no database, since a restore needs an
 * empty directory.
 */
export function loginsPathOf(path: string): string | undefined {
  const directory = new DataDirectory(path)
  return directory.hasDatabase() ? directory.tokenLogins : undefined
}
