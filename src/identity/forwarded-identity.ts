import { findUserName, type Identity, isAccountArn, parseArn, parsePrincipalArn } from '../domain/index.ts'
import type { Millis } from '../std/index.ts'
import type { Reader } from '../store/index.ts'
import { identityOfRole, identityOfUser, rootIdentity } from './identity-reader.ts'

/**
 * The identity that an ARN names to the letter, of an account that is here: its root, a user, or a session of a role by
 * the role's name and the session's.
 */
export async function findIdentityByArn(reader: Reader, text: string): Promise<Identity | undefined> {
  const parsed = parsePrincipalArn(text)
  if (parsed === undefined || !(await reader.hasAccount(parsed.accountId))) return undefined
  if (isAccountArn(parsed)) return rootIdentity(parsed.accountId)
  const userName = findUserName(parsed.arn)
  const identity =
    userName === undefined
      ? await findSession(reader, parsed.accountId, parsed.arn)
      : await identityOfUser(reader, parsed.accountId, userName)
  return identity?.principal.arn === parsed.arn ? identity : undefined
}

/** What the session was given when it began is not known of it here, so it has what the role has. */
async function findSession(reader: Reader, accountId: string, arn: string): Promise<Identity | undefined> {
  const match = /^assumed-role\/([\w+=,.@-]{1,64})\/([\w+=,.@-]{2,64})$/.exec(parseArn(arn)?.resource ?? '')
  const [, roleName, sessionName] = match ?? []
  if (roleName === undefined || sessionName === undefined) return undefined
  const role = await reader.findRole(accountId, roleName)
  if (role === undefined) return undefined
  const session = { sessionName, sessionPolicies: undefined, sessionTags: [], facts: unknownFacts }
  return await identityOfRole(reader, role, session)
}

/** As of a session that began long ago: what ends sessions by the time they began ends this one. */
const never: Millis = 0
const unknownFacts = {
  issuedAt: never,
  expiresAt: never,
  isMfaAuthenticated: undefined,
  sourceIdentity: undefined,
  federatedProvider: undefined,
  transitiveTagKeys: [],
  sessionTagKeys: [],
}
