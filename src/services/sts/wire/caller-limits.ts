import type { Identity } from '../../../domain/index.ts'
import type { Caller } from '../../../operation/index.ts'
import type { Reader } from '../../../store/index.ts'
import { accessDenied } from '../sessions/role-session.ts'

/**
 * Refuses operations that sessions may not call (AWS STS API reference, "GetSessionToken", "GetFederationToken",
 * "AssumeRoleWithWebIdentity"; IAM user guide, "Compare AWS STS credentials"). Throws AccessDeniedException.
 */
export function checkCaller({ principal, session }: Identity, operation: string): void {
  if (session === undefined) return
  const isOfRole = principal.type === 'AssumedRole'
  if (isOfRole && operation !== 'GetSessionToken' && operation !== 'GetFederationToken') return
  const isOfUser = principal.type === 'IAMUser' || principal.type === 'Root'
  if (isOfUser && operation === 'AssumeRole') return
  throw accessDenied(`Cannot call ${operation} with session credentials`, `a session of ${principal.arn}`)
}

/**
 * Requires long-term credentials, as these operations do in AWS: with a temporary key of the seed file, the new session
 * could outlive the key. Throws AccessDeniedException.
 */
export async function checkLongTerm(caller: Caller, operation: string, store: Reader) {
  checkCaller(caller.identity, operation)
  if (!(await isTemporaryKey(caller, store))) return
  throw accessDenied(`Cannot call ${operation} with session credentials`, 'a temporary access key')
}

/**
 * Whether the caller has temporary credentials: a session of a role, a session of a user, or a temporary key of the seed
 * file. AWS limits sessions that such a caller starts, as role chaining (recorded from AWS for sessions of roles and for
 * GetSessionToken).
 */
export async function isTemporary(caller: Caller, store: Reader): Promise<boolean> {
  return caller.identity.session !== undefined || (await isTemporaryKey(caller, store))
}

async function isTemporaryKey({ accessKeyId }: Caller, store: Reader): Promise<boolean> {
  const stored = accessKeyId === undefined ? undefined : await store.accessKeys.find(accessKeyId)
  return stored?.sessionTokenDigest !== undefined
}

/** There are no MFA devices, so no code can be right. Throws AccessDeniedException. */
export function checkNoMfa(input: {
  readonly SerialNumber?: string | undefined
  readonly TokenCode?: string | undefined
}): void {
  if (input.SerialNumber === undefined && input.TokenCode === undefined) return
  throw accessDenied(
    'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
    'no user has a device for multi-factor authentication',
  )
}
