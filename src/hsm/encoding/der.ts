/** What the room reads and writes of DER (ITU-T X.690) itself. Everything else is left to OpenSSL. */

export const derTag = { integer: 0x02, bitString: 0x03, octetString: 0x04, sequence: 0x30 } as const

/** Bytes that are not the DER they should be. */
export class DerProblem extends Error {}

/**
 * The contents of the first element, which must have this tag, and what follows the element. Views, not copies. Throws
 * DerProblem for a length that is not the shortest, or that the bytes do not hold.
 */
export function readDer(bytes: Uint8Array, tag: number): { readonly value: Buffer; readonly rest: Buffer } {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (input[0] !== tag) throw new DerProblem('another tag')
  const first = input[1] ?? 0x80
  const sizeBytes = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || sizeBytes > 4 || input.length < 2 + sizeBytes) throw new DerProblem('not a length')
  const length = sizeBytes === 0 ? first : input.readUIntBE(2, sizeBytes)
  if (sizeBytes > 0 && (length < 0x80 || length < 2 ** (8 * (sizeBytes - 1))))
    throw new DerProblem('a length that is not the shortest')
  const start = 2 + sizeBytes
  if (input.length < start + length) throw new DerProblem('cut off')
  return { value: input.subarray(start, start + length), rest: input.subarray(start + length) }
}

/** The contents of the one element that the bytes are. Throws DerProblem, also where bytes follow it. */
export function readOnlyDer(bytes: Uint8Array, tag: number): Buffer {
  const { value, rest } = readDer(bytes, tag)
  if (rest.length > 0) throw new DerProblem('trailing bytes')
  return value
}

/** The first INTEGER, which must not be negative, big-endian and without padding. */
export function readDerUnsigned(bytes: Uint8Array): { readonly value: Buffer; readonly rest: Buffer } {
  const { value, rest } = readDer(bytes, derTag.integer)
  const [first, second = 0] = value
  if (first === undefined || first >= 0x80) throw new DerProblem('not an unsigned integer')
  if (first !== 0) return { value, rest }
  if (value.length > 1 && second < 0x80) throw new DerProblem('an integer that is not the shortest')
  return { value: value.subarray(1), rest }
}

export function encodeDer(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const length = contents.reduce((size, part) => size + part.length, 0)
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(header), ...contents])
}

/** An INTEGER of big-endian bytes. */
export function encodeDerUnsigned(bytes: Uint8Array): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const shortest = bytes.subarray(start)
  const padding = (shortest[0] ?? 0x80) >= 0x80 ? [0] : []
  return encodeDer(derTag.integer, Buffer.from(padding), shortest)
}
