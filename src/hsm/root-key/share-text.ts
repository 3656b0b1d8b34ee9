import { sha256Hex } from '../../std/index.ts'
import { RootKeyProblem } from './problem.ts'
import { decodeSecret, encodeSecret } from './secret-text.ts'

/** A share of the key that wraps the root key, as an operator has it. */
export interface Share {
  /** 16 hex digits that all shares of one split have. */
  readonly quorum: string
  readonly threshold: number
  readonly total: number
  /** From 1 to `total`. */
  readonly number: number
  /** 33 bytes: a byte of a polynomial for each byte of the key, and where they were taken. The reader wipes them. */
  readonly bytes: Buffer
}

/** A share has a byte for each byte of the key that is split, and its coordinate. */
export const shareSizeBytes = 33
const bytesLength = 44
const checkLength = 8
const textSizeMax = 256
const headPattern = /^keyward-share-v1:([0-9a-f]{16}):(\d{1,3})-of-(\d{1,3}):(\d{1,3}):$/

/**
 * Writes a share as one line: `keyward-share-v1:QUORUM:THRESHOLD-of-TOTAL:NUMBER:BYTES:CHECK`, with the bytes in base64url and
 * 8 hex digits of SHA-256 of all before, which show typing errors.
 */
export function renderShare({ quorum, threshold, total, number, bytes }: Share): string {
  const head = Buffer.from(`keyward-share-v1:${quorum}:${threshold}-of-${total}:${number}:`)
  const digits = encodeSecret(bytes, 'base64url')
  const text = Buffer.concat([head, digits])
  const line = `${text.toString('latin1')}:${checkOf(text)}`
  for (const secret of [digits, text]) secret.fill(0)
  return line
}

/** Reads the line of a share; white space around it does not matter. Throws RootKeyProblem. The caller wipes the text. */
export function parseShare(line: Buffer): Share {
  const text = trimmed(line)
  const end = text.length - checkLength - 1
  const head = headPattern.exec(text.subarray(0, Math.max(end - bytesLength, 0)).toString('latin1'))
  if (text.length > textSizeMax || head === null || text[end] !== 0x3a) throw unreadable
  const isRight = text.subarray(end + 1).toString('latin1') === checkOf(text.subarray(0, end))
  if (!isRight) throw mistyped
  const bytes = decodeSecret(text.subarray(end - bytesLength, end), shareSizeBytes, 'base64url')
  if (bytes === undefined) throw unreadable
  const [, quorum = '', threshold, total, number] = head
  return { quorum, threshold: Number(threshold), total: Number(total), number: Number(number), bytes }
}

/** Returns the part of a line that is not white space at its begin or end. It is a view: no copy has to be wiped. */
export function trimmed(line: Buffer): Buffer {
  let [start, end] = [0, line.length]
  while (start < end && isSpace(line[start])) start++
  while (end > start && isSpace(line[end - 1])) end--
  return line.subarray(start, end)
}

const isSpace = (byte: number | undefined) => byte === 0x20 || (byte !== undefined && byte >= 9 && byte <= 13)

const checkOf = (text: Buffer) => sha256Hex(text).slice(0, checkLength)

const unreadable = new RootKeyProblem(
  'UnreadableShare',
  'This is not a share: it must be a line that begins with keyward-share-v1: and has six parts.',
)
const mistyped = new RootKeyProblem(
  'UnreadableShare',
  'The share has a typing error: its last part, which checks the others, does not fit. It was not counted.',
)
