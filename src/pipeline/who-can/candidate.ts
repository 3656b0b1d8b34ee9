import { anySessionName, type MatchedCaller } from '../../access/index.ts'
import {
  assumedRoleArn,
  type Identity,
  type Principal,
  parseArn,
  parsePrincipalArn,
  roleArn,
  rootArn,
  userArn,
} from '../../domain/index.ts'
import { foreignIdentity, parseNamedPrincipal } from '../../identity/index.ts'
import type { PrincipalType } from '../../operation/index.ts'
import type { Millis } from '../../std/index.ts'

/** A principal that may have access to a key, so that it has to be looked at. */
export interface Candidate {
  /** An ARN, the name of a service, or `*`. */
  readonly name: string
  readonly type: PrincipalType
  /** It stands for the callers in the decision. */
  readonly identity: Identity
  /** Whether its own account has further policies, which are not read here. */
  readonly isForeign: boolean
}

const nothing = {
  policies: [],
  boundary: undefined,
  sessionPolicies: undefined,
  session: undefined,
  tags: [],
}

/** A name that no user or role has, for the callers that no policy names. */
const nobody = '*'

/** Everyone: the principals of all other accounts, and of none. */
export const everyone: Candidate = {
  name: '*',
  type: 'Everyone',
  identity: { principal: userOf(''), ...nothing },
  isForeign: true,
}

/** Returns a principal of an account whose policies are not read, made from its ARN alone; undefined for any other text. */
export function foreignCandidate(arn: string, now: Millis): Candidate | undefined {
  const parsed = parsePrincipalArn(arn)
  if (parsed === undefined) return undefined
  const { accountId } = parsed
  const { resource = '' } = parseArn(parsed.arn) ?? {}
  const [, kind = '', rest = ''] = /^([^/]+)\/?(.*)$/s.exec(resource) ?? []
  const common = { name: parsed.arn, isForeign: true }
  switch (kind) {
    case 'federated-user':
      return { ...common, type: 'FederatedUser', identity: federatedIdentity(accountId, parsed.arn, rest) }
    case 'assumed-role': {
      const [roleName = '', sessionName = ''] = rest.split('/')
      const principal = sessionOf(accountId, roleName, sessionName)
      return { ...common, type: 'Session', identity: { principal, ...nothing } }
    }
    case 'root':
      return { ...common, type: 'Account', identity: foreignIdentity(parseNamedPrincipal(arn), now) }
    case 'user':
      return { ...common, type: 'User', identity: foreignIdentity(parseNamedPrincipal(arn), now) }
    default:
      return {
        ...common,
        type: 'Role',
        identity: inAnySession(foreignIdentity(parseNamedPrincipal(arn), now)),
      }
  }
}

/** Returns a federated user, who has no policies of its own. */
export function federatedIdentity(accountId: string, arn: string, userName: string): Identity {
  const principalId = `${accountId}:${userName}`
  return { principal: { type: 'FederatedUser', accountId, arn, principalId, userName }, ...nothing }
}

/** Returns the identity of a role in the place of all its sessions. */
export function inAnySession(identity: Identity): Identity {
  const { principal } = identity
  if (principal.type !== 'AssumedRole') return identity
  const { accountId, roleName, roleId } = principal
  const arn = assumedRoleArn(accountId, roleName, anySessionName)
  const principalId = `${roleId}:${anySessionName}`
  return { ...identity, principal: { ...principal, arn, principalId, sessionName: anySessionName } }
}

/**
 * Returns the callers that a candidate stands for, as statements can name them. A Deny with NotPrincipal depends on whether the caller has a
 * permissions boundary, and a different account does not reveal that.
 */
export function callersOf({ type, identity, isForeign }: Candidate): readonly MatchedCaller[] {
  const { principal, boundary } = identity
  const own = { principal, boundary }
  if (!isForeign) return [own]
  const { accountId } = principal
  const principals =
    type === 'Account' || type === 'Everyone'
      ? [rootOf(accountId), userOf(accountId), sessionOf(accountId, nobody, anySessionName)]
      : [principal]
  return principals.flatMap(one => [{ principal: one }, { principal: one, boundary: {} }])
}

function rootOf(accountId: string): Principal {
  return { type: 'Root', accountId, arn: rootArn(accountId), principalId: accountId }
}

function userOf(accountId: string): Principal {
  return {
    type: 'IAMUser',
    accountId,
    arn: userArn(accountId, nobody),
    principalId: nobody,
    userName: nobody,
  }
}

/** The ARN of a session does not have the path of its role, so a role with a path has a different ARN than this one. */
function sessionOf(accountId: string, roleName: string, sessionName: string): Principal {
  return {
    type: 'AssumedRole',
    accountId,
    arn: assumedRoleArn(accountId, roleName, sessionName),
    principalId: `${nobody}:${sessionName}`,
    roleName,
    roleArn: roleArn(accountId, roleName),
    roleId: nobody,
    sessionName,
  }
}
