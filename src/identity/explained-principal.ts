import {
  assumedRoleArn,
  type Identity,
  parseArn,
  parsePrincipalArn,
  ServiceError,
  validation,
} from '../domain/index.ts'
import type { Millis } from '../std/index.ts'
import type { Reader } from '../store/index.ts'
import { identityOfUser, rootIdentity } from './identity-reader.ts'
import { identityOfSession, sessionFactsOf } from './sessions/session-identity.ts'
import { sessionOfRole } from './sessions/session-token.ts'

/** Who a question about a permission is about, as its ARN says it. */
export interface ExplainedPrincipal {
  readonly kind: 'root' | 'user' | 'role' | 'session'
  readonly accountId: string
  /** In the partition that principals are known by. */
  readonly arn: string
  /** Of the user or role, without its path; empty for a root. */
  readonly name: string
  /** Of a role, the name that a session of it goes by here. */
  readonly sessionName: string
}

const sessionNameOfRole = 'session'
const sessionMillis = 3_600_000

/** Throws NotFoundException for what is no principal, and ValidationException for a federated user. */
export function parseExplainedPrincipal(text: string): ExplainedPrincipal {
  const principal = parsePrincipalArn(text)
  const { service, resource = '' } = parseArn(principal?.arn ?? '') ?? {}
  if (principal === undefined) throw noSuchPrincipal(text)
  const [, kind, name = ''] = /^(root|user|role)(?:\/(?:.*\/)?([^/]+))?$/.exec(resource) ?? []
  if (service === 'iam' && kind !== undefined && (kind === 'root') === (name === '')) {
    return { ...principal, kind: kind as 'root' | 'user' | 'role', name, sessionName: sessionNameOfRole }
  }
  const [, roleName, sessionName = ''] = /^assumed-role\/([^/]+)\/([^/]{2,64})$/.exec(resource) ?? []
  if (roleName !== undefined) return { ...principal, kind: 'session', name: roleName, sessionName }
  if (resource.startsWith('federated-user/')) {
    throw validation('What a federated user may do depends on who let it in, which its ARN does not say.')
  }
  throw noSuchPrincipal(text)
}

/** A principal of the asker's account, with all that it has now. Throws NotFoundException where it is not there. */
export async function findExplained(
  reader: Reader,
  { kind, accountId, arn, name, sessionName }: ExplainedPrincipal,
  now: Millis,
): Promise<Identity> {
  if (kind === 'root' && (await reader.hasAccount(accountId))) return rootIdentity(accountId)
  const identity =
    kind === 'user'
      ? await identityOfUser(reader, accountId, name)
      : kind === 'root'
        ? undefined
        : await identityOfAnySession(reader, { accountId, roleName: name, sessionName }, now)
  // Names are found in any letters and paths, but a principal is named by all of its ARN.
  if (identity === undefined || arnsOf(identity)[kind] !== arn) throw noSuchPrincipal(arn)
  return identity
}

/** A session that was given nothing of its own, as AssumeRole makes it. */
async function identityOfAnySession(
  reader: Reader,
  { accountId, roleName, sessionName }: { accountId: string; roleName: string; sessionName: string },
  now: Millis,
): Promise<Identity | undefined> {
  const role = await reader.findRole(accountId, roleName)
  return role && (await identityOfSession(reader, sessionOfRole(role, sessionName, lifeFrom(now))))
}

const lifeFrom = (now: Millis) => ({ issuedAt: now, expiresAt: now + sessionMillis })

function arnsOf({ principal }: Identity): Partial<Record<ExplainedPrincipal['kind'], string>> {
  return principal.type === 'AssumedRole'
    ? { role: principal.roleArn, session: principal.arn }
    : { root: principal.arn, user: principal.arn }
}

/**
 * A principal of another account, as far as its ARN tells: nothing is looked up, so that nothing can be learned, not even
 * whether it is there. Throws ValidationException for a session, whose ARN does not have the path of its role.
 */
export function foreignIdentity({ kind, accountId, arn, name }: ExplainedPrincipal, now: Millis): Identity {
  const nothing = { policies: [], boundary: undefined, sessionPolicies: undefined, tags: [] }
  switch (kind) {
    case 'root':
      return rootIdentity(accountId)
    case 'user': {
      const principal = { type: 'IAMUser', accountId, arn, principalId: '', userName: name } as const
      return { principal, session: undefined, ...nothing }
    }
    case 'role': {
      const role = { accountId, roleName: name, roleId: '' }
      const session = sessionOfRole(role, sessionNameOfRole, lifeFrom(now))
      const principal = {
        type: 'AssumedRole',
        ...role,
        arn: assumedRoleArn(accountId, name, sessionNameOfRole),
        principalId: '',
        roleArn: arn,
        sessionName: sessionNameOfRole,
      } as const
      return { principal, session: sessionFactsOf(session), ...nothing }
    }
    case 'session':
      throw validation(
        "Name the role of a session of another account: a session's ARN does not have the role's path.",
      )
  }
}

const noSuchPrincipal = (arn: string) =>
  new ServiceError(
    'NotFoundException',
    `The principal ${arn} does not exist, or is no user, role, session of a role, or account.`,
  )
