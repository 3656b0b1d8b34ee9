import { parseJson } from '../../std/index.ts'
/**
 * The chain up to a block: `C(0)` is 32 zero bytes, `H(k)` is SHA-256 over the bytes of block k, and `C(k)` is SHA-256 over
 * `C(k-1)` and `H(k)`.
 */
export interface SealedChain {
  /** The last block that the chain covers. */
  readonly sealed: number
  /** `C(sealed)`, as 64 lower-case hex digits. */
  readonly chain: string
  /** The number of records in the blocks that the chain covers. */
  readonly records: number
}

/**
 * The first line of a block: an object without `eventName`, which no audit record lacks. The block goes on to the next such
 * line. The chain is one block behind, or some: no call waits for a digest.
 */
export interface BlockLine extends SealedChain {
  /** The log, as a UUID. */
  readonly stream: string
  readonly block: number
  readonly time: string
  /** The number of the last signed head before this line. */
  readonly head: number
}

/** The chain before the first block. */
export const emptyChain: SealedChain = { sealed: 0, chain: '0'.repeat(64), records: 0 }

/** The beginning of a block's line. */
export const blockMarker = '{"auditBlock":'

/** Returns the line of a block. */
export function renderBlock({ stream, block, time, sealed, chain, records, head }: BlockLine): string {
  return JSON.stringify({ auditBlock: { stream, block, time, sealed, chain, records, head } })
}

/** Reads the line of a block; undefined for any other text. */
export function parseBlock(text: string): BlockLine | undefined {
  const line = parseMember(text, 'auditBlock')
  if (line === undefined) return undefined
  const { stream, block, time, sealed, chain, records, head } = line
  const isWhole =
    typeof stream === 'string' &&
    typeof time === 'string' &&
    isDigest(chain) &&
    [block, sealed, records, head].every(isCount)
  return isWhole ? (line as unknown as BlockLine) : undefined
}

/** Returns the object that is the one member of a line; undefined for any other text. */
export function parseMember(text: string, name: string): Record<string, unknown> | undefined {
  if (!text.startsWith(`{"${name}":`)) return undefined
  try {
    const value = (parseJson(text) as Record<string, unknown>)[name]
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Whether a value is a number of things. */
export const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

/** Whether a value is a SHA-256 in lower-case hex. */
export const isDigest = (value: unknown) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
