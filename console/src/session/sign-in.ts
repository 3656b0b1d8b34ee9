import { sts } from '../wire/sts.ts'
import type { Credentials } from './credentials.ts'
import { beginSession, type Session } from './session.ts'
import { forget, keep, kept } from './stored.ts'

/** Signs in: the server says whose credentials these are. Throws ApiError. */
export async function signIn(
  credentials: Credentials,
  { keeps }: { readonly keeps: boolean },
): Promise<void> {
  const session = await sessionOf(credentials)
  if (keeps) keep({ credentials })
  else forget()
  beginSession(session)
}

/** The session of credentials. Throws ApiError if the server does not take them. */
export async function sessionOf(credentials: Credentials): Promise<Session> {
  const { Account: accountId = '', Arn: arn = '' } = await sts.getCallerIdentity({}, { credentials })
  return { credentials, accountId, arn }
}

/** Signs in with the credentials that this tab was asked to keep, if there are any. */
export async function resume(): Promise<void> {
  const stored = kept()
  if (stored === undefined) return
  try {
    const before = stored.before === undefined ? undefined : await sessionOf(stored.before)
    beginSession({ ...(await sessionOf(stored.credentials)), before })
  } catch {
    forget()
  }
}
