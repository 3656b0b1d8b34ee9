import { sts } from '../wire/sts.ts'
import { temporaryCredentials } from './credentials.ts'
import { preference, setPreference } from './preferences.ts'
import { beginSession, currentSession, type Session } from './session.ts'
import { sessionOf } from './sign-in.ts'
import { keep, kept } from './stored.ts'

const recentName = 'roles'
const recentMax = 5

/** The ARNs of the roles that somebody switched to in this browser, the latest first. */
export function recentRoles(): readonly string[] {
  return preference(recentName, isTexts, [])
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= recentMax && value.every(item => typeof item === 'string')

/** Takes on a role in place of the session, which can be switched back to. Throws ApiError. */
export async function switchRole(roleArn: string, region: string): Promise<void> {
  const from = currentSession()
  if (from === undefined) throw new Error('Nobody is signed in.')
  const base = from.before ?? from
  const { Credentials: answered } = await sts.assumeRole(
    { RoleArn: roleArn, RoleSessionName: sessionNameOf(base.arn) },
    { region, credentials: base.credentials },
  )
  const session = await sessionOf(temporaryCredentials(answered))
  setPreference(recentName, [roleArn, ...recentRoles().filter(arn => arn !== roleArn)].slice(0, recentMax))
  begin({ ...session, before: base })
}

/** Returns to the session from which somebody switched to a role. */
export function switchBack(): void {
  const before = currentSession()?.before
  if (before !== undefined) begin(before)
}

/** Begins a session. A tab that keeps its credentials keeps these. */
function begin(session: Session): void {
  if (kept() !== undefined) keep({ credentials: session.credentials, before: session.before?.credentials })
  beginSession(session)
}

/** The name of a session, so that the audit log says who took on the role (STS API reference, AssumeRole: 2 to 64 of `\w+=,.@-`). */
export function sessionNameOf(text: string): string {
  const last = text
    .slice(text.search(/[^/:]*$/))
    .replaceAll(/[^\w+=,.@-]/g, '-')
    .slice(0, 64)
  return last.length < 2 ? 'keyward-console' : last
}
