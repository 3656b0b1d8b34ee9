import { DataDirectory } from '../parts/data-directory.ts'
import type { Config } from './config.ts'
import { type AccessKeyPair, readCredentialsFile } from './credentials-file.ts'

/** Reads the administrator's access key from the credentials file in the data directory. Throws OperatorError. */
export function readAdministratorKey(config: Config): AccessKeyPair {
  return readCredentialsFile(new DataDirectory(config.dataDirectory).credentials)
}
