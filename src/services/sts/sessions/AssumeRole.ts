import { type Identity, ServiceError, validation } from '../../../domain/index.ts'
import { sessionOfRole } from '../../../identity/index.ts'
import { type Infer, integer, required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkCaller, checkNoMfa, isTemporary } from '../wire/caller-limits.ts'
import * as shapes from '../wire/shapes.ts'
import { withIncomingTags } from '../wire/shown-tags.ts'
import {
  accessDenied,
  checkArn,
  endOfSession,
  findRole,
  type RoleSessionPlan,
  roleSessionOutput,
  roleSessionSeconds,
  trustRequirements,
} from './role-session.ts'
import { checkPolicyArns, joinTags, noTags, readSessionRequest, type SessionTags } from './session-request.ts'

const input = structure({
  RoleArn: required(shapes.arn),
  RoleSessionName: required(shapes.roleSessionName),
  PolicyArns: shapes.policyDescriptors,
  Policy: shapes.sessionPolicy,
  DurationSeconds: shapes.roleDurationSeconds,
  Tags: shapes.tags,
  TransitiveTagKeys: shapes.tagKeys,
  ExternalId: shapes.externalId,
  SerialNumber: shapes.serialNumber,
  TokenCode: shapes.tokenCode,
  SourceIdentity: shapes.sourceIdentity,
  ProvidedContexts: shapes.providedContexts,
})
type Input = Infer<typeof input>

const output = structure({
  Credentials: required(shapes.credentials),
  AssumedRoleUser: required(shapes.assumedRoleUser),
  PackedPolicySize: integer(),
  SourceIdentity: string(),
})

/** Returns temporary credentials for a role, if the role's trust policy and the caller's own policies allow it. */
export const AssumeRole = operation({
  name: 'AssumeRole',
  effect: 'read',
  input,
  output,
  disclose: answer => ({ responseElements: output.disclose(answer) ?? null }),
  record: {
    shown: (_input, disclosed, caller) =>
      caller === undefined ? disclosed : withIncomingTags(disclosed, inheritedTags(caller.identity)),
  },
  touches: {
    session: async ({ input, caller: { identity, scope }, store }) => {
      checkCaller(identity, 'AssumeRole')
      if (identity.principal.type === 'Root') {
        throw accessDenied('Roles may not be assumed by root accounts.', 'the caller is an account root')
      }
      checkNoMfa(input)
      checkNoContexts(input)
      checkArn(input.RoleArn)
      const sourceIdentity = sourceIdentityOf(input, identity)
      const { tags, transitiveTagKeys } = tagsOf(input, identity)
      const request = readSessionRequest(input, tags, scope.region)
      const refusalOf = (action: string) =>
        `User: ${identity.principal.arn} is not authorized to perform: ${action} on resource: ${input.RoleArn}`
      const role = await findRole(store, input.RoleArn)
      if (role === undefined) throw accessDenied(refusalOf('sts:AssumeRole'), 'no such role')
      const plan: RoleSessionPlan = { role, request, transitiveTagKeys, sourceIdentity }
      const conditions = {
        'sts:RoleSessionName': input.RoleSessionName,
        'sts:ExternalId': input.ExternalId,
        'sts:TransitiveTagKeys': transitiveTagKeys.length === 0 ? undefined : transitiveTagKeys,
      }
      return {
        found: plan,
        resources: trustRequirements(plan, 'sts:AssumeRole', conditions, refusalOf),
      }
    },
  },
  async handle({ input, caller, session: plan, sessions, now, store }) {
    const { role, request, transitiveTagKeys, sourceIdentity } = plan
    await checkPolicyArns(request, role.accountId, store)
    const isChained = await isTemporary(caller, store)
    const expiresAt = endOfSession(now, roleSessionSeconds(input.DurationSeconds, role, isChained))
    const credentials = sessions.issue({
      ...sessionOfRole(role, input.RoleSessionName, { issuedAt: now, expiresAt }),
      ...request,
      transitiveTagKeys,
      sourceIdentity,
    })
    return roleSessionOutput(plan, input.RoleSessionName, credentials, expiresAt)
  },
})

/**
 * Contexts come from an IAM Identity Center, and there is none here. If they were ignored, conditions on them would
 * fail silently.
 */
function checkNoContexts({ ProvidedContexts: contexts = [] }: Input): void {
  if (contexts.length === 0) return
  throw new ServiceError('InvalidParameterValueException', 'There is no provider of these contexts.')
}

/**
 * A source identity that is set stays the same from session to session. Throws ValidationException for a different one
 * (text recorded from AWS).
 */
function sourceIdentityOf({ SourceIdentity: wanted }: Input, { session }: Identity): string | undefined {
  const inherited = session?.sourceIdentity
  if (inherited === undefined || wanted === undefined || wanted === inherited) return wanted ?? inherited
  throw validation('The source identity is already set for this assume role session')
}

function tagsOf({ Tags: given = [], TransitiveTagKeys: keys = [] }: Input, identity: Identity): SessionTags {
  const tags = given.map(({ Key, Value }) => ({ tagKey: Key, tagValue: Value }))
  return joinTags(tags, keys, inheritedTags(identity))
}

function inheritedTags({ tags, session }: Identity): SessionTags {
  if (session === undefined) return noTags
  const { transitiveTagKeys } = session
  const inherited = new Set(transitiveTagKeys.map(tagKey => tagKey.toLowerCase()))
  return { tags: tags.filter(({ tagKey }) => inherited.has(tagKey.toLowerCase())), transitiveTagKeys }
}
