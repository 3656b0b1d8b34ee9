import { DerProblem, der, derTag, readDer } from '../../std/index.ts'

/** The elements of a private key are nested some five deep. */
const depthMax = 16
const constructed = 0x20
const endOfContents = Buffer.of(0, 0)

interface Element {
  /** In DER, with tag and length. */
  readonly value: Buffer
  readonly rest: Buffer
}

/**
 * Converts an element in BER (ITU-T X.690, 8) to DER: lengths of any form, and octet strings in pieces. Integers and object
 * identifiers have one encoding in both. Throws DerProblem, also if bytes follow the element. The caller wipes the result.
 */
export function berToDer(bytes: Uint8Array): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { value, rest } = convert(input, 0)
  if (rest.length > 0) throw new DerProblem('trailing bytes')
  return value
}

/**
 * Converts PKCS#8 (RFC 5208, 5) from BER to DER, with the private key that is encoded in its octet string. Throws DerProblem.
 * The caller wipes the result.
 */
export function pkcs8ToDer(given: Uint8Array): Buffer {
  const outer = berToDer(given)
  try {
    const version = readDer(readDer(outer, derTag.sequence).value, derTag.integer)
    const algorithm = readDer(version.rest, derTag.sequence)
    const privateKey = readDer(algorithm.rest, derTag.octetString)
    const inner = berToDer(privateKey.value)
    const parts = [
      der.tagged(derTag.integer, version.value),
      der.sequence(algorithm.value),
      der.octets(inner),
    ]
    const whole = der.sequence(...parts, privateKey.rest)
    for (const part of [inner, ...parts]) part.fill(0)
    return whole
  } finally {
    outer.fill(0)
  }
}

/** Converts the first element to DER. */
function convert(input: Buffer, depth: number): Element {
  if (depth > depthMax) throw new DerProblem('too deep')
  const tag = input[0] ?? 0
  // Private keys have no tags of more than one byte.
  if ((tag & 0x1f) === 0x1f || tag === 0) throw new DerProblem('an unknown tag')
  const { length, start } = readLength(input)
  if (length === undefined) {
    if ((tag & constructed) === 0) throw new DerProblem('a primitive of indefinite length')
    return convertParts(tag, input.subarray(start), depth, true)
  }
  if (input.length < start + length) throw new DerProblem('cut off')
  const contents = input.subarray(start, start + length)
  const rest = input.subarray(start + length)
  if ((tag & constructed) === 0) return { value: der.tagged(tag, contents), rest }
  return { value: convertParts(tag, contents, depth, false).value, rest }
}

/** Converts an element of elements. They end with the input or, if `isMarked`, at the end-of-contents. */
function convertParts(tag: number, input: Buffer, depth: number, isMarked: boolean): Element {
  const parts: Buffer[] = []
  let rest = input
  while (isMarked ? !rest.subarray(0, 2).equals(endOfContents) : rest.length > 0) {
    const part = convert(rest, depth + 1)
    parts.push(part.value)
    rest = part.rest
  }
  const isString = tag === (derTag.octetString | constructed)
  const value = isString
    ? der.octets(...parts.map(part => readDer(part, derTag.octetString).value))
    : der.tagged(tag, ...parts)
  for (const part of parts) part.fill(0)
  return { value, rest: isMarked ? rest.subarray(2) : rest }
}

/** The length, undefined for an indefinite one, and the start of the contents (ITU-T X.690, 8.1.3). */
function readLength(input: Buffer): { readonly length: number | undefined; readonly start: number } {
  const first = input[1]
  if (first === undefined) throw new DerProblem('cut off')
  if (first < 0x80) return { length: first, start: 2 }
  if (first === 0x80) return { length: undefined, start: 2 }
  const start = 2 + (first & 0x7f)
  if (first === 0xff || input.length < start) throw new DerProblem('not a length')
  let length = 0
  for (const byte of input.subarray(2, start)) length = length * 256 + byte
  return { length, start }
}
