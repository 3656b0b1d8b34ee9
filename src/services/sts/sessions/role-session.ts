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

/** The plan of a role session: the role, and the parts that come from the request. */
export interface RoleSessionPlan {
  readonly role: Role
  readonly request: SessionRequest
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity: string | undefined
}

const hourSeconds = 3600

/** Returns the account in the ARN of a role. Throws ValidationException for the ARN of anything else. */
export function accountOfRole(text: string): string {
  const principal = parsePrincipalArn(text)
  if (principal === undefined || parseArn(text)?.resource.startsWith('role/') !== true) {
    throw validation('Request ARN is invalid')
  }
  return principal.accountId
}

/**
 * Checks that a text has the form of an ARN. Throws ValidationException (recorded from AWS). The ARN of anything but a role
 * that exists is denied later, as in AWS.
 */
export function checkArn(text: string): void {
  if (!/^arn:[^:]+:[^:]+:[^:]*:[^:]*:./s.test(text)) throw validation(`${text} is invalid`)
}

/** Finds the role with exactly this ARN, including path and case; undefined if there is none. */
export async function findRole(store: Reader, text: string): Promise<Role | undefined> {
  const wanted = parsePrincipalArn(text)
  if (wanted === undefined) return undefined
  const role = await store.roles.find(wanted.accountId, wanted.arn.slice(wanted.arn.lastIndexOf('/') + 1))
  return role && roleArn(role.accountId, role.roleName, role.path) === wanted.arn ? role : undefined
}

/**
 * Returns the duration of the session. Throws ValidationException if it is longer than the role allows, or longer than
 * an hour for role chaining (IAM user guide, "Methods to assume a role"; the texts and their order were recorded from
 * AWS).
 */
export function roleSessionSeconds(wanted: number | undefined, role: Role, isChained: boolean): number {
  const seconds = wanted ?? hourSeconds
  if (seconds > role.maxSessionSeconds) {
    throw validation('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
  }
  if (isChained && seconds > hourSeconds) {
    throw validation(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    )
  }
  return seconds
}

/**
 * Returns the actions that the caller's policies and the role's trust policy must allow: the operation itself, and
 * separate actions for tags and a source identity (IAM user guide, "Pass session tags in AWS STS", "Monitor and control
 * actions taken with assumed roles").
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

/** Renders the output of an operation that starts a role session. */
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

/** Renders temporary credentials. */
export function credentialsOutput(credentials: TemporaryCredentials, expiresAt: Millis) {
  return {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secret,
    SessionToken: credentials.sessionToken,
    Expiration: expiresAt,
  }
}

/** Returns the end of a session, which is a whole second, as in answers. */
export function endOfSession(now: Millis, seconds: number): Millis {
  return (Math.floor(now / 1000) + seconds) * 1000
}

/** Denials of these operations reveal neither their reason nor whether the role exists. */
export const accessDenied = (text: string, reason: string) =>
  new ServiceError('AccessDeniedException', text, { reason })
