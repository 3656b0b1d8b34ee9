import { Buffer } from 'node:buffer'
import { XksRefusal } from '../../domain/index.ts'

/** The bytes of a member that is absent. */
export const noBytes: Buffer = Buffer.alloc(0)

/** Throws XksRefusal with UnsupportedOperationException for a value beyond the sizes that a proxy must support. */
export function checkSize(member: string, bytes: Uint8Array, maxBytes: number): void {
  if (bytes.length <= maxBytes) return
  throw new XksRefusal('UnsupportedOperationException', `${member} is larger than ${maxBytes} bytes.`)
}

/** Throws XksRefusal with ValidationException for a different algorithm. */
export function checkAlgorithm(member: string, given: string, known: string): void {
  if (given !== known) throw new XksRefusal('ValidationException', `${member} must be ${known}.`)
}
