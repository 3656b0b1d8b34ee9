import type { Millis } from '../../std/index.ts'
import type { Tag } from '../aws/tag.ts'

/** A named policy document, as its author wrote it; of a managed policy the name is its ARN. */
export interface NamedPolicy {
  readonly name: string
  readonly document: string
}

/** A policy that was given with a session. */
export interface SessionPolicy extends NamedPolicy {
  /** Whether it is a managed one, taken by the rules of these, or was given as text. */
  readonly isManaged: boolean
}

/**
 * What all entities of IAM have. Names of a kind are unique in an account without regard to case, and are found so;
 * unique ids are given once and never again (IAM user guide, "IAM identifiers").
 */
export interface IamEntity {
  readonly accountId: string
  /** `/`, or `/a/b/`. */
  readonly path: string
  readonly createdAt: Millis
}

/** What policies are put on. */
export interface PolicyHolder {
  /** Inline policies, by name, ascending. */
  readonly policies: readonly NamedPolicy[]
  /** The ARNs of attached managed policies, in the order in which they were attached. */
  readonly attachedPolicyArns: readonly string[]
}

export interface User extends IamEntity, PolicyHolder {
  readonly userName: string
  /** `AIDA…` */
  readonly userId: string
  /** The ARN of the managed policy that is its permissions boundary. */
  readonly boundaryArn: string | undefined
  readonly tags: readonly Tag[]
  /** By name, ascending. */
  readonly groupNames: readonly string[]
}

export interface Group extends IamEntity, PolicyHolder {
  readonly groupName: string
  /** `AGPA…` */
  readonly groupId: string
}

export interface Role extends IamEntity, PolicyHolder {
  readonly roleName: string
  /** `AROA…` */
  readonly roleId: string
  readonly description: string
  /** Who may assume it. */
  readonly trustPolicy: string
  readonly maxSessionSeconds: number
  readonly boundaryArn: string | undefined
  readonly tags: readonly Tag[]
  readonly isServiceLinked: boolean
}

export interface PolicyVersion {
  /** `v1`, `v2`, … */
  readonly versionId: string
  readonly document: string
  readonly createdAt: Millis
}

/** IAM user guide, "IAM and AWS STS quotas": versions of a managed policy. */
export const policyVersionsMax = 5

/** A customer managed policy. */
export interface ManagedPolicy extends IamEntity {
  readonly policyName: string
  /** `ANPA…` */
  readonly policyId: string
  readonly description: string
  readonly updatedAt: Millis
  readonly defaultVersionId: string
  /** The number of the version to come: those of deleted ones are not given again. */
  readonly nextVersion: number
  /** The oldest first. */
  readonly versions: readonly PolicyVersion[]
  readonly tags: readonly Tag[]
}

/** The last use of an access key. */
export interface AccessKeyLastUsed {
  readonly at: Millis
  /** As the request was signed for, such as `kms`. */
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
  /** When a temporary key ends; undefined for a long-term key. */
  readonly expiresAt: Millis | undefined
  readonly lastUsed?: AccessKeyLastUsed | undefined
}

const noPolicies: PolicyHolder = { policies: [], attachedPolicyArns: [] }

type NewUser = Pick<User, 'accountId' | 'userName' | 'userId' | 'createdAt'> & Partial<User>

/** A user with nothing on it but what is given. */
export function newUser(given: NewUser): User {
  return { path: '/', ...noPolicies, boundaryArn: undefined, tags: [], groupNames: [], ...given }
}

type NewGroup = Pick<Group, 'accountId' | 'groupName' | 'groupId' | 'createdAt'> & Partial<Group>

export function newGroup(given: NewGroup): Group {
  return { path: '/', ...noPolicies, ...given }
}

type NewRole = Pick<Role, 'accountId' | 'roleName' | 'roleId' | 'createdAt' | 'trustPolicy'> & Partial<Role>

/** IAM API Reference, "CreateRole": sessions of an hour unless said otherwise. */
const sessionSecondsDefault = 3600

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
