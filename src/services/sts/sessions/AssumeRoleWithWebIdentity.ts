import { oidcProviderArn, ServiceError } from '../../../domain/index.ts'
import type { WebIdentity } from '../../../identity/index.ts'
import type { Caller } from '../../../operation/index.ts'
import { decode, integer, required, string, structure } from '../../../std/index.ts'
import type { Reader } from '../../../store/index.ts'
import { operation } from '../operation.ts'
import * as shapes from '../wire/shapes.ts'
import { withTokenTags } from '../wire/shown-tags.ts'
import {
  accessDenied,
  accountOfRole,
  endOfSession,
  findRole,
  type RoleSessionPlan,
  roleSessionOutput,
  roleSessionSeconds,
  trustRequirements,
} from './role-session.ts'
import { checkPolicyArns, joinTags, noTags, readSessionRequest } from './session-request.ts'

const input = structure({
  RoleArn: required(shapes.arn),
  RoleSessionName: required(shapes.roleSessionName),
  WebIdentityToken: required(shapes.webIdentityToken),
  ProviderId: shapes.url,
  PolicyArns: shapes.policyDescriptors,
  Policy: shapes.sessionPolicy,
  DurationSeconds: shapes.roleDurationSeconds,
})

const output = structure({
  Credentials: required(shapes.credentials),
  SubjectFromWebIdentityToken: required(string()),
  AssumedRoleUser: required(shapes.assumedRoleUser),
  PackedPolicySize: integer(),
  Provider: required(string()),
  Audience: required(string()),
  SourceIdentity: string(),
})

const refusalOf = (action: string) => `Not authorized to perform ${action}`

/**
 * Returns temporary credentials for a role to the bearer of an identity provider's token, if the role trusts the
 * bearer.
 */
export const AssumeRoleWithWebIdentity = operation({
  name: 'AssumeRoleWithWebIdentity',
  effect: 'read',
  input,
  output,
  disclose: answer => ({ responseElements: output.disclose(answer) ?? null }),
  record: {
    shown: (_input, disclosed, caller) =>
      caller?.webIdentity === undefined ? disclosed : withTokenTags(disclosed, caller.webIdentity),
  },
  async identify({ input, webIdentities, defaultRegion }) {
    const accountId = accountOfRole(input.RoleArn)
    // ProviderId is for OAuth 2.0 access tokens; an OpenID Connect token names its provider itself.
    if (input.ProviderId !== undefined)
      throw accessDenied(refusalOf('sts:AssumeRoleWithWebIdentity'), 'OAuth 2.0')
    const identity = await webIdentities.verify(input.WebIdentityToken, accountId)
    return callerOf(identity, accountId, defaultRegion)
  },
  touches: {
    session: async ({ input, caller, store }) => {
      const identity = webIdentityOf(caller)
      const { host, audience, originalAudiences, subject, authenticationMethods, sourceIdentity } = identity
      checkClaims(identity)
      await checkClientId(store, caller.scope.accountId, identity)
      const { tags, transitiveTagKeys } = joinTags(identity.tags, identity.transitiveTagKeys, noTags)
      const request = readSessionRequest(input, tags, caller.scope.region)
      const action = 'sts:AssumeRoleWithWebIdentity'
      const role = await findRole(store, input.RoleArn)
      if (role === undefined) throw accessDenied(refusalOf(action), 'no such role')
      const plan: RoleSessionPlan = { role, request, transitiveTagKeys, sourceIdentity }
      const conditions = {
        'sts:RoleSessionName': input.RoleSessionName,
        'sts:TransitiveTagKeys': transitiveTagKeys.length === 0 ? undefined : transitiveTagKeys,
        [`${host}:aud` as const]: audience,
        [`${host}:oaud` as const]: originalAudiences.length === 0 ? undefined : originalAudiences,
        [`${host}:sub` as const]: subject,
        [`${host}:amr` as const]: authenticationMethods.length === 0 ? undefined : authenticationMethods,
      }
      return { found: plan, resources: trustRequirements(plan, action, conditions, refusalOf) }
    },
  },
  async handle({ input, caller, session: plan, sessions, now, store }) {
    const { role, request, transitiveTagKeys, sourceIdentity } = plan
    await checkPolicyArns(request, role.accountId, store)
    const { subject, host, audience } = webIdentityOf(caller)
    const expiresAt = endOfSession(now, roleSessionSeconds(input.DurationSeconds, role, false))
    const provider = oidcProviderArn(role.accountId, host)
    const credentials = sessions.issue({
      ...request,
      accountId: role.accountId,
      owner: {
        type: 'AssumedRole',
        roleName: role.roleName,
        roleId: role.roleId,
        sessionName: input.RoleSessionName,
      },
      issuedAt: now,
      expiresAt,
      isMfaAuthenticated: undefined,
      transitiveTagKeys,
      sourceIdentity,
      federatedProvider: provider,
    })
    return {
      ...roleSessionOutput(plan, input.RoleSessionName, credentials, expiresAt),
      SubjectFromWebIdentityToken: subject,
      Provider: provider,
      Audience: audience,
    }
  },
})

/**
 * A provider that the account describes in IAM narrows the audiences of the configuration to its client IDs, as in AWS;
 * without one, the configuration alone decides. It never widens them. Throws InvalidIdentityTokenException.
 */
async function checkClientId(
  store: Reader,
  accountId: string,
  { host, audience }: WebIdentity,
): Promise<void> {
  // The URL of a provider may end with a slash, which the names of condition keys leave out.
  for (const url of [host, `${host}/`]) {
    const provider = await store.oidcProviders.find(accountId, url)
    if (provider !== undefined && !provider.clientIds.includes(audience)) {
      throw new ServiceError('InvalidIdentityTokenException', 'Incorrect token audience', {
        reason: `the provider ${url} of the account does not have the client ID ${audience}`,
      })
    }
  }
}

const claims = structure({
  Tags: shapes.tags,
  TransitiveTagKeys: shapes.tagKeys,
  SourceIdentity: shapes.sourceIdentity,
})

/** The claims of a token for its session have the same limits as the members of a request. */
function checkClaims({ tags, transitiveTagKeys, sourceIdentity }: WebIdentity): void {
  const given = {
    Tags: tags.map(({ tagKey, tagValue }) => ({ Key: tagKey, Value: tagValue })),
    TransitiveTagKeys: transitiveTagKeys,
    SourceIdentity: sourceIdentity,
  }
  try {
    decode(claims, given)
  } catch (error) {
    throw new ServiceError('InvalidIdentityTokenException', (error as Error).message)
  }
}

function webIdentityOf({ webIdentity }: Caller): WebIdentity {
  if (webIdentity === undefined) throw new Error('the caller has no web identity')
  return webIdentity
}

function callerOf(webIdentity: WebIdentity, accountId: string, region: string): Caller {
  const { host, audience, subject } = webIdentity
  const arn = oidcProviderArn(accountId, host)
  return {
    webIdentity,
    identity: {
      principal: {
        type: 'WebIdentityUser',
        accountId,
        arn,
        principalId: `${arn}:${audience}:${subject}`,
        userName: subject,
      },
      policies: [],
      boundary: undefined,
      sessionPolicies: undefined,
      tags: [],
      session: undefined,
    },
    scope: { accountId, region },
    accessKeyId: undefined,
  }
}
