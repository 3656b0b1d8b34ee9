import type { Credentials } from './credentials.ts'
import { forget } from './stored.ts'

/** Somebody who is signed in. The secret is in the credentials and nowhere else. */
export interface Session {
  readonly credentials: Credentials
  readonly accountId: string
  /** The ARN that `GetCallerIdentity` answered. */
  readonly arn: string
  /** The session to which somebody can switch back from a role. */
  readonly before?: Session | undefined
}

/** Why nobody is signed in any more. */
export type SignOutReason = 'asked' | 'idle'

let session: Session | undefined
let isOver = false
let signedOut: SignOutReason | undefined
const listeners = new Set<() => void>()
const cleaners = new Set<() => void>()

function changed(): void {
  for (const listener of listeners) listener()
}

/** The session of this tab; undefined if nobody is signed in. */
export function currentSession(): Session | undefined {
  return session
}

/** Whether the server no longer takes the credentials of the session. The page stays, so that nothing typed is lost. */
export function isSessionOver(): boolean {
  return isOver
}

/** Why the last session ended; undefined if none did. */
export function signOutReason(): SignOutReason | undefined {
  return signedOut
}

/** Calls `listener` after each change, until the answer is called. Shaped for `useSyncExternalStore`. */
export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Calls `clean` whenever somebody signs out or somebody else signs in, so that nothing read for one is shown to another. */
export function onSignOut(clean: () => void): void {
  cleaners.add(clean)
}

/** Begins a session in place of the one before. */
export function beginSession(next: Session): void {
  if (session !== undefined && session.arn !== next.arn) for (const clean of cleaners) clean()
  session = next
  isOver = false
  signedOut = undefined
  changed()
}

/** Forgets the credentials and everything that was read with them. */
export function signOut(reason: SignOutReason): void {
  session = undefined
  isOver = false
  signedOut = reason
  forget()
  for (const clean of cleaners) clean()
  changed()
}

/** Called when the server refuses the credentials of the session. */
export function markSessionOver(): void {
  if (session === undefined || isOver) return
  isOver = true
  changed()
}
