import { OperatorError, readFileIfAny, type SigningCredentials } from '../../std/index.ts'

/**
 * Reads the profile `default` of a shared-credentials file (AWS SDKs and Tools reference guide, "Shared config and
 * credentials files"). Throws OperatorError.
 */
export function readCredentialsFile(path: string): SigningCredentials {
  const profile = readProfile(readFileIfAny(path) ?? '')
  const accessKeyId = profile.get('aws_access_key_id')
  const secret = profile.get('aws_secret_access_key')
  // An empty token is none, as for AWS's own readers.
  const sessionToken = profile.get('aws_session_token') || undefined
  if (accessKeyId && secret) return { accessKeyId, secret, sessionToken }
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
