import { federatedUserArn, type Principal } from '../../../domain/index.ts'
import { packedSizePercent } from '../../../identity/index.ts'
import { requestTagConditions } from '../../../operation/index.ts'
import { integer, required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkLongTerm } from '../wire/caller-limits.ts'
import { longTermSessionSeconds } from '../wire/session-seconds.ts'
import * as shapes from '../wire/shapes.ts'
import { accessDenied, credentialsOutput, endOfSession } from './role-session.ts'
import { checkPolicyArns, joinTags, noTags, readSessionRequest } from './session-request.ts'

const output = structure({
  Credentials: required(shapes.credentials),
  FederatedUser: required(structure({ FederatedUserId: required(string()), Arn: required(string()) })),
  PackedPolicySize: required(integer()),
})

/**
 * Returns temporary credentials for a federated user, who may do only what both the policies of the calling user and
 * the session policies allow.
 */
export const GetFederationToken = operation({
  name: 'GetFederationToken',
  effect: 'read',
  // As in CloudTrail (recorded from AWS), although it changes nothing.
  record: { isReadOnly: false },
  input: structure({
    Name: required(shapes.federatedName),
    Policy: shapes.sessionPolicy,
    PolicyArns: shapes.policyDescriptors,
    DurationSeconds: shapes.durationSeconds,
    Tags: shapes.tags,
  }),
  output,
  disclose: answer => ({ responseElements: output.disclose(answer) ?? null }),
  touches: {
    session: async ({ input, caller, scope, store }) => {
      await checkLongTerm(caller, 'GetFederationToken', store)
      const given = (input.Tags ?? []).map(({ Key, Value }) => ({ tagKey: Key, tagValue: Value }))
      const { tags } = joinTags(given, [], noTags)
      const request = readSessionRequest(input, tags, scope.region)
      const requirement = {
        arn: federatedUserArn(scope.accountId, input.Name),
        conditions: () => requestTagConditions(tags),
      }
      return {
        found: request,
        resources: [
          requirement,
          ...(tags.length === 0 ? [] : [{ ...requirement, action: 'sts:TagSession' }]),
        ],
      }
    },
  },
  async handle({ input, caller: { identity }, session: request, sessions, now, store }) {
    const { principal } = identity
    const { accountId } = principal
    await checkPolicyArns(request, accountId, store)
    const expiresAt = endOfSession(now, longTermSessionSeconds(input.DurationSeconds, principal))
    const credentials = sessions.issue({
      ...request,
      accountId,
      owner: { type: 'FederatedUser', name: input.Name, user: userOf(principal) },
      issuedAt: now,
      expiresAt,
      isMfaAuthenticated: undefined,
      transitiveTagKeys: [],
      sourceIdentity: undefined,
      federatedProvider: undefined,
    })
    return {
      Credentials: credentialsOutput(credentials, expiresAt),
      FederatedUser: {
        FederatedUserId: `${accountId}:${input.Name}`,
        Arn: federatedUserArn(accountId, input.Name),
      },
      // Unlike AssumeRole, this operation always has it (recorded from AWS).
      PackedPolicySize: packedSizePercent(request),
    }
  },
})

function userOf(principal: Principal): { userName: string; userId: string } | undefined {
  if (principal.type === 'Root') return undefined
  if (principal.type === 'IAMUser') return { userName: principal.userName, userId: principal.principalId }
  throw accessDenied(
    'Cannot call GetFederationToken with these credentials',
    `the caller is a ${principal.type}`,
  )
}
