import type { Credentials } from './credentials.ts'

// The one file that uses sessionStorage, which ends with the tab. Credentials are there only if somebody asked for it at the sign-in, and
// a sign-in with an identity provider until it is redeemed.

const name = 'keyward.credentials'
const pendingName = 'keyward.sign-in'

/** The credentials of a tab. */
export interface Kept {
  readonly credentials: Credentials
  /** The credentials to which somebody can switch back from a role. */
  readonly before?: Credentials | undefined
}

/** Keeps credentials until the tab closes. */
export function keep(kept: Kept): void {
  sessionStorage.setItem(name, JSON.stringify(kept))
}

/** The credentials that this tab keeps; undefined if it keeps none. */
export function kept(): Kept | undefined {
  return read<Kept>(name)
}

export function forget(): void {
  sessionStorage.removeItem(name)
}

/** A sign-in that an identity provider will return from. */
export interface PendingSignIn {
  /** The random text that the provider returns, so that nobody can bring a person an answer of a different sign-in. */
  readonly state: string
  /** The secret of PKCE (RFC 7636). */
  readonly verifier: string
  /** The random text that the ID token must have. */
  readonly nonce: string
  readonly issuer: string
  readonly role: string
  readonly keeps: boolean
  /** The fragment of the address at which the person was. */
  readonly place: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/** Keeps a sign-in until the identity provider returns. */
export function keepPending(pending: PendingSignIn): void {
  sessionStorage.setItem(pendingName, JSON.stringify(pending))
}

/** The sign-in that was waiting. It is forgotten, because it can be redeemed once. */
export function takePending(): PendingSignIn | undefined {
  const pending = read<PendingSignIn>(pendingName)
  sessionStorage.removeItem(pendingName)
  return pending
}

function read<T>(item: string): T | undefined {
  try {
    const text = sessionStorage.getItem(item)
    return text === null ? undefined : (JSON.parse(text) as T)
  } catch {
    return undefined
  }
}
