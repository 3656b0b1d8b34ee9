import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mock, test } from 'node:test'
import { makeTestEnclave } from '../../../test/fixtures/nitro-enclave.ts'
import { AttestationProblem } from './attestation-problem.ts'
import { AttestationVerifier } from './index.ts'
import { keyPair, minute, now } from './samples.test.ts'

/** The number of signatures of certificates that `use` checks. */
function checkedBy(use: () => void): number {
  const verify = mock.method(X509Certificate.prototype, 'verify')
  try {
    use()
    return verify.mock.callCount()
  } finally {
    verify.mock.restore()
  }
}

test('the certificates of a chain are verified once, and each document every time', () => {
  const enclave = makeTestEnclave({ now, keyPair })
  const verifier = new AttestationVerifier(enclave.rootPem)
  // The two intermediates and the leaf are verified; the root is trusted as it is.
  assert.equal(
    checkedBy(() => verifier.verify(enclave.attest(), now)),
    3,
  )
  const other = enclave.attest({ moduleId: 'i-1-enc2' })
  assert.equal(
    checkedBy(() => assert.equal(verifier.verify(other, now).moduleId, 'i-1-enc2')),
    0,
  )
  const altered = Buffer.from(other)
  altered.writeUInt8(altered.readUInt8(altered.length - 1) ^ 1, altered.length - 1)
  assert.throws(() => verifier.verify(altered, now), AttestationProblem)
  // A different chain, and the same chain in a different verifier, are not remembered.
  const intermediates = [{}, {}, {}]
  const stranger = makeTestEnclave({ now, keyPair, intermediates })
  assert.throws(() => verifier.verify(stranger.attest(), now), /not a trusted one/)
  assert.throws(() => new AttestationVerifier(stranger.rootPem).verify(other, now), /not a trusted one/)
})

test('a chain is remembered while all of its certificates are valid', () => {
  const validTo = now + 2 * minute
  for (const options of [
    { leaf: { validTo } },
    { intermediates: [{ validTo }, {}] },
    { root: { validTo } },
  ]) {
    const enclave = makeTestEnclave({ now, keyPair, ...options })
    const verifier = new AttestationVerifier(enclave.rootPem)
    const document = enclave.attest()
    verifier.verify(document, now)
    verifier.verify(document, validTo)
    assert.throws(() => verifier.verify(document, validTo + 1), /has expired/)
  }
  const validFrom = now - 2 * minute
  const young = makeTestEnclave({ now, keyPair, leaf: { validFrom } })
  const verifier = new AttestationVerifier(young.rootPem)
  verifier.verify(young.attest(), now)
  assert.throws(() => verifier.verify(young.attest(), validFrom - 1), /not yet valid/)
})

test('an invalid chain is never remembered', () => {
  const enclave = makeTestEnclave({ now, keyPair, root: { pathLength: 0 } })
  const verifier = new AttestationVerifier(enclave.rootPem)
  for (let round = 0; round < 2; round++)
    assert.throws(() => verifier.verify(enclave.attest(), now), /too many authorities/)
})
