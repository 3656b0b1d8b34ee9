import type { Json } from '../../std/index.ts'

/** The maximum length in characters of a text from outside. Longer ones are cut. */
const textLengthMax = 1024

/** A text from outside in JSON. */
export function textJson(text: string): string {
  return jsonOf(text.length > textLengthMax ? text.slice(0, textLengthMax) : text)
}

/** A value in JSON, on one line for every reader. */
export function jsonOf(value: Json): string {
  return withoutLineEnds(JSON.stringify(value))
}

/** Escapes the characters that JSON allows unescaped, but at which some readers end a line. None of them is ASCII. */
export function withoutLineEnds(json: string): string {
  const isAscii = Buffer.byteLength(json) === json.length
  return isAscii ? json : json.replaceAll(/[\u0085\u2028\u2029]/g, escapeLineEnd)
}

function escapeLineEnd(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
