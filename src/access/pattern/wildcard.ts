import { compileSearch, fitsAt } from './segment-search.ts'
import { anyCharacters, oneCharacter } from './wildcard-codes.ts'

/** Whether a value matches a pattern that was compiled once. */
export type Matcher = (value: string) => boolean

/** A text with wildcards: for each place the code of a character, or a wildcard (see wildcard-codes.ts). */
export type Pattern = readonly number[]

/** Reads policy wildcards: `*` for any characters or none, `?` for exactly one (IAM user guide, "Policy element reference"). */
export function parsePattern(text: string): Pattern {
  return Array.from({ length: text.length }, (_, i) => {
    const code = text.charCodeAt(i)
    return code === 0x2a ? anyCharacters : code === 0x3f ? oneCharacter : code
  })
}

/** A pattern without wildcards: `*` and `?` match only themselves. */
export function literalPattern(text: string): Pattern {
  return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
}

export function compileWildcard(text: string): Matcher {
  return compilePattern(parsePattern(text))
}

export function compilePattern(pattern: Pattern): Matcher {
  const firstWildcard = pattern.findIndex(code => code < 0)
  if (firstWildcard < 0) {
    const text = textOf(pattern)
    return value => value === text
  }
  if (firstWildcard === pattern.length - 1 && pattern[firstWildcard] === anyCharacters) {
    if (firstWildcard === 0) return () => true
    const prefix = textOf(pattern.slice(0, -1))
    return value => value.startsWith(prefix)
  }
  return compileSegments(pattern)
}

function textOf(pattern: Pattern): string {
  return pattern.map(code => String.fromCharCode(code)).join('')
}

export function matchPattern(pattern: Pattern, value: string): boolean {
  return compilePattern(pattern)(value)
}

/**
 * The part before the first star must begin the value, and the part after the last star must end it. The parts in between are
 * searched for one after another, each at the earliest place that fits. No choice is ever revised, so the time grows in
 * proportion to the value and not to a power of it.
 */
function compileSegments(pattern: Pattern): Matcher {
  const segments: number[][] = [[]]
  for (const code of pattern) {
    if (code === anyCharacters) segments.push([])
    else segments.at(-1)?.push(code)
  }
  const [first = [], ...others] = segments
  const last = others.pop()
  if (last === undefined) return value => value.length === first.length && fitsAt(first, value, 0)
  const between = others
    .filter(segment => segment.length > 0)
    .map(segment => ({ length: segment.length, find: compileSearch(segment) }))
  const lengthMin = segments.reduce((sum, segment) => sum + segment.length, 0)
  return value => {
    const end = value.length - last.length
    if (value.length < lengthMin || !fitsAt(first, value, 0) || !fitsAt(last, value, end)) return false
    let at = first.length
    for (const { length, find } of between) {
      const found = find(value, at, end)
      if (found < 0) return false
      at = found + length
    }
    return true
  }
}
