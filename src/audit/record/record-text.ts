import type { Json } from '../../std/index.ts'

/** The limits of CloudTrail's records in bytes (CloudTrail user guide, "CloudTrail record contents"). */
export const limits = {
  /** Of a text from outside. Longer ones are cut. */
  text: 1024,
  /** Of request parameters, response elements and the details of a service event. Larger ones are left out. */
  member: 100 * 1024,
  additionalEventData: 28 * 1024,
  record: 256 * 1024,
} as const

/** A text from outside in JSON, cut at a whole character. */
export function textJson(text: string, max: number = limits.text): string {
  return jsonOf(cutText(text, max))
}

/** A text of at most so many bytes in UTF-8. */
export function cutText(text: string, max: number = limits.text): string {
  // A unit of the text has three bytes at most, so the texts of nearly all requests need no count.
  if (text.length * 3 <= max || Buffer.byteLength(text) <= max) return text
  const bytes = Buffer.from(text.slice(0, max))
  let end = max
  while (isContinuation(bytes[end])) end--
  return bytes.toString('utf8', 0, end)
}

/** Whether a byte continues a character of UTF-8. */
const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80

/** A member of a record in JSON; what CloudTrail has in its place if it is too large. */
export function memberJson(name: string, value: Json, max: number = limits.member): string {
  const json = JSON.stringify(value)
  const size = Buffer.byteLength(json)
  if (size > max) return JSON.stringify(omitted(name, size))
  return size === json.length ? json : escapeLineEnds(json)
}

/** A member of a record; what CloudTrail has in its place if it is too large. */
export function within(name: string, value: Json): Json {
  const size = Buffer.byteLength(JSON.stringify(value))
  return size > limits.member ? omitted(name, size) : value
}

/** The value in the place of a member that is too large. */
export function omitted(name: string, originalSize: number): Json {
  return { omitted: true, originalSize, reason: `${name} too large` }
}

/** A value in JSON, on one line for every reader. */
export function jsonOf(value: Json): string {
  const json = JSON.stringify(value)
  return Buffer.byteLength(json) === json.length ? json : escapeLineEnds(json)
}

/** Escapes the characters that JSON allows unescaped, but at which some readers end a line. None of them is ASCII. */
function escapeLineEnds(json: string): string {
  return json.replaceAll(/[\u0085\u2028\u2029]/g, escapeLineEnd)
}

function escapeLineEnd(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
