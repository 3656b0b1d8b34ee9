import type { Credentials } from './credentials.ts'

/** Somebody who is signed in. The secret is in the credentials and nowhere else. */
export interface Session {
  readonly credentials: Credentials
  readonly accountId: string
  /** The ARN that `GetCallerIdentity` answered. */
  readonly arn: string
}

let session: Session | undefined
const listeners = new Set<() => void>()

/** The session of this tab, undefined while nobody is signed in. */
export function currentSession(): Session | undefined {
  return session
}

export function setSession(next: Session | undefined): void {
  session = next
  for (const listener of listeners) listener()
}

/** Calls `listener` after each change; the answer ends that. Shaped for `useSyncExternalStore`. */
export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
