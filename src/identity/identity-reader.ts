import {
  type AccessKey,
  type AssumedRole,
  assumedRoleArn,
  awsManagedPolicies,
  defaultDocument,
  type Identity,
  type NamedPolicy,
  type PolicyHolder,
  parseArn,
  policyArn,
  type Role,
  roleArn,
  rootArn,
  type SessionFacts,
  type SessionPolicy,
  type Tag,
  type User,
  userArn,
} from '../domain/index.ts'
import type { Reader } from '../store/index.ts'

/** Only sessions have these facts; long-term credentials have none of them. */
const noSession = { sessionPolicies: undefined, session: undefined }

/** Returns the identity of the root user of an account. */
export function rootIdentity(accountId: string): Identity {
  const principal = { type: 'Root', accountId, arn: rootArn(accountId), principalId: accountId } as const
  return { principal, policies: [], boundary: undefined, tags: [], ...noSession }
}

/** Returns the identity of an AWS service that acts for an account. */
export function serviceIdentity(accountId: string, service: string): Identity {
  const principal = { type: 'AWSService', accountId, arn: service, principalId: service, service } as const
  return { principal, policies: [], boundary: undefined, tags: [], ...noSession }
}

/**
 * Reads a user with its policies, its groups' policies and its permissions boundary; undefined if there is no such
 * user.
 */
export async function identityOfUser(
  reader: Reader,
  accountId: string,
  userName: string,
): Promise<Identity | undefined> {
  const user = await reader.users.find(accountId, userName)
  return user && (await identityOfFoundUser(reader, user))
}

/** Reads the policies of a user that is read already. */
export async function identityOfFoundUser(reader: Reader, user: User): Promise<Identity> {
  const { accountId, userId, path, boundaryArn, tags, groupNames } = user
  const holders: PolicyHolder[] = [user]
  for (const groupName of groupNames) {
    const group = await reader.groups.find(accountId, groupName)
    if (group !== undefined) holders.push(group)
  }
  return {
    principal: {
      type: 'IAMUser',
      accountId,
      arn: userArn(accountId, user.userName, path),
      principalId: userId,
      userName: user.userName,
    },
    policies: await readPolicies(reader, holders),
    boundary: await readBoundary(reader, boundaryArn),
    tags,
    ...noSession,
  }
}

/** The parts of a role session that do not come from the role. */
export interface RoleSession {
  readonly sessionName: string
  readonly sessionPolicies: readonly SessionPolicy[] | undefined
  readonly sessionTags: readonly Tag[]
  readonly facts: SessionFacts
}

/** Reads a session of a role, with the permissions that the role has now. */
export async function identityOfRole(reader: Reader, role: Role, session: RoleSession): Promise<Identity> {
  return {
    principal: assumedRoleOf(role, session.sessionName),
    policies: await readPolicies(reader, [role]),
    boundary: await readBoundary(reader, role.boundaryArn),
    sessionPolicies: session.sessionPolicies,
    tags: overrideTags(role.tags, session.sessionTags),
    session: session.facts,
  }
}

function assumedRoleOf({ accountId, roleName, roleId, path }: Role, sessionName: string): AssumedRole {
  return {
    type: 'AssumedRole',
    accountId,
    arn: assumedRoleArn(accountId, roleName, sessionName),
    principalId: `${roleId}:${sessionName}`,
    roleName,
    roleArn: roleArn(accountId, roleName, path),
    roleId,
    sessionName,
  }
}

/**
 * Returns the tags of a session: a session tag replaces the tag with the same key, whatever its case (IAM user guide,
 * "Pass session tags in AWS STS").
 */
export function overrideTags(tags: readonly Tag[], sessionTags: readonly Tag[]): readonly Tag[] {
  const overridden = new Set(sessionTags.map(({ tagKey }) => tagKey.toLowerCase()))
  return [...tags.filter(({ tagKey }) => !overridden.has(tagKey.toLowerCase())), ...sessionTags]
}

/** Reads the identity of a stored access key, long-term or temporary; undefined if its user does not exist. */
export async function identityOfAccessKey(
  reader: Reader,
  { accountId, userName, service }: AccessKey,
): Promise<Identity | undefined> {
  if (service !== undefined) return serviceIdentity(accountId, service)
  return userName === undefined ? rootIdentity(accountId) : await identityOfUser(reader, accountId, userName)
}

/** Inline and attached policies; a policy that is attached twice counts once. */
async function readPolicies(reader: Reader, holders: readonly PolicyHolder[]): Promise<NamedPolicy[]> {
  const attached = new Set(holders.flatMap(({ attachedPolicyArns }) => attachedPolicyArns))
  const policies = holders.flatMap(holder => holder.policies)
  for (const arn of attached) policies.push(await readManagedPolicy(reader, arn))
  return policies
}

async function readBoundary(reader: Reader, arn: string | undefined): Promise<NamedPolicy | undefined> {
  return arn === undefined ? undefined : await readManagedPolicy(reader, arn)
}

/** Throws if the policy does not exist: without it, its Deny statements would be missing. */
async function readManagedPolicy(reader: Reader, arn: string): Promise<NamedPolicy> {
  const document = await findPolicyDocument(reader, arn)
  if (document === undefined) throw new Error(`the attached policy ${arn} does not exist`)
  return { name: arn, document }
}

/**
 * Returns the default version's document of a managed policy, of AWS or of an account; undefined if there is no such
 * policy.
 */
export async function findPolicyDocument(reader: Reader, arn: string): Promise<string | undefined> {
  const ofAws = awsManagedPolicies.get(arn)
  if (ofAws !== undefined) return ofAws.document
  const { accountId = '', resource = '' } = parseArn(arn) ?? {}
  const policy = await reader.policies.find(accountId, resource.slice(resource.lastIndexOf('/') + 1))
  if (policy === undefined || policyArn(accountId, policy.policyName, policy.path) !== arn) return undefined
  return defaultDocument(policy)
}
