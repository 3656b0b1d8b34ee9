import { type Steps, uncounted } from '../budget/step-budget.ts'

/** The steps of a character when characters must be folded one by one. */
const perCharacter = 64

/**
 * The form of a text that the `…IgnoreCase` operators compare: lower case by Unicode's rules, including the final sigma.
 * Characters beyond U+FFFF stay as they are (recorded from AWS).
 */
export function foldCase(text: string, steps: Steps = uncounted): string {
  steps.spend(8 * text.length)
  const lower = text.toLowerCase()
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return lower
  steps.spend(perCharacter * text.length)
  let folded = ''
  let at = 0
  for (const character of text) {
    // A character may get longer in lower case. Its new length does not depend on the characters around it.
    const end = at + character.toLowerCase().length
    folded += character.length > 1 ? character : lower.slice(at, end)
    at = end
  }
  return folded
}
