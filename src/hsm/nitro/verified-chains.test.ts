import assert from 'node:assert/strict'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mock, test } from 'node:test'
import { makeTestEnclave } from '../../../test/fixtures/nitro-enclave.ts'
import { AttestationProblem } from './attestation-problem.ts'
import { AttestationVerifier } from './index.ts'

const now = Date.UTC(2026, 9, 20, 12)
const minute = 60_000
const keyPair = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** How many signatures of certificates are checked while something runs. */
function checkedBy(use: () => void): number {
  const verify = mock.method(X509Certificate.prototype, 'verify')
  try {
    use()
    return verify.mock.callCount()
  } finally {
    verify.mock.restore()
  }
}

test('the certificates of a chain are verified once, the documents each time', () => {
  const enclave = makeTestEnclave({ now, keyPair })
  const verifier = new AttestationVerifier(enclave.rootPem)
  // Two intermediates and the leaf; the root is trusted as it is.
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
  // Another chain, and the same chain at another verifier, are not known.
  const intermediates = [{}, {}, {}]
  const stranger = makeTestEnclave({ now, keyPair, intermediates })
  assert.throws(() => verifier.verify(stranger.attest(), now), /not a trusted one/)
  assert.throws(() => new AttestationVerifier(stranger.rootPem).verify(other, now), /not a trusted one/)
})

test('a chain is known for as long as all of its certificates are valid', () => {
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

test('a chain that does not hold is never known', () => {
  const enclave = makeTestEnclave({ now, keyPair, root: { pathLength: 0 } })
  const verifier = new AttestationVerifier(enclave.rootPem)
  for (let round = 0; round < 2; round++)
    assert.throws(() => verifier.verify(enclave.attest(), now), /too many authorities/)
})
