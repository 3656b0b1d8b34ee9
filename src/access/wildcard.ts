/** Whether a value matches a pattern that was compiled once. */
export type Matcher = (value: string) => boolean

/**
 * Policy wildcards: `*` for any characters, `?` for exactly one (IAM user guide, "Policy element reference"). Matching
 * takes time linear in the value for each `*`, whatever the pattern: no backtracking over earlier stars.
 */
export function compileWildcard(pattern: string): Matcher {
  if (pattern === '*') return () => true
  if (!/[*?]/.test(pattern)) return value => value === pattern
  if (/^[^*?]*\*$/.test(pattern)) {
    const prefix = pattern.slice(0, -1)
    return value => value.startsWith(prefix)
  }
  return value => matchWildcard(pattern, value)
}

function matchWildcard(pattern: string, value: string): boolean {
  let p = 0
  let v = 0
  let star = -1
  let starValue = 0
  while (v < value.length) {
    const wanted = pattern[p]
    if (wanted === '*') {
      star = p++
      starValue = v
    } else if (wanted !== undefined && (wanted === '?' || wanted === value[v])) {
      p++
      v++
    } else if (star >= 0) {
      // Only the last star can take more: an earlier one taking more would leave it no better off.
      p = star + 1
      v = ++starValue
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
