import type { Millis } from '../../std/index.ts'
import type { Tag } from '../aws/tag.ts'

/** A named policy document, as its author wrote it. The name of a managed policy is its ARN. */
export interface NamedPolicy {
  readonly name: string
  readonly document: string
}

/** A policy that was passed for a session. */
export interface SessionPolicy extends NamedPolicy {
  /** Whether it is a managed policy, under the rules for managed policies, or was passed as text. */
  readonly isManaged: boolean
}

/**
 * The properties of every entity of IAM. Names of one kind are unique in an account regardless of case, and are also found
 * regardless of case. A unique id is never used again (IAM user guide, "IAM identifiers").
 */
export interface IamEntity {
  readonly accountId: string
  /** `/`, or a longer path such as `/a/b/`. */
  readonly path: string
  readonly createdAt: Millis
}

/** An entity that can have policies. */
export interface PolicyHolder {
  /** Inline policies in ascending order of their names. */
  readonly policies: readonly NamedPolicy[]
  /** The ARNs of attached managed policies, in the order in which they were attached. */
  readonly attachedPolicyArns: readonly string[]
}

/** An IAM user. */
export interface User extends IamEntity, PolicyHolder {
  readonly userName: string
  /** `AIDA…` */
  readonly userId: string
  /** The ARN of the managed policy that is its permissions boundary. */
  readonly boundaryArn: string | undefined
  readonly tags: readonly Tag[]
  /** The names of its groups in ascending order. */
  readonly groupNames: readonly string[]
}

/** A group of IAM users. */
export interface Group extends IamEntity, PolicyHolder {
  readonly groupName: string
  /** `AGPA…` */
  readonly groupId: string
}

/** An IAM role. */
export interface Role extends IamEntity, PolicyHolder {
  readonly roleName: string
  /** `AROA…` */
  readonly roleId: string
  readonly description: string
  /** The policy document that says which principals may assume the role. */
  readonly trustPolicy: string
  readonly maxSessionSeconds: number
  readonly boundaryArn: string | undefined
  readonly tags: readonly Tag[]
  readonly isServiceLinked: boolean
}

/** A version of a managed policy. */
export interface PolicyVersion {
  /** `v1`, `v2`, … */
  readonly versionId: string
  readonly document: string
  readonly createdAt: Millis
}

/** The most versions of a managed policy (IAM user guide, "IAM and AWS STS quotas"). */
export const policyVersionsMax = 5

/** A customer managed policy. */
export interface ManagedPolicy extends IamEntity {
  readonly policyName: string
  /** `ANPA…` */
  readonly policyId: string
  readonly description: string
  readonly updatedAt: Millis
  readonly defaultVersionId: string
  /** The number of the next version: the number of a deleted version is never used again. */
  readonly nextVersion: number
  /** The oldest version is first. */
  readonly versions: readonly PolicyVersion[]
  readonly tags: readonly Tag[]
}

/** The last use of an access key. */
export interface AccessKeyLastUsed {
  readonly at: Millis
  /** The service that the request was signed for, such as `kms`. */
  readonly service: string
  readonly region: string
}

/** An access key. The secret is wrapped; only the hsm room can open it. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly accountId: string
  /** Undefined for a key of the account root or of a service. */
  readonly userName: string | undefined
  /** The AWS service that the key acts as in the account, such as `s3.amazonaws.com`. */
  readonly service: string | undefined
  readonly wrappedSecret: Uint8Array
  readonly isActive: boolean
  readonly createdAt: Millis
  /** SHA-256 of the session token that must come with the key, 32 bytes; undefined for a long-term key. */
  readonly sessionTokenDigest: Uint8Array | undefined
  /** The time when a temporary key expires; undefined for a long-term key. */
  readonly expiresAt: Millis | undefined
  readonly lastUsed?: AccessKeyLastUsed | undefined
}

const noPolicies: PolicyHolder = { policies: [], attachedPolicyArns: [] }

type NewUser = Pick<User, 'accountId' | 'userName' | 'userId' | 'createdAt'> & Partial<User>

/** A user with the given properties; the others have their defaults. */
export function newUser(given: NewUser): User {
  return { path: '/', ...noPolicies, boundaryArn: undefined, tags: [], groupNames: [], ...given }
}

type NewGroup = Pick<Group, 'accountId' | 'groupName' | 'groupId' | 'createdAt'> & Partial<Group>

/** A group with the given properties; the others have their defaults. */
export function newGroup(given: NewGroup): Group {
  return { path: '/', ...noPolicies, ...given }
}

type NewRole = Pick<Role, 'accountId' | 'roleName' | 'roleId' | 'createdAt' | 'trustPolicy'> & Partial<Role>

/** The default maximum session duration of a role, an hour (IAM API Reference, "CreateRole"). */
const sessionSecondsDefault = 3600

/** A role with the given properties; the others have their defaults. */
export function newRole(given: NewRole): Role {
  return {
    path: '/',
    ...noPolicies,
    description: '',
    maxSessionSeconds: sessionSecondsDefault,
    boundaryArn: undefined,
    tags: [],
    isServiceLinked: false,
    ...given,
  }
}

type NewManagedPolicy = Pick<ManagedPolicy, 'accountId' | 'policyName' | 'policyId' | 'createdAt'> &
  Partial<Pick<ManagedPolicy, 'path' | 'description' | 'tags'>> & { readonly document: string }

/** A managed policy with its first version. */
export function newManagedPolicy({ document, ...given }: NewManagedPolicy): ManagedPolicy {
  return {
    path: '/',
    description: '',
    tags: [],
    ...given,
    updatedAt: given.createdAt,
    defaultVersionId: 'v1',
    nextVersion: 2,
    versions: [{ versionId: 'v1', document, createdAt: given.createdAt }],
  }
}

/** The document of a managed policy's default version. */
export function defaultDocument({ policyName, versions, defaultVersionId }: ManagedPolicy): string {
  const version = versions.find(({ versionId }) => versionId === defaultVersionId)
  if (version === undefined) throw new Error(`the policy ${policyName} has no version ${defaultVersionId}`)
  return version.document
}
