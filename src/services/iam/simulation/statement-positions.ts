/** A position in a text, counted from 1; the column is that of the next character. */
export interface TextPosition {
  readonly Line: number
  readonly Column: number
}

/** The range of a statement in the text of its policy. */
export interface StatementPosition {
  readonly StartPosition: TextPosition
  readonly EndPosition: TextPosition
}

/**
 * Finds the statements of a policy in its text, with the positions that IAM reports (recorded from AWS): each statement
 * goes from the end of the previous statement, or from the bracket that opens the statements, to its own end. `text` is
 * JSON.
 */
export function statementPositions(text: string): StatementPosition[] {
  const positionOf = positionsIn(text)
  const found: StatementPosition[] = []
  let depth = 0
  let isNext = false
  /** The nesting depth of a statement's own brackets, once the statements have begun. */
  let statementDepth: number | undefined
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '"') {
      const end = endOfString(text, i)
      if (depth === 1 && /^\s*:/.test(text.slice(end + 1)))
        isNext = JSON.parse(text.slice(i, end + 1)) === 'Statement'
      i = end
    } else if (character === '{' || character === '[') {
      depth++
      if (!isNext) continue
      isNext = false
      statementDepth = character === '[' ? depth + 1 : depth
      start = i + 1
    } else if (character === '}' || character === ']') {
      if (character === '}' && depth === statementDepth) {
        found.push({ StartPosition: positionOf(start), EndPosition: positionOf(i + 1) })
        start = i + 1
      }
      depth--
      if (depth === 1) statementDepth = undefined
    }
  }
  return found
}

function endOfString(text: string, start: number): number {
  let end = start + 1
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return end
}

/** The positions must ascend, so that the text is read only once, however many lines and statements it has. */
function positionsIn(text: string): (at: number) => TextPosition {
  let [line, lineStart] = [1, 0]
  let lineEnd = text.indexOf('\n')
  return at => {
    while (lineEnd >= 0 && lineEnd < at) {
      line++
      lineStart = lineEnd + 1
      lineEnd = text.indexOf('\n', lineStart)
    }
    return { Line: line, Column: at - lineStart + 1 }
  }
}
