import {
  assumedRoleArn,
  type Identity,
  parseArn,
  parsePrincipalArn,
  ServiceError,
  type SessionFacts,
  validation,
} from '../domain/index.ts'
import type { Millis } from '../std/index.ts'
import type { Reader } from '../store/index.ts'
import { identityOfRole, identityOfUser, rootIdentity } from './identity-reader.ts'

/** A principal that its ARN names: an account root, a user, a role or a session of a role. */
export interface NamedPrincipal {
  readonly kind: 'root' | 'user' | 'role' | 'session'
  readonly accountId: string
  /** In the partition `aws`, in which all principals are known. */
  readonly arn: string
  /** The name of the user or role, without its path; empty for a root. */
  readonly name: string
  /** The name of the session; for a role, the name that stands for any session of it. */
  readonly sessionName: string
}

const anySessionName = 'session'
const sessionMillis = 3_600_000

const noSessionInput = {
  sourceIdentity: undefined,
  federatedProvider: undefined,
  transitiveTagKeys: [],
  sessionTagKeys: [],
}

/** A session that began long ago, so that a policy that ends sessions by their start time ends this one. */
const unknownSession: SessionFacts = {
  ...noSessionInput,
  issuedAt: 0,
  expiresAt: 0,
  isMfaAuthenticated: undefined,
}

/** A session as AssumeRole starts it now, without MFA (IAM user guide, "aws:MultiFactorAuthPresent"). */
export const newSession = (now: Millis): SessionFacts => ({
  ...noSessionInput,
  issuedAt: now,
  expiresAt: now + sessionMillis,
  isMfaAuthenticated: false,
})

/**
 * Finds the account root, user or role session that an ARN names exactly; undefined if there is none here. The start of
 * a named session is not known, so the session has the permissions of its role and no facts of its own.
 */
export async function findIdentityByArn(reader: Reader, arn: string): Promise<Identity | undefined> {
  const principal = readPrincipalArn(arn)
  // Requests come from sessions of a role, never from the role itself.
  if (principal === undefined || principal.kind === 'role') return undefined
  return await findNamed(reader, principal, unknownSession)
}

/**
 * Reads the ARN of a principal. Throws NotFoundException for the ARN of anything else, and ValidationException for a
 * federated user.
 */
export function parseNamedPrincipal(text: string): NamedPrincipal {
  const principal = readPrincipalArn(text)
  if (principal !== undefined) return principal
  if (parsePrincipalArn(text) !== undefined && parseArn(text)?.resource.startsWith('federated-user/')) {
    throw validation(
      'The permissions of a federated user depend on the user that called GetFederationToken, and the ARN does not name that user.',
    )
  }
  throw noSuchPrincipal(text)
}

/**
 * Returns the identity of a named principal, with all that it has now; a role stands for a new session of it. Throws
 * NotFoundException if the principal does not exist.
 */
export async function getNamedIdentity(
  reader: Reader,
  principal: NamedPrincipal,
  now: Millis,
): Promise<Identity> {
  const identity = await findNamedIdentity(reader, principal, now)
  if (identity === undefined) throw noSuchPrincipal(principal.arn)
  return identity
}

/**
 * Returns a principal of a different account, made from its ARN alone. Nothing is looked up, so the result cannot
 * reveal whether the principal exists. Throws ValidationException for a session, whose ARN does not have the path of
 * its role.
 */
export function foreignIdentity({ kind, accountId, arn, name }: NamedPrincipal, now: Millis): Identity {
  const nothing = { policies: [], boundary: undefined, sessionPolicies: undefined, tags: [] }
  switch (kind) {
    case 'root':
      return rootIdentity(accountId)
    case 'user': {
      const principal = { type: 'IAMUser', accountId, arn, principalId: '', userName: name } as const
      return { principal, session: undefined, ...nothing }
    }
    case 'role': {
      const principal = {
        type: 'AssumedRole',
        accountId,
        arn: assumedRoleArn(accountId, name, anySessionName),
        principalId: '',
        roleName: name,
        roleArn: arn,
        roleId: '',
        sessionName: anySessionName,
      } as const
      return { principal, session: newSession(now), ...nothing }
    }
    case 'session':
      throw validation(
        'Name the role of a session of a different account: the ARN of a session does not have the path of its role.',
      )
  }
}

function readPrincipalArn(text: string): NamedPrincipal | undefined {
  const principal = parsePrincipalArn(text)
  const { service, resource = '' } = parseArn(principal?.arn ?? '') ?? {}
  if (principal === undefined) return undefined
  const [, kind, name = ''] = /^(root|user|role)(?:\/(?:.*\/)?([^/]+))?$/.exec(resource) ?? []
  if (service === 'iam' && kind !== undefined && (kind === 'root') === (name === '')) {
    return { ...principal, kind: kind as 'root' | 'user' | 'role', name, sessionName: anySessionName }
  }
  const [, roleName, sessionName = ''] = /^assumed-role\/([^/]+)\/([^/]{2,64})$/.exec(resource) ?? []
  return roleName === undefined ? undefined : { ...principal, kind: 'session', name: roleName, sessionName }
}

/** Returns the identity of a named principal, as `getNamedIdentity` does; undefined if the principal does not exist. */
export function findNamedIdentity(
  reader: Reader,
  principal: NamedPrincipal,
  now: Millis,
): Promise<Identity | undefined> {
  return findNamed(reader, principal, newSession(now))
}

async function findNamed(
  reader: Reader,
  { kind, accountId, arn, name, sessionName }: NamedPrincipal,
  facts: SessionFacts,
): Promise<Identity | undefined> {
  if (kind === 'root') return (await reader.accounts.has(accountId)) ? rootIdentity(accountId) : undefined
  const identity =
    kind === 'user'
      ? await identityOfUser(reader, accountId, name)
      : await findRoleSession(reader, { accountId, roleName: name, sessionName }, facts)
  // The look-up ignores case and path, but an ARN names a principal only if all of it matches.
  return identity !== undefined && arnOf(identity, kind) === arn ? identity : undefined
}

async function findRoleSession(
  reader: Reader,
  { accountId, roleName, sessionName }: { accountId: string; roleName: string; sessionName: string },
  facts: SessionFacts,
): Promise<Identity | undefined> {
  const role = await reader.roles.find(accountId, roleName)
  const session = { sessionName, sessionPolicies: undefined, sessionTags: [], facts }
  return role && (await identityOfRole(reader, role, session))
}

function arnOf({ principal }: Identity, kind: NamedPrincipal['kind']): string {
  return kind === 'role' && principal.type === 'AssumedRole' ? principal.roleArn : principal.arn
}

const noSuchPrincipal = (arn: string) =>
  new ServiceError(
    'NotFoundException',
    `The principal ${arn} does not exist, or is not a user, role, session of a role, or account.`,
  )
