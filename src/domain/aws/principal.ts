import type { Millis } from '../../std/index.ts'
import type { NamedPolicy, SessionPolicy } from '../iam/iam.ts'
import { parseArn, renderArn, rootArn } from './arn.ts'
import type { Tag } from './tag.ts'

/** Who a request acts as. */
export type Principal =
  | { readonly type: 'Root'; readonly accountId: string; readonly arn: string; readonly principalId: string }
  | {
      readonly type: 'IAMUser'
      readonly accountId: string
      /** With the user's path: `arn:aws:iam::A:user/path/name`. */
      readonly arn: string
      /** The user's unique id, `AIDA…`. */
      readonly principalId: string
      readonly userName: string
    }
  | AssumedRole
  | {
      readonly type: 'FederatedUser'
      readonly accountId: string
      /** `arn:aws:sts::A:federated-user/name` */
      readonly arn: string
      /** `A:name` */
      readonly principalId: string
      readonly userName: string
    }
  | {
      readonly type: 'AWSService'
      /** The account that it acts for. */
      readonly accountId: string
      /** The service's name, such as `s3.amazonaws.com`; so is the principal id. */
      readonly arn: string
      readonly principalId: string
      readonly service: string
    }
  /** Who has an identity provider's word and nothing else yet, and so may only ask for a role. */
  | {
      readonly type: 'WebIdentityUser'
      /** The account of the role that is asked for. */
      readonly accountId: string
      /** The provider's: `arn:aws:iam::A:oidc-provider/host` */
      readonly arn: string
      /** The provider's ARN, the audience and the subject, with colons between. */
      readonly principalId: string
      /** The subject. */
      readonly userName: string
    }

export interface AssumedRole {
  readonly type: 'AssumedRole'
  readonly accountId: string
  /** `arn:aws:sts::A:assumed-role/Role/session` */
  readonly arn: string
  /** `AROA…:session` */
  readonly principalId: string
  readonly roleName: string
  /** `arn:aws:iam::A:role/path/Role` */
  readonly roleArn: string
  readonly roleId: string
  readonly sessionName: string
}

/** A principal and all that is said of it. */
export interface Identity {
  readonly principal: Principal
  /** Inline policies, attached ones, and those of its groups; of a role session, the role's. */
  readonly policies: readonly NamedPolicy[]
  /** The permissions boundary. */
  readonly boundary: NamedPolicy | undefined
  /** Undefined where none were given, so that they do not limit. */
  readonly sessionPolicies: readonly SessionPolicy[] | undefined
  /** Principal tags; those of the session take the place of the user's or role's. */
  readonly tags: readonly Tag[]
  /** Undefined for long-term credentials. */
  readonly session: SessionFacts | undefined
}

export interface SessionFacts {
  readonly issuedAt: Millis
  readonly expiresAt: Millis
  readonly isMfaAuthenticated: boolean | undefined
  readonly sourceIdentity: string | undefined
  readonly federatedProvider: string | undefined
  readonly transitiveTagKeys: readonly string[]
  readonly sessionTagKeys: readonly string[]
  /** The user who let a federated user in; undefined for the account root, and of other sessions. */
  readonly issuer?: Extract<Principal, { type: 'IAMUser' }> | undefined
}

/**
 * The ARN of an account, user, role or session, as policies and grants name them (IAM user guide, "AWS JSON policy
 * elements: Principal"); undefined for any other text. Principals are known by the ARNs of one partition, `aws`: another's
 * would name nobody, and a Deny of it protect nothing.
 */
export function parsePrincipalArn(
  text: string,
): { readonly accountId: string; readonly arn: string } | undefined {
  const arn = parseArn(text)
  if (arn === undefined || arn.accountId === '' || arn.region !== '') return undefined
  const isPrincipal =
    (arn.service === 'iam' && /^(root|(user|role)\/[\w+=,.@/-]+)$/.test(arn.resource)) ||
    (arn.service === 'sts' && /^(assumed-role|federated-user)\/[\w+=,.@/-]+$/.test(arn.resource))
  if (!isPrincipal) return undefined
  return { accountId: arn.accountId, arn: renderArn({ ...arn, partition: 'aws' }) }
}

/** Whether an ARN of parsePrincipalArn names an account, which is to say its root. */
export function isAccountArn({ accountId, arn }: { accountId: string; arn: string }): boolean {
  return arn === rootArn(accountId)
}

/**
 * The unique id of a user or role, `AIDA…` or `AROA…`. It stands in policies and grants for one that has been deleted, so
 * that another of its name does not get what it had (IAM user guide, "AWS JSON policy elements: Principal").
 */
export function isPrincipalId(text: string): boolean {
  return /^(AIDA|AROA)[A-Z0-9]{12,124}$/.test(text)
}

/** The name in a user's ARN, without its path; undefined for the ARN of anything else. */
export function findUserName(arn: string): string | undefined {
  return findName(arn, 'user')
}

/** The name in a role's ARN, without its path; undefined for the ARN of anything else. */
export function findRoleName(arn: string): string | undefined {
  return findName(arn, 'role')
}

/** The role's name in a session's ARN; undefined for the ARN of anything else. */
export function findRoleNameOfSession(arn: string): string | undefined {
  const parsed = parseArn(arn)
  if (parsed?.service !== 'sts') return undefined
  return /^assumed-role\/([^/]+)\/[^/]+$/.exec(parsed.resource)?.[1]
}

function findName(arn: string, kind: 'user' | 'role'): string | undefined {
  const parsed = parseArn(arn)
  if (parsed?.service !== 'iam' || !parsed.resource.startsWith(`${kind}/`)) return undefined
  return parsed.resource.slice(parsed.resource.lastIndexOf('/') + 1)
}
