import type { Millis } from '../../std/index.ts'
import type { NamedPolicy, SessionPolicy } from '../iam/iam.ts'
import { parseArn, renderArn, rootArn } from './arn.ts'
import type { Tag } from './tag.ts'

/** The identity that a request acts as. */
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
      /** The account that the service acts for. */
      readonly accountId: string
      /** The service's name, such as `s3.amazonaws.com`, which is also the principal id. */
      readonly arn: string
      readonly principalId: string
      readonly service: string
    }
  /** A user that only an identity provider vouches for so far, and that may only ask for a role. */
  | {
      readonly type: 'WebIdentityUser'
      /** The account of the role that the user asks for. */
      readonly accountId: string
      /** The provider's ARN: `arn:aws:iam::A:oidc-provider/host` */
      readonly arn: string
      /** The provider's ARN, the audience and the subject, separated by colons. */
      readonly principalId: string
      /** The subject of the provider's token. */
      readonly userName: string
    }

/** A session of a role. */
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

/** A principal with its policies, tags and session. */
export interface Identity {
  readonly principal: Principal
  /** Inline policies, attached policies and the policies of its groups; for a session of a role, the role's policies. */
  readonly policies: readonly NamedPolicy[]
  /** The permissions boundary. */
  readonly boundary: NamedPolicy | undefined
  /** Undefined if the session has none, so that none limit it. */
  readonly sessionPolicies: readonly SessionPolicy[] | undefined
  /** Principal tags. A session tag replaces the tag of the user or role with the same key. */
  readonly tags: readonly Tag[]
  /** Undefined for long-term credentials. */
  readonly session: SessionFacts | undefined
}

/** The facts of a session of temporary credentials. */
export interface SessionFacts {
  readonly issuedAt: Millis
  readonly expiresAt: Millis
  readonly isMfaAuthenticated: boolean | undefined
  readonly sourceIdentity: string | undefined
  readonly federatedProvider: string | undefined
  readonly transitiveTagKeys: readonly string[]
  readonly sessionTagKeys: readonly string[]
  /** The user that made a federated user's session; undefined if the root user made it, and for other sessions. */
  readonly issuer?: Extract<Principal, { type: 'IAMUser' }> | undefined
}

/**
 * Reads the ARN of an account, user, role or session, as policies and grants name them (IAM user guide, "AWS JSON policy
 * elements: Principal"); undefined for any other text. The ARN that it returns is always in the partition `aws`, because
 * the ARNs of all principals here are. In a different partition it would name nobody, and a Deny would protect nothing.
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

/** Whether an ARN from parsePrincipalArn names an account, by its root user. */
export function isAccountArn({ accountId, arn }: { accountId: string; arn: string }): boolean {
  return arn === rootArn(accountId)
}

/**
 * Whether a text is the unique id of a user or role, `AIDA…` or `AROA…`. It takes the place of a deleted user or role in
 * policies and grants, so that a user or role recreated under the same name does not get the same access (IAM user guide,
 * "AWS JSON policy elements: Principal").
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
