/** A place in a text, from 1; a column is that of what comes next. */
export interface TextPosition {
  readonly Line: number
  readonly Column: number
}

export interface StatementPosition {
  readonly StartPosition: TextPosition
  readonly EndPosition: TextPosition
}

/**
 * Where the statements of a policy stand in its text, as IAM tells it (recorded from AWS): each from the end of what was read
 * before it, which is the bracket that opens them all or the statement before, to its own end. `text` is JSON.
 */
export function statementPositions(text: string): StatementPosition[] {
  const positionOf = positionsIn(text)
  const found: StatementPosition[] = []
  let depth = 0
  let isNext = false
  /** How deep a statement's own brackets are, once statements have begun. */
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

/** Of places that come in order, so that the text is gone through once, however many lines and statements it has. */
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
