import { encodeUriPart } from '../../std/index.ts'

const none: readonly QueryParameter[] = []

/** A decoded parameter of a query string. */
export interface QueryParameter {
  readonly name: string
  readonly value: string
}

/**
 * Decodes a query string; returns undefined if its percent-encoding is broken. A plus sign stays a plus sign: SigV4 has
 * no form encoding.
 */
export function readQuery(query: string): readonly QueryParameter[] | undefined {
  if (query === '') return none
  try {
    return query
      .split('&')
      .filter(part => part !== '')
      .map(part => {
        const equals = part.indexOf('=')
        const [name, value] = equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)]
        return { name: decodeURIComponent(name), value: decodeURIComponent(value) }
      })
  } catch {
    return undefined
  }
}

/**
 * Returns the canonical query string: encoded as in RFC 3986, sorted by name and then by value, in code-point order.
 */
export function canonicalQuery(parameters: readonly QueryParameter[]): string {
  if (parameters.length === 0) return ''
  return parameters
    .map(({ name, value }) => [encodeUriPart(name), encodeUriPart(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
