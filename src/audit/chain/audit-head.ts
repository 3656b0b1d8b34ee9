import { isCount, isDigest, parseMember } from './block-line.ts'

/** A signed head of the chain: the history up to its block cannot change without a change of `chain`. */
export interface AuditHead {
  readonly stream: string
  /** Heads are numbered from 1, so that a missing one shows. */
  readonly head: number
  readonly block: number
  /** The chain up to the block, as 64 lower-case hex digits. */
  readonly chain: string
  /** The number of records in the blocks up to this one. */
  readonly records: number
  readonly time: string
  /** SHA-256 of the public key (SubjectPublicKeyInfo), as 64 lower-case hex digits. */
  readonly key: string
  /** Ed25519 (RFC 8032) over `signedTextOf`, in base64. */
  readonly signature: string
}

/** The beginning of a head's line. */
export const headMarker = '{"auditHead":'

/** Returns the line of a head. */
export function renderHead(head: AuditHead): string {
  const { stream, head: number, block, chain, records, time, key, signature } = head
  return JSON.stringify({ auditHead: { stream, head: number, block, chain, records, time, key, signature } })
}

/** Reads the line of a head; undefined for any other text. */
export function parseHead(text: string): AuditHead | undefined {
  const head = parseMember(text, 'auditHead')
  if (head === undefined) return undefined
  const texts = [head['stream'], head['time'], head['signature']]
  const isWhole =
    texts.every(value => typeof value === 'string') &&
    [head['chain'], head['key']].every(isDigest) &&
    [head['head'], head['block'], head['records']].every(isCount)
  return isWhole ? (head as unknown as AuditHead) : undefined
}

/** Returns the text that the signature of a head covers. */
export function signedTextOf(head: Omit<AuditHead, 'key' | 'signature'>): string {
  const { stream, head: number, block, chain, records, time } = head
  return ['keyward audit head v1', stream, number, block, chain, records, time].join('\n')
}
