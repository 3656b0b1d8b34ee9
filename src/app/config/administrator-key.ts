import type { SigningCredentials } from '../../std/index.ts'
import { DataDirectory } from '../parts/data-directory.ts'
import type { Config } from './config.ts'
import { readCredentialsFile } from './credentials-file.ts'

/** Reads the administrator's access key from the credentials file in the data directory. Throws OperatorError. */
export function readAdministratorKey(config: Config): SigningCredentials {
  return readCredentialsFile(new DataDirectory(config.dataDirectory).credentials)
}
