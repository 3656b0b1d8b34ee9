import type { Credentials } from './credentials.ts'

// The one file that uses sessionStorage, which ends with the tab: only if somebody asked for it at the sign-in.

const name = 'keyward.credentials'

/** Keeps credentials until the tab closes. */
export function keep(credentials: Credentials): void {
  sessionStorage.setItem(name, JSON.stringify(credentials))
}

/** The credentials that this tab keeps; undefined if it keeps none. */
export function kept(): Credentials | undefined {
  try {
    const text = sessionStorage.getItem(name)
    return text === null ? undefined : (JSON.parse(text) as Credentials)
  } catch {
    return undefined
  }
}

export function forget(): void {
  sessionStorage.removeItem(name)
}
