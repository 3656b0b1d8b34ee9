import type { Principal } from '../../../domain/index.ts'
import type { SessionOwner } from '../../../identity/index.ts'
import { nothing } from '../../../operation/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkLongTerm, checkNoMfa } from '../wire/caller-limits.ts'
import { longTermSessionSeconds } from '../wire/session-seconds.ts'
import * as shapes from '../wire/shapes.ts'
import { accessDenied, credentialsOutput, endOfSession } from './role-session.ts'

const output = structure({ Credentials: required(shapes.credentials) })

/**
 * Returns temporary credentials for the calling user or root user. It needs no permission, and no policy can deny it.
 */
export const GetSessionToken = operation({
  name: 'GetSessionToken',
  effect: 'read',
  // As in CloudTrail (recorded from AWS), although it changes nothing.
  record: { isReadOnly: false },
  input: structure({
    DurationSeconds: shapes.durationSeconds,
    SerialNumber: shapes.serialNumber,
    TokenCode: shapes.tokenCode,
  }),
  output,
  touches: nothing,
  disclose: answer => ({ responseElements: output.disclose(answer) ?? null }),
  async handle({ input, caller, sessions, store, now }) {
    await checkLongTerm(caller, 'GetSessionToken', store)
    checkNoMfa(input)
    const { principal } = caller.identity
    const expiresAt = endOfSession(now, longTermSessionSeconds(input.DurationSeconds, principal))
    const credentials = sessions.issue({
      policy: undefined,
      policyArns: [],
      tags: [],
      accountId: principal.accountId,
      owner: ownerOf(principal),
      issuedAt: now,
      expiresAt,
      isMfaAuthenticated: false,
      transitiveTagKeys: [],
      sourceIdentity: undefined,
      federatedProvider: undefined,
    })
    return { Credentials: credentialsOutput(credentials, expiresAt) }
  },
})

function ownerOf(principal: Principal): SessionOwner {
  if (principal.type === 'Root') return { type: 'Root' }
  if (principal.type === 'IAMUser') {
    return { type: 'IAMUser', userName: principal.userName, userId: principal.principalId }
  }
  throw accessDenied(
    'Cannot call GetSessionToken with these credentials',
    `the caller is a ${principal.type}`,
  )
}
