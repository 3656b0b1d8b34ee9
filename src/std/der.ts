/** DER (ITU-T X.690): the little of it that Keyward reads and writes itself. OpenSSL does everything else. */

/** The tags of the elements. */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const

/** Bytes that are not the DER they should be. */
export class DerProblem extends Error {}

/** The contents of an element, and the bytes behind it. */
interface DerElement {
  readonly value: Buffer
  readonly rest: Buffer
}

/**
 * Reads the first element, which must have this tag. Returns views, not copies. Throws DerProblem for a length that is not
 * the shortest, or that is beyond the end of the bytes.
 */
export function readDer(bytes: Uint8Array, tag: number): DerElement {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (input[0] !== tag) throw new DerProblem('a different tag')
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

/** Returns the first element as it stands, with tag and length, and the bytes behind it. Throws as `readDer` does. */
export function splitDer(bytes: Buffer): { readonly whole: Buffer; readonly rest: Buffer } {
  const { rest } = readDer(bytes, bytes[0] ?? 0)
  return { whole: bytes.subarray(0, bytes.length - rest.length), rest }
}

/** Reads the contents of the only element. Throws DerProblem, also if bytes follow the element. */
export function readOnlyDer(bytes: Uint8Array, tag: number): Buffer {
  const { value, rest } = readDer(bytes, tag)
  if (rest.length > 0) throw new DerProblem('trailing bytes')
  return value
}

/** Reads the first INTEGER, which must not be negative, big-endian and without padding. Throws DerProblem. */
export function readDerUnsigned(bytes: Uint8Array): DerElement {
  const { value, rest } = readDer(bytes, derTag.integer)
  const [first, second = 0] = value
  if (first === undefined || first >= 0x80) throw new DerProblem('not an unsigned integer')
  if (first !== 0) return { value, rest }
  if (value.length > 1 && second < 0x80) throw new DerProblem('an integer that is not the shortest')
  return { value: value.subarray(1), rest }
}

/** Writes elements. The contents are copied; the caller wipes secret ones. */
export const der = {
  tagged,
  sequence: (...contents: readonly Uint8Array[]) => tagged(derTag.sequence, ...contents),
  set: (...contents: readonly Uint8Array[]) => tagged(derTag.set, ...contents),
  octets: (...contents: readonly Uint8Array[]) => tagged(derTag.octetString, ...contents),
  /** A BIT STRING of whole octets. */
  bits: (content: Uint8Array) => tagged(derTag.bitString, Buffer.of(0), content),
  nothing: () => tagged(derTag.null),
  /** An INTEGER of one octet: 0–127. */
  integer: (value: number) => tagged(derTag.integer, Buffer.of(value)),
  /** An INTEGER of big-endian bytes. */
  unsigned(bytes: Uint8Array): Buffer {
    let start = 0
    while (start < bytes.length - 1 && bytes[start] === 0) start++
    const shortest = bytes.subarray(start)
    const padding = (shortest[0] ?? 0x80) >= 0x80 ? [0] : []
    return tagged(derTag.integer, Buffer.from(padding), shortest)
  },
  /** An OBJECT IDENTIFIER in dotted decimals. */
  oid(dotted: string): Buffer {
    const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
    return tagged(derTag.objectIdentifier, ...[first * 40 + second, ...rest].map(encodeArc))
  },
  /** BER, for a peer that insists on it: a constructed element of indefinite length, closed by an end-of-contents. */
  indefinite: (tag: number, ...contents: readonly Uint8Array[]) =>
    Buffer.concat([Buffer.of(tag, 0x80), ...contents, Buffer.of(0, 0)]),
}

function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const length = contents.reduce((size, part) => size + part.length, 0)
  return Buffer.concat([Buffer.of(tag), encodeLength(length), ...contents])
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length)
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(length)
  const significant = bytes.subarray(bytes.findIndex(byte => byte !== 0))
  return Buffer.concat([Buffer.of(0x80 | significant.length), significant])
}

function encodeArc(arc: number): Buffer {
  const groups = [arc & 0x7f]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) {
    groups.unshift((rest & 0x7f) | 0x80)
  }
  return Buffer.from(groups)
}
