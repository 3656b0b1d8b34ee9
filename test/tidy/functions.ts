/** A function that is longer than it should be. */
export interface LongFunction {
  readonly line: number
  readonly lines: number
  readonly head: string
}

// Biome formats the code, so a function ends at the first line that closes at the indentation of its head.
const isHead = (line: string) =>
  line.endsWith('{') &&
  (/=> \{$/.test(line) ||
    /\bfunction\b/.test(line) ||
    /^\s*\)(?:: .*)? \{$/.test(line) ||
    /^\s*(?:async |static |get |set |override |private )*#?[\w$]+(?:<.*>)?\(.*\{$/.test(line)) &&
  !/^\s*\}? ?(?:if|for|while|switch|catch|else)\b/.test(line)

/** A suite is a list of tests, not a function. */
const isSuite = (line: string) => /\b(?:describe|holdEveryDatabase)\(/.test(line)

/** The functions of a source text with more lines than `linesMax`. */
export function longFunctions(text: string, linesMax: number): LongFunction[] {
  const lines = text.split('\n')
  return lines.flatMap((head, index) => {
    if (!isHead(head) || isSuite(head)) return []
    const indentation = /^\s*/.exec(head)?.[0] ?? ''
    const end = lines.findIndex((line, at) => at > index && line.startsWith(`${indentation}}`))
    const count = end - index + 1
    return count > linesMax ? [{ line: index + 1, lines: count, head: head.trim() }] : []
  })
}
