import { DerProblem, der, derTag, readDerUnsigned, readOnlyDer } from '../../std/index.ts'
import { bytesOfNumber, numberOfBytes } from './numbers.ts'

/** The numbers r and s of a signature of ECDSA or SM2. */
export type SignatureNumbers = readonly [r: bigint, s: bigint]

/** SEQUENCE { r, s } (RFC 3279, 2.2.3; GM/T 0009, 7.3) of numbers of at most so many bytes. */
export function encodeSignature(numbers: SignatureNumbers, sizeBytes: number): Buffer {
  return der.sequence(...numbers.map(number => der.unsigned(bytesOfNumber(number, sizeBytes))))
}

/** Undoes `encodeSignature`. Undefined for bytes that are not the DER of two numbers. */
export function readSignature(signature: Uint8Array): SignatureNumbers | undefined {
  try {
    const r = readDerUnsigned(readOnlyDer(signature, derTag.sequence))
    const s = readDerUnsigned(r.rest)
    if (s.rest.length > 0) return undefined
    return [numberOfBytes(r.value), numberOfBytes(s.value)]
  } catch (error) {
    if (error instanceof DerProblem) return undefined
    throw error
  }
}
