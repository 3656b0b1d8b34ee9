import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import {
  type CertificateDraft,
  makeExtension,
  makeTestEnclave,
  type TestEnclaveOptions,
  usage,
} from '../../../test/fixtures/nitro-enclave.ts'
import { AttestationVerifier } from './index.ts'
import { enclave, keyPair, now, refused } from './samples.test.ts'

const chains: Readonly<Record<string, [RegExp, Omit<TestEnclaveOptions, 'now'>]>> = {
  'expired leaf': [/expired/, { leaf: { validTo: now - 1000 } }],
  'leaf of the future': [/not yet valid/, { leaf: { validFrom: now + 1000 } }],
  'expired intermediate': [/expired/, { intermediates: [{}, { validTo: now - 1000 }] }],
  'expired root': [/expired/, { root: { validTo: now - 1000 } }],
  'intermediate that is no authority': [/not an authority/, { intermediates: [{}, { isAuthority: false }] }],
  'root that is no authority': [/not an authority/, { root: { isAuthority: false } }],
  'intermediate that may not sign certificates': [
    /a different issuer|may not sign/,
    { intermediates: [{ keyUsage: usage.digitalSignature }, {}] },
  ],
  'path length too small': [/too many authorities/, { intermediates: [{ pathLength: 0 }, {}] }],
  'root of path length 0': [/too many authorities/, { root: { pathLength: 0 } }],
  'leaf that is an authority': [/the leaf is an authority/, { leaf: { isAuthority: true } }],
  'leaf with a path length': [/the leaf is an authority|cannot be read/, { leaf: { pathLength: 0 } }],
  'leaf that may not sign': [/may not sign data/, { leaf: { keyUsage: usage.keyCertSign } }],
  'authority without a key usage': [/may not sign cert/, { intermediates: [{ keyUsage: undefined }, {}] }],
  'leaf without a key usage': [/may not sign data/, { leaf: { keyUsage: undefined } }],
  'unknown critical extension': [/critical extension/, { leaf: extension(true) }],
  'too long a chain': [/cabundle is too long/, { intermediates: Array.from({ length: 8 }, () => ({})) }],
  'leaf of a different curve': [/no P-384 key/, { leaf: { curve: 'brainpoolP384r1' } }],
  'intermediate of P-521': [/no P-384 key/, { intermediates: [{ curve: 'secp521r1' }] }],
  // RFC 5480, 2.2 and 2.1.1.
  'leaf with a hybrid point': [/cannot be read: a point/, { leaf: { pointForm: 6 } }],
  'intermediate with a hybrid point': [/cannot be read: a point/, { intermediates: [{ pointForm: 6 }] }],
  'leaf that gives the parameters of its curve': [
    /no P-384 key|cannot be read/,
    { leaf: { paramEncoding: 'explicit' } },
  ],
  'certificate signed with SHA-256': [/SHA-384/, { leaf: { hash: 'sha256' } }],
}

function extension(critical: boolean): Partial<CertificateDraft> {
  return { extensions: [makeExtension('1.2.3.4', critical, Buffer.of(5, 0))] }
}

for (const [name, [reason, options]] of Object.entries(chains)) {
  test(`refused: ${name}`, () => {
    const other = makeTestEnclave({ now, keyPair, ...options })
    refused(reason, other.attest(), new AttestationVerifier(other.rootPem))
  })
}

test('an unknown extension that is not critical, no intermediate, and seven intermediates are accepted', () => {
  const seven = Array.from({ length: 7 }, () => ({}))
  for (const options of [{ leaf: extension(false) }, { intermediates: [] }, { intermediates: seven }]) {
    const other = makeTestEnclave({ now, keyPair, ...options })
    assert.ok(new AttestationVerifier(other.rootPem).verify(other.attest(), now))
  }
})

test('certificates that do not belong together are refused', () => {
  const [root = Buffer.of(), first = Buffer.of(), second = Buffer.of(), leaf = Buffer.of()] =
    enclave.certificates
  const other = makeTestEnclave({ now, keyPair })
  const attest = (by: typeof enclave, members: Record<string, unknown>) => by.attest({ members })
  // The other enclave's chain stands under the trusted root: the same names, different keys.
  refused(/did not sign/, attest(other, { cabundle: [root, ...other.certificates.slice(1, -1)] }))
  refused(/not a trusted one/, attest(enclave, { cabundle: [first, second] }))
  refused(/not a trusted one/, attest(enclave, { cabundle: [second, first, root] }))
  refused(/a different issuer/, attest(enclave, { cabundle: [root, second] }))
  refused(/too many authorities/, attest(enclave, { cabundle: [root, first, first, second] }))
  refused(/signature/, attest(enclave, { certificate: other.certificates.at(-1) }))
  refused(/signature/, attest(enclave, { certificate: root, cabundle: [root] }))
  const pem = Buffer.from(new X509Certificate(leaf).toString())
  refused(/not DER alone/, attest(enclave, { certificate: pem }))
  refused(/not DER alone/, attest(enclave, { certificate: Buffer.concat([leaf, Buffer.of(0)]) }))
  refused(/cannot be read/, attest(enclave, { certificate: leaf.subarray(0, -1) }))
  refused(/cannot be read/, attest(enclave, { cabundle: [root, Buffer.from('no certificate'), second] }))
})
