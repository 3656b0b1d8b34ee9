import { compileStoredPolicy } from '../../../access/index.ts'
import {
  assumedRoleArn,
  parseArn,
  parsePrincipalArn,
  type Role,
  roleArn,
  ServiceError,
  type Tag,
  validation,
} from '../../../domain/index.ts'
import { packedSizePercent, type SessionRequest, type TemporaryCredentials } from '../../../identity/index.ts'
import type { Conditions, ResourceRequirement } from '../../../operation/index.ts'
import { requestTagConditions } from '../../../operation/index.ts'
import type { Millis } from '../../../std/index.ts'
import type { Reader } from '../../../store/index.ts'

/** A session that is about to be: the role it is of, and what was asked for with it. */
export interface RoleSessionPlan {
  readonly role: Role
  readonly request: SessionRequest
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity: string | undefined
}

const hourSeconds = 3600

/** The account of a role by its ARN. Throws ValidationException for the ARN of anything else. */
export function accountOfRole(text: string): string {
  const principal = parsePrincipalArn(text)
  if (principal === undefined || parseArn(text)?.resource.startsWith('role/') !== true) {
    throw validation('Request ARN is invalid')
  }
  return principal.accountId
}

/** The role of an ARN, path and case included; undefined where there is none. */
export async function findRole(store: Reader, text: string): Promise<Role | undefined> {
  const wanted = parsePrincipalArn(text)
  if (wanted === undefined) return undefined
  const role = await store.findRole(wanted.accountId, wanted.arn.slice(wanted.arn.lastIndexOf('/') + 1))
  return role && roleArn(role.accountId, role.roleName, role.path) === wanted.arn ? role : undefined
}

/**
 * How long the session is to last. Throws ValidationException for longer than the role has it, or than an hour for a session
 * of a role that assumes another (IAM user guide, "Methods to assume a role"; texts recorded from AWS).
 */
export function roleSessionSeconds(wanted: number | undefined, role: Role, isChained: boolean): number {
  const seconds = wanted ?? hourSeconds
  if (isChained && seconds > hourSeconds) {
    throw validation(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    )
  }
  if (seconds > role.maxSessionSeconds) {
    throw validation('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
  }
  return seconds
}

/**
 * What the caller and the role's trust policy must allow: the operation itself, and as actions of their own to pass tags and
 * a source identity (IAM user guide, "Pass session tags in AWS STS", "Monitor and control actions taken with assumed roles").
 */
export function trustRequirements(
  { role, request, sourceIdentity }: RoleSessionPlan,
  action: string,
  conditions: Conditions,
  refusalOf: (action: string) => string,
): ResourceRequirement[] {
  const { accountId, roleName, path, trustPolicy, tags: roleTags } = role
  const requirement = {
    arn: roleArn(accountId, roleName, path),
    accountId,
    policy: compileStoredPolicy(trustPolicy, 'trust', `trust policy of ${roleName}`),
    conditions: () => ({
      ...requestTagConditions(request.tags),
      'aws:ResourceTag/': tagMap(roleTags),
      'sts:SourceIdentity': sourceIdentity,
      ...conditions,
    }),
  }
  const further = [
    ...(request.tags.length === 0 ? [] : ['sts:TagSession']),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ]
  return [
    { ...requirement, action, type: 'AWS::IAM::Role', refusal: refusalOf(action) },
    ...further.map(name => ({ ...requirement, action: name, refusal: refusalOf(name) })),
  ]
}

const tagMap = (tags: readonly Tag[]) => new Map(tags.map(({ tagKey, tagValue }) => [tagKey, tagValue]))

/** What is answered of a role's new session. */
export function roleSessionOutput(
  { role, request, sourceIdentity }: RoleSessionPlan,
  sessionName: string,
  credentials: TemporaryCredentials,
  expiresAt: Millis,
) {
  const packed = packedSizePercent(request)
  return {
    Credentials: credentialsOutput(credentials, expiresAt),
    AssumedRoleUser: {
      AssumedRoleId: `${role.roleId}:${sessionName}`,
      Arn: assumedRoleArn(role.accountId, role.roleName, sessionName),
    },
    PackedPolicySize: packed === 0 ? undefined : packed,
    SourceIdentity: sourceIdentity,
  }
}

export function credentialsOutput(credentials: TemporaryCredentials, expiresAt: Millis) {
  return {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secret,
    SessionToken: credentials.sessionToken,
    Expiration: expiresAt,
  }
}

/** Sessions end at whole seconds, as answers tell it. */
export function endOfSession(now: Millis, seconds: number): Millis {
  return (Math.floor(now / 1000) + seconds) * 1000
}

/** Denials of these operations do not say why, nor whether the role exists. */
export const accessDenied = (text: string, reason: string) =>
  new ServiceError('AccessDeniedException', text, { reason })
