import type { Steps } from '../budget/step-budget.ts'
import { compilePattern, type Matcher, type Pattern } from './wildcard.ts'
import { anyCharacters, oneCharacter } from './wildcard-codes.ts'

const colon = 0x3a

/** Whether a text that the pattern matches can begin with `arn:`, in upper or lower case. */
export function canBeArn(pattern: Pattern): boolean {
  for (const [index, character] of [...'arn:'].entries()) {
    const code = pattern[index]
    if (code === anyCharacters) return true
    if (code === undefined) return false
    if (code !== oneCharacter && String.fromCharCode(code).toLowerCase() !== character) return false
  }
  return true
}

/**
 * Matches each of the six parts of an ARN by itself, so that no wildcard reaches into the next part (IAM user guide, "ARN
 * condition operators"). Undefined for a pattern with fewer parts.
 */
export function compileArnPattern(pattern: Pattern): Matcher | undefined {
  const parts: Matcher[] = []
  let start = 0
  for (let i = 0; i < pattern.length && parts.length < 5; i++) {
    if (pattern[i] !== colon) continue
    parts.push(compilePattern(pattern.slice(start, i)))
    start = i + 1
  }
  if (parts.length < 5) return undefined
  const matchesResource = compilePattern(pattern.slice(start))
  return (arn, steps) => matchParts(parts, matchesResource, arn, steps)
}

function matchParts(parts: readonly Matcher[], matchesResource: Matcher, arn: string, steps: Steps): boolean {
  // Looking for the colons takes much less time than comparing characters.
  steps.spend(16 + (arn.length >> 3))
  let start = 0
  for (const matches of parts) {
    const end = arn.indexOf(':', start)
    if (end < 0 || !matches(arn.slice(start, end), steps)) return false
    start = end + 1
  }
  return matchesResource(arn.slice(start), steps)
}
