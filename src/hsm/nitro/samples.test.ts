import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { decode, encode } from 'cborg'
import { makeTestEnclave } from '../../../test/fixtures/nitro-enclave.ts'
import { AttestationProblem, AttestationVerifier } from './index.ts'

// No tests: the tests of attestation documents share this file.

export const now = Date.UTC(2026, 9, 20, 12)
export const minute = 60_000
export const keyPair = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const enclave = makeTestEnclave({ now, keyPair })
export const verifier = new AttestationVerifier(enclave.rootPem)
/** A document that the verifier accepts. */
export const good = enclave.attest()

/** Asserts that a document is refused for this reason. */
export function refused(reason: RegExp, document: Uint8Array, by = verifier, at = now): void {
  assert.throws(
    () => by.verify(document, at),
    (error: unknown) => {
      assert.ok(error instanceof AttestationProblem, String(error))
      assert.match(error.message, reason)
      return true
    },
  )
}

/** The document with some of its four elements replaced, after signing. */
export function altered(change: (elements: unknown[]) => void, document = good): Buffer {
  const elements: unknown[] = decode(document, { useMaps: true })
  change(elements)
  return Buffer.from(encode(elements))
}
