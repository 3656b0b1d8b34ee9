/**
 * A text in the letters that `…IgnoreCase` compares: lower case by Unicode's rules, the final sigma among them, but for
 * characters beyond U+FFFF, which AWS leaves as they are (recorded from AWS).
 */
export function foldCase(text: string): string {
  const lower = text.toLowerCase()
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return lower
  let folded = ''
  let at = 0
  for (const character of text) {
    // What a character becomes may be longer than it is, whatever stands around it.
    const end = at + character.toLowerCase().length
    folded += character.length > 1 ? character : lower.slice(at, end)
    at = end
  }
  return folded
}
