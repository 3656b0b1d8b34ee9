/** A member of an object or an item of an array, by the place of its value in the text. */
export interface JsonPart {
  /** The name of a member; absent for an item. */
  readonly name?: string
  readonly from: number
  /** The index after the last character. */
  readonly to: number
}

/** A string, a mark, or anything else that is one value (RFC 8259). */
const token = /\s*("(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+)/y

/** The parts of the object or array that begins at `start` in a valid JSON text. */
export function partsOf(text: string, start: number): JsonPart[] {
  const parts: JsonPart[] = []
  let depth = 0
  let open: { name?: string; from?: number } = {}
  let end = start
  token.lastIndex = start
  for (;;) {
    const word = token.exec(text)?.[1]
    if (word === undefined) return parts
    const isClosing = word === ']' || word === '}'
    if (depth === 1) {
      const { name, from } = open
      if (isClosing || word === ',') {
        if (from !== undefined) parts.push({ ...(name !== undefined && { name }), from, to: end })
        open = {}
      } else if (word === ':') open = { name: JSON.parse(text.slice(from, end)) as string }
      else open.from ??= token.lastIndex - word.length
    }
    if (word === '[' || word === '{') depth += 1
    if (isClosing) depth -= 1
    if (depth === 0) return parts
    end = token.lastIndex
  }
}

/** The value of a member of the object that begins at `start`; undefined if the object does not have it. */
export function memberOf(text: string, start: number, name: string): JsonPart | undefined {
  return partsOf(text, start).find(part => part.name === name)
}

/** A value as text at a place of a text: on several lines, and as far from the margin as the line, if the text has lines. */
export function writtenAt(text: string, at: number, value: unknown): string {
  if (!text.includes('\n')) return JSON.stringify(value)
  const [indent = ''] = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1, at)) ?? []
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`)
}

/** A text with other characters between two places. */
export const spliced = (text: string, { from, to }: JsonPart, written: string) =>
  text.slice(0, from) + written + text.slice(to)

/** The array that begins at `start` without an item. */
export function withoutItem(text: string, start: number, index: number): string {
  const items = partsOf(text, start)
  const [before, item, after] = [items[index - 1], items[index], items[index + 1]]
  if (item === undefined) return text
  if (after !== undefined) return spliced(text, { from: item.from, to: after.from }, '')
  return spliced(text, { from: before?.to ?? item.from, to: item.to }, '')
}

/** The array that begins at `start` with a value more, which becomes the item `index`. */
export function withItem(text: string, start: number, index: number, value: unknown): string {
  const items = partsOf(text, start)
  const [before, next] = [items[index - 1], items[index]]
  if (next !== undefined) {
    const gap = separator(text, next.from)
    return spliced(text, { from: next.from, to: next.from }, `${writtenAt(text, next.from, value)},${gap}`)
  }
  if (before === undefined)
    return spliced(text, { from: start + 1, to: start + 1 }, writtenAt(text, start, value))
  const gap = separator(text, before.from)
  return spliced(text, { from: before.to, to: before.to }, `,${gap}${writtenAt(text, before.from, value)}`)
}

/** The white space before an item: that between two items. */
function separator(text: string, at: number): string {
  return /\s*$/.exec(text.slice(0, at))?.[0] ?? ''
}
