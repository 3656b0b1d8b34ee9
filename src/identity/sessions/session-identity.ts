import type { Identity, NamedPolicy, SessionFacts, SessionPolicy } from '../../domain/index.ts'
import { federatedUserArn } from '../../domain/index.ts'
import type { Reader } from '../../store/index.ts'
import {
  findPolicyDocument,
  identityOfRole,
  identityOfUser,
  overrideTags,
  rootIdentity,
} from '../identity-reader.ts'
import type { Session, SessionOwner } from './session-token.ts'

/**
 * Reads the identity of a session, with the permissions that it has now; undefined if its user or role no longer
 * exists. A user or role recreated under the same name is a different principal.
 */
export async function identityOfSession(reader: Reader, session: Session): Promise<Identity | undefined> {
  const { accountId, owner } = session
  const facts = sessionFactsOf(session)
  switch (owner.type) {
    case 'Root':
      return { ...rootIdentity(accountId), session: facts }
    case 'IAMUser': {
      const user = await readUser(reader, accountId, owner)
      return user && { ...user, session: facts }
    }
    case 'AssumedRole': {
      const role = await reader.roles.find(accountId, owner.roleName)
      if (role === undefined || role.roleId !== owner.roleId) return undefined
      return await identityOfRole(reader, role, {
        sessionName: owner.sessionName,
        sessionPolicies: await readSessionPolicies(reader, session),
        sessionTags: session.tags,
        facts,
      })
    }
    case 'FederatedUser':
      return await readFederatedUser(reader, session, owner, facts)
  }
}

/** The account root may do everything, so the session policies alone limit a federated user that it creates. */
const everything: NamedPolicy = {
  name: 'account root',
  document: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
}

async function readFederatedUser(
  reader: Reader,
  session: Session,
  { name, user }: Extract<SessionOwner, { type: 'FederatedUser' }>,
  facts: SessionFacts,
): Promise<Identity | undefined> {
  const { accountId } = session
  const issuer =
    user === undefined
      ? { ...rootIdentity(accountId), policies: [everything] }
      : await readUser(reader, accountId, user)
  if (issuer === undefined) return undefined
  const { principal, policies, boundary, tags } = issuer
  return {
    principal: {
      type: 'FederatedUser',
      accountId,
      arn: federatedUserArn(accountId, name),
      principalId: `${accountId}:${name}`,
      userName: name,
    },
    policies,
    boundary,
    // Without session policies, its own policies allow it nothing (AWS STS API reference, "GetFederationToken").
    sessionPolicies: (await readSessionPolicies(reader, session)) ?? [],
    tags: overrideTags(tags, session.tags),
    session: { ...facts, issuer: principal.type === 'IAMUser' ? principal : undefined },
  }
}

async function readUser(
  reader: Reader,
  accountId: string,
  { userName, userId }: { readonly userName: string; readonly userId: string },
): Promise<Identity | undefined> {
  const identity = await identityOfUser(reader, accountId, userName)
  return identity?.principal.principalId === userId ? identity : undefined
}

/**
 * Reads the managed policies as they are now; a deleted policy allows nothing. Undefined if no policy limits the
 * session.
 */
async function readSessionPolicies(
  reader: Reader,
  { policy, policyArns }: Session,
): Promise<SessionPolicy[] | undefined> {
  if (policy === undefined && policyArns.length === 0) return undefined
  const policies: SessionPolicy[] =
    policy === undefined ? [] : [{ name: 'session policy', document: policy, isManaged: false }]
  for (const name of policyArns) {
    const document = await findPolicyDocument(reader, name)
    if (document !== undefined) policies.push({ name, document, isManaged: true })
  }
  return policies
}

/** Returns the facts of a session that policies can test. */
function sessionFactsOf(session: Session): SessionFacts {
  const { issuedAt, expiresAt, isMfaAuthenticated, sourceIdentity, federatedProvider } = session
  return {
    issuedAt,
    expiresAt,
    isMfaAuthenticated,
    sourceIdentity,
    federatedProvider,
    transitiveTagKeys: session.transitiveTagKeys,
    sessionTagKeys: session.tags.map(({ tagKey }) => tagKey),
  }
}
