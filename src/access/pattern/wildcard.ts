import { type Steps, uncounted } from '../budget/step-budget.ts'
import { compileSearch, fitsAt } from './segment-search.ts'
import { anyCharacters, oneCharacter } from './wildcard-codes.ts'

/** Whether a value matches a pattern that was compiled once. It counts its steps: they grow with the value, never faster. */
export type Matcher = (value: string, steps: Steps) => boolean

/** A text with wildcards: for each place the code of a character, or a wildcard (see wildcard-codes.ts). */
export type Pattern = readonly number[]

/** The steps of calling a matcher. */
const perCall = 4
/** The steps of searching for a part between two stars, besides those for the characters of the value. */
const perSearch = 16

/** The steps of looking at a character in these searches. */
const perScanned = 2

/** Comparing texts as a whole takes less time than comparing one character after another, and most differ early. */
const stepsToCompare = (length: number) => perCall + (length >> 2)

/** Reads policy wildcards: `*` for any characters or none, `?` for exactly one (IAM user guide, "Policy element reference"). */
export function parsePattern(text: string): Pattern {
  const pattern = literalCodes(text)
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === 0x2a) pattern[i] = anyCharacters
    else if (pattern[i] === 0x3f) pattern[i] = oneCharacter
  }
  return pattern
}

/** A pattern without wildcards: `*` and `?` match only themselves. */
export function literalPattern(text: string): Pattern {
  return literalCodes(text)
}

function literalCodes(text: string): number[] {
  const codes: number[] = []
  for (let i = 0; i < text.length; i++) codes.push(text.charCodeAt(i))
  return codes
}

/** A matcher for checks of a policy, which are no decisions: nothing counts its steps. */
export function compileWildcard(text: string): (value: string) => boolean {
  const matches = compileText(text)
  return value => matches(value, uncounted)
}

/** Compiles a text with wildcards in which `\` makes the next character literal, and is literal itself at the end. */
export function compileEscapedWildcard(text: string): Matcher {
  const pattern: number[] = []
  let isLiteral = false
  for (const [i, code] of parsePattern(text).entries()) {
    const isEscape: boolean = !isLiteral && code === backslash && i < text.length - 1
    if (!isEscape) pattern.push(isLiteral ? text.charCodeAt(i) : code)
    isLiteral = isEscape
  }
  return compilePattern(pattern)
}

const backslash = 0x5c

/** Compiles a text with wildcards. */
export function compileText(text: string): Matcher {
  if (firstWildcard(text) < 0) return compileLiteral(text)
  if (isPrefix(text)) return compilePrefix(text.slice(0, -1))
  return compileAtFirstUse(() => compileSegments(parsePattern(text)))
}

/** A document can have thousands of patterns of which no request reaches any, so each waits for its first use. */
function compileAtFirstUse(compile: () => Matcher): Matcher {
  let compiled: Matcher | undefined
  return (value, steps) => {
    compiled ??= compile()
    return compiled(value, steps)
  }
}

export function compilePattern(pattern: Pattern): Matcher {
  const first = pattern.findIndex(code => code < 0)
  if (first < 0) return compileLiteral(textOf(pattern))
  if (first === pattern.length - 1 && pattern[first] === anyCharacters)
    return compilePrefix(textOf(pattern.slice(0, -1)))
  return compileSegments(pattern)
}

function compileLiteral(text: string): Matcher {
  const cost = stepsToCompare(text.length)
  return (value, steps) => {
    const isAsLong = value.length === text.length
    steps.spend(isAsLong ? cost : perCall)
    return isAsLong && value === text
  }
}

function compilePrefix(prefix: string): Matcher {
  if (prefix === '') return () => true
  const cost = stepsToCompare(prefix.length)
  return (value, steps) => {
    const isLongEnough = value.length >= prefix.length
    steps.spend(isLongEnough ? cost : perCall)
    return isLongEnough && value.startsWith(prefix)
  }
}

/** Above this number of texts without wildcards, a set finds them faster than a loop. */
const loopedMax = 4

/**
 * Compiles texts with wildcards, of which any may match. Texts without wildcards are looked up together, so that a value costs
 * the same however many of them there are. The steps of what does not depend on the value are counted at once.
 */
export function compileAny(texts: readonly string[]): Matcher {
  const [only] = texts
  if (only !== undefined && texts.length === 1) return compileText(only)
  if (texts.includes('*')) return () => true
  const literals = texts.filter(text => firstWildcard(text) < 0)
  const prefixes = texts.filter(isPrefix).map(text => text.slice(0, -1))
  const others = texts.filter(text => firstWildcard(text) >= 0 && !isPrefix(text)).map(compileText)
  const known = literals.length > loopedMax ? new Set(literals) : undefined
  const looped = known === undefined ? literals : []
  const cost = [...looped, ...prefixes].reduce((sum, { length }) => sum + stepsToCompare(length), perCall)
  return (value, steps) => {
    steps.spend(known === undefined ? cost : cost + value.length)
    if (known?.has(value)) return true
    for (const text of looped) if (value === text) return true
    for (const prefix of prefixes) if (value.startsWith(prefix)) return true
    for (const matches of others) if (matches(value, steps)) return true
    return false
  }
}

function firstWildcard(text: string): number {
  return text.search(/[*?]/)
}

function isPrefix(text: string): boolean {
  return text.endsWith('*') && firstWildcard(text) === text.length - 1
}

function textOf(pattern: Pattern): string {
  let text = ''
  for (const code of pattern) text += String.fromCharCode(code)
  return text
}

/**
 * The part before the first star must begin the value, and the part after the last star must end it. The parts in between are
 * searched for one after another, each at the earliest place that fits. No choice is ever revised, and each search is linear, so
 * the time grows in proportion to the value and not to a power of it.
 */
function compileSegments(pattern: Pattern): Matcher {
  const segments: number[][] = [[]]
  for (const code of pattern) {
    if (code === anyCharacters) segments.push([])
    else segments.at(-1)?.push(code)
  }
  const [first = [], ...others] = segments
  const last = others.pop()
  const edgeCost = perCall + first.length + (last?.length ?? 0)
  if (last === undefined) {
    return (value, steps) => {
      if (value.length !== first.length) return false
      steps.spend(edgeCost)
      return fitsAt(first, value, 0)
    }
  }
  const between = others
    .filter(segment => segment.length > 0)
    .map(segment => ({ length: segment.length, find: compileSearch(segment) }))
  const lengthMin = segments.reduce((sum, segment) => sum + segment.length, 0)
  const [begins, ends] = [compileEdge(first), compileEdge(last)]
  return (value, steps) => {
    const end = value.length - last.length
    steps.spend(perCall)
    if (value.length < lengthMin || !begins(value, 0, steps) || !ends(value, end, steps)) return false
    // All searches together look at each character once, except for what they count themselves.
    if (between.length > 0) steps.spend(perSearch * between.length + perScanned * (end - first.length))
    let at = first.length
    for (const { length, find } of between) {
      const found = find(value, at, end, steps)
      if (found < 0) return false
      at = found + length
    }
    return true
  }
}

/** Compiles the test of whether a segment fits at a place. */
function compileEdge(segment: readonly number[]): (value: string, at: number, steps: Steps) => boolean {
  if (segment.length === 0) return () => true
  if (segment.includes(oneCharacter)) {
    return (value, at, steps) => {
      steps.spend(segment.length)
      return fitsAt(segment, value, at)
    }
  }
  const text = textOf(segment)
  const cost = stepsToCompare(text.length)
  return (value, at, steps) => {
    steps.spend(cost)
    return value.startsWith(text, at)
  }
}
