import { sts } from '../wire/sts.ts'
import type { Credentials } from './credentials.ts'
import { beginSession } from './session.ts'
import { forget, keep, kept } from './stored.ts'

/** Signs in: the server says whose credentials these are. Throws ApiError. */
export async function signIn(
  credentials: Credentials,
  { keeps }: { readonly keeps: boolean },
): Promise<void> {
  const { Account: accountId = '', Arn: arn = '' } = await sts.getCallerIdentity({}, { credentials })
  if (keeps) keep(credentials)
  else forget()
  beginSession({ credentials, accountId, arn })
}

/** Signs in with the credentials that this tab was asked to keep, if there are any. */
export async function resume(): Promise<void> {
  const credentials = kept()
  if (credentials === undefined) return
  try {
    await signIn(credentials, { keeps: true })
  } catch {
    forget()
  }
}
