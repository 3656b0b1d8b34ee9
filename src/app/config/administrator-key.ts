import { OperatorError } from '../../std/index.ts'
import { DataDirectory, readFileIfAny } from '../parts/data-directory.ts'
import type { Config } from './config.ts'

/** An access key and its secret. */
export interface AccessKeyPair {
  readonly accessKeyId: string
  readonly secret: string
}

/**
 * Reads the administrator's access key: the profile `default` of the credentials file in the data directory. Throws
 * OperatorError.
 */
export function readAdministratorKey(config: Config): AccessKeyPair {
  const path = new DataDirectory(config.dataDirectory).credentials
  const profile = readProfile(readFileIfAny(path) ?? '')
  const accessKeyId = profile.get('aws_access_key_id')
  const secret = profile.get('aws_secret_access_key')
  if (accessKeyId && secret) return { accessKeyId, secret }
  throw new OperatorError(`There are no credentials in ${path}.`)
}

/** The settings of the profile `default`; people add other profiles to the file. */
function readProfile(text: string): ReadonlyMap<string, string> {
  const profile = new Map<string, string>()
  let isDefault = false
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[(.*)\]/.exec(line)?.[1]
    if (section !== undefined) isDefault = section.trim() === 'default'
    const [, name, value] = /^(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (isDefault && name !== undefined && value !== undefined) profile.set(name, value)
  }
  return profile
}
