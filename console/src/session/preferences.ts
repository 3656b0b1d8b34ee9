// The one file that uses localStorage, for choices that are no secret: columns, page sizes, the theme.

const name = 'keyward.preferences'

function readAll(): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(name) ?? '{}')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** A choice that this browser keeps, if it is still one of the known: what is stored may be of another version. */
export function preference<T>(key: string, isKnown: (value: unknown) => value is T, fallback: T): T {
  const value = readAll()[key]
  return isKnown(value) ? value : fallback
}

/** Keeps a choice. A browser that keeps nothing is no error. */
export function setPreference(key: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify({ ...readAll(), [key]: value }))
  } catch {
    // The choice lasts as long as the page.
  }
}
