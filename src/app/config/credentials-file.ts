import { OperatorError, readFileIfAny, type SigningCredentials } from '../../std/index.ts'

/**
 * Reads the profile `default` of a shared-credentials file (AWS SDKs and Tools reference guide, "Shared config and
 * credentials files"). Throws OperatorError.
 */
export function readCredentialsFile(path: string): SigningCredentials {
  const credentials = readCredentialsOf(readFileIfAny(path) ?? '', 'default')
  if (credentials !== undefined) return credentials
  throw new OperatorError(`There are no credentials in ${path}.`)
}

/** Returns the credentials of a profile in the text of such a file; undefined if it has none. */
export function readCredentialsOf(text: string, profileName: string): SigningCredentials | undefined {
  return credentialsIn(readProfiles(text).get(profileName))
}

/** Returns the credentials of all profiles in the text of such a file, by the names of the profiles. */
export function readAllCredentials(text: string): ReadonlyMap<string, SigningCredentials> {
  const all = new Map<string, SigningCredentials>()
  for (const [name, profile] of readProfiles(text)) {
    const credentials = credentialsIn(profile)
    if (credentials !== undefined) all.set(name, credentials)
  }
  return all
}

function credentialsIn(profile: ReadonlyMap<string, string> | undefined): SigningCredentials | undefined {
  const accessKeyId = profile?.get('aws_access_key_id')
  const secret = profile?.get('aws_secret_access_key')
  // An empty token is none, as for AWS's own readers.
  const sessionToken = profile?.get('aws_session_token') || undefined
  return accessKeyId && secret ? { accessKeyId, secret, sessionToken } : undefined
}

/** The settings of each profile. A profile that appears twice has the last of each setting. */
function readProfiles(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const profiles = new Map<string, Map<string, string>>()
  let profile: Map<string, string> | undefined
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[(.*)\]/.exec(line)?.[1]?.trim()
    if (section !== undefined) {
      profile = profiles.get(section) ?? new Map()
      profiles.set(section, profile)
    }
    const [, name, value] = /^(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) profile?.set(name, value)
  }
  return profiles
}
