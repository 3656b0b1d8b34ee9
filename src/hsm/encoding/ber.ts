import { DerProblem, derTag, encodeDer, readDer } from './der.ts'

/** In a private key elements stand in one another some five deep. */
const depthMax = 16
const constructed = 0x20
const endOfContents = Buffer.of(0, 0)

interface Element {
  readonly value: Buffer
  readonly rest: Buffer
}

/**
 * The DER of an element in BER (ITU-T X.690, 8): lengths of any form, and octet strings in pieces. Integers and object identifiers
 * have one encoding in both. Throws DerProblem, also where bytes follow the element. The caller wipes what comes back.
 */
export function berToDer(bytes: Uint8Array): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { value, rest } = convert(input, 0)
  if (rest.length > 0) throw new DerProblem('trailing bytes')
  return value
}

/**
 * PKCS#8 in BER as DER (RFC 5208, 5), with the private key that is encoded in its octet string. Throws DerProblem. The caller wipes
 * what comes back.
 */
export function pkcs8ToDer(given: Uint8Array): Buffer {
  const outer = berToDer(given)
  try {
    const version = readDer(readDer(outer, derTag.sequence).value, derTag.integer)
    const algorithm = readDer(version.rest, derTag.sequence)
    const privateKey = readDer(algorithm.rest, derTag.octetString)
    const inner = berToDer(privateKey.value)
    const parts = [
      encodeDer(derTag.integer, version.value),
      encodeDer(derTag.sequence, algorithm.value),
      encodeDer(derTag.octetString, inner),
    ]
    const der = encodeDer(derTag.sequence, ...parts, privateKey.rest)
    for (const part of [inner, ...parts]) part.fill(0)
    return der
  } finally {
    outer.fill(0)
  }
}

/** The first element in DER, and what follows it. */
function convert(input: Buffer, depth: number): Element {
  if (depth > depthMax) throw new DerProblem('too deep')
  const tag = input[0] ?? 0
  // Tags of more bytes do not occur in private keys.
  if ((tag & 0x1f) === 0x1f || tag === 0) throw new DerProblem('another tag')
  const { length, start } = readLength(input)
  if (length === undefined) {
    if ((tag & constructed) === 0) throw new DerProblem('without an end')
    return convertParts(tag, input.subarray(start), depth, true)
  }
  if (input.length < start + length) throw new DerProblem('cut off')
  const contents = input.subarray(start, start + length)
  const rest = input.subarray(start + length)
  if ((tag & constructed) === 0) return { value: encodeDer(tag, contents), rest }
  return { value: convertParts(tag, contents, depth, false).value, rest }
}

/** An element of elements, up to the end of the input or to the mark of the end. */
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
    ? encodeDer(derTag.octetString, ...parts.map(part => readDer(part, derTag.octetString).value))
    : encodeDer(tag, ...parts)
  for (const part of parts) part.fill(0)
  return { value, rest: isMarked ? rest.subarray(2) : rest }
}

/** The length, undefined for one that only a mark tells, and where the contents start (ITU-T X.690, 8.1.3). */
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
