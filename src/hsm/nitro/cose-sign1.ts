import { type KeyObject, verify } from 'node:crypto'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { demand } from './attestation-problem.ts'
import { decodeCbor } from './cbor.ts'

const require = createRequire(import.meta.url)

/**
 * The package, loaded for the first attestation: most servers see none, and each start would pay for it. It exports nothing to
 * \`require\` by its name.
 */
const cborg = () => require(fileURLToPath(import.meta.resolve('cborg'))) as typeof import('cborg')

/** {1: -35}, ES384, in its only encoding in strict CBOR. */
const protectedHeader = Buffer.from('a1013822', 'hex')

/** "bstr .size (1..16384)" in AWS's attestation_process.md, section 3.1. */
const payloadBytesMax = 16384
/** r and s of P-384, 48 bytes each (RFC 9053 section 2.1). */
const signatureBytes = 96
/** CBOR tag 18, COSE_Sign1. AWS's documentation shows it, AWS's documents lack it. */
const tagSign1 = 0xd2

/** The parts of a COSE_Sign1 that are not fixed. */
export interface CoseSign1 {
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/** Reads a COSE_Sign1 (RFC 9052 section 4.2), tagged or not, as AWS Nitro makes them. Throws AttestationProblem. */
export function readCoseSign1(document: Uint8Array): CoseSign1 {
  const message = decodeCbor(document[0] === tagSign1 ? document.subarray(1) : document)
  demand(Array.isArray(message) && message.length === 4, 'not a COSE_Sign1')
  const [header, unprotected, payload, signature] = message as readonly unknown[]
  demand(
    header instanceof Uint8Array && protectedHeader.equals(header),
    'the protected header is not ES384 alone',
  )
  demand(unprotected instanceof Map && unprotected.size === 0, 'the unprotected header is not an empty map')
  demand(payload instanceof Uint8Array && payload.length > 0, 'no payload')
  demand(payload.length <= payloadBytesMax, 'the payload is too long')
  demand(signature instanceof Uint8Array, 'no signature')
  demand(signature.length === signatureBytes, 'the signature has a different length')
  return { payload, signature }
}

/** Whether this P-384 key signed the message (RFC 9052 section 4.4, no external data). */
export function isSignedBy({ payload, signature }: CoseSign1, key: KeyObject): boolean {
  const structure = cborg().encode([
    'Signature1',
    new Uint8Array(protectedHeader),
    new Uint8Array(0),
    payload,
  ])
  return verify('sha384', structure, { key, dsaEncoding: 'ieee-p1363' }, signature)
}
