import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, randomBytes, randomInt, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeTestEnclave } from '../../../test/fixtures/nitro-enclave.ts'
import { OperatorError } from '../../std/index.ts'
import { openAttestationDocument } from './attestation.ts'
import { parseRootCertificates } from './certificate-chain.ts'
import { AttestationProblem, AttestationVerifier, nitroRootCertificatePem } from './index.ts'
import { enclave, good, keyPair, minute, now, refused, verifier } from './samples.test.ts'
import { VerifiedChains } from './verified-chains.ts'

function registersOf(map: ReadonlyMap<number, string>): Record<string, string> {
  return Object.fromEntries(map)
}

test('a good document returns its content', () => {
  const document = enclave.attest({
    pcrs: { 3: 'ab'.repeat(48) },
    moduleId: 'i-1-enc2',
    timestamp: now - minute,
  })
  const attestation = verifier.verify(document, now)
  assert.equal(attestation.moduleId, 'i-1-enc2')
  assert.equal(attestation.digest, 'SHA384')
  assert.equal(attestation.timestamp, now - minute)
  assert.ok(attestation.publicKey.equals(keyPair.publicKey))
  assert.equal(attestation.pcrs.size, 16)
  assert.equal(attestation.pcrs.get(0), '01'.repeat(48))
  assert.equal(attestation.pcrs.get(3), 'ab'.repeat(48))
  assert.equal(attestation.nitroTpmPcrs.size, 0)
})

test('a tagged document, a 4096-bit key, and all optional members are accepted', () => {
  assert.ok(verifier.verify(Buffer.concat([Buffer.of(0xd2), good]), now))
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 4096 })
  assert.ok(verifier.verify(enclave.attest({ publicKey }), now).publicKey.equals(publicKey))
  const full = {
    userData: Buffer.alloc(1024),
    nonce: Buffer.alloc(0),
    members: { added_later: [1, { a: 2 }] },
  }
  assert.ok(verifier.verify(enclave.attest(full), now))
})

test('a document of NitroTPM has registers of its own', () => {
  const document = enclave.attest({ pcrs: null, nitroTpmPcrs: { 4: 'cd'.repeat(48), 23: 'ef'.repeat(48) } })
  const { pcrs, nitroTpmPcrs } = verifier.verify(document, now)
  assert.deepEqual(registersOf(nitroTpmPcrs), { 4: 'cd'.repeat(48), 23: 'ef'.repeat(48) })
  assert.equal(pcrs.size, 0)
})

test('one of several roots is enough; no root or a broken one is reported to the operator', () => {
  const both = new AttestationVerifier(nitroRootCertificatePem + enclave.rootPem)
  assert.ok(both.verify(good, now))
  refused(/not a trusted one/, good, new AttestationVerifier(nitroRootCertificatePem))
  refused(/not a trusted one/, good, new AttestationVerifier(makeTestEnclave({ now, keyPair }).rootPem))
  assert.throws(() => new AttestationVerifier(''), OperatorError)
  assert.throws(() => new AttestationVerifier(enclave.rootPem.replace('MII', 'MIJ')), OperatorError)
})

test('the root of AWS has the fingerprint that AWS publishes', () => {
  const root = new X509Certificate(nitroRootCertificatePem)
  assert.equal(
    root.fingerprint256,
    '64:1A:03:21:A3:E2:44:EF:E4:56:46:31:95:D6:06:31:7E:D7:CD:CC:3C:17:56:E0:98:93:F3:C6:8F:79:BB:5B',
  )
  assert.ok(root.verify(root.publicKey))
})

test('a real document of AWS is accepted under the root of AWS', () => {
  // From the tests of turnkey_proofs 0.17.1 (crates.io; github.com/tkhq/rust-sdk; Apache-2.0): us-east-1,
  // September 2025. Its payload is a map of indefinite length, and its public_key is not RSA.
  const text = readFileSync(join(import.meta.dirname, 'real-attestation.b64'), 'utf8')
  const document = Buffer.from(text, 'base64')
  assert.equal(
    createHash('sha256').update(document).digest('hex'),
    'b1086cbb618cc21cbce239484eeb2f80b641d3dd1f423b36e313d0c28bebca7b',
  )
  const time = Date.parse('2025-09-16T21:25:49.422Z')
  const chains = new VerifiedChains(parseRootCertificates(nitroRootCertificatePem))
  const content = openAttestationDocument(document, chains, time)
  assert.equal(content.moduleId, 'i-02447a481344e9ec0-enc0199546b533fd5d0')
  assert.equal(content.timestamp, time)
  assert.equal(content.pcrs.size, 16)
  assert.equal(content.cabundle.length, 4)
  const aws = new AttestationVerifier(nitroRootCertificatePem)
  refused(/public_key/, document, aws, time)
  refused(/too old/, document, aws, time + 6 * minute)
  document.writeUInt8(document.readUInt8(1000) ^ 1, 1000)
  refused(/signature/, document, aws, time)
})

test('a document at the bounds is accepted', () => {
  for (const timestamp of [now - 5 * minute, now + 5 * minute]) {
    assert.ok(verifier.verify(enclave.attest({ timestamp }), now))
  }
  for (const bytes of [32, 48, 64]) {
    assert.ok(verifier.verify(enclave.attest({ pcrs: { 31: '00'.repeat(bytes) } }), now))
  }
  // The outer map of indefinite length, as AWS writes it.
  const endless = (payload: Buffer) => Buffer.concat([Buffer.of(0xbf), payload.subarray(1), Buffer.of(0xff)])
  assert.ok(verifier.verify(enclave.attest({ editPayload: endless }), now))
})

test('bytes that are not a document are refused', () => {
  refused(/empty/, Buffer.of())
  refused(/too long/, Buffer.alloc(262145))
  refused(/CBOR/, Buffer.concat([good, Buffer.of(0)]))
  refused(/CBOR/, good.subarray(0, -1))
  refused(/more than 512/, Buffer.alloc(262144, 0x81))
  refused(/CBOR/, Buffer.alloc(262144, 0xa1))
  for (const huge of [
    '9bffffffffffffffff',
    '9b001fffffffffffff',
    '5b001fffffffffffff',
    '5affffffff',
    'bbffffffffffffffff',
  ]) {
    refused(/CBOR/, Buffer.from(huge, 'hex'))
  }
  // 84 as 98 04: the same array, not in its shortest form; and arrays without an end.
  refused(/CBOR/, Buffer.concat([Buffer.from('9804', 'hex'), good.subarray(1)]))
  refused(/CBOR/, Buffer.concat([Buffer.of(0x9f), good.subarray(1), Buffer.of(0xff)]))
  // The empty map of the unprotected header has no length.
  refused(/CBOR/, Buffer.concat([good.subarray(0, 6), Buffer.of(0xbf, 0xff), good.subarray(7)]))
})

test('a document with a changed byte is refused', () => {
  // The payload, the protected header and the certificates are signed; the few bytes outside of them (array and
  // length heads, the empty map) have only one encoding.
  for (let round = 0; round < 5000; round++) {
    const document = Buffer.from(good)
    const offset = round < 16 ? round : randomInt(document.length)
    document.writeUInt8(document.readUInt8(offset) ^ randomInt(1, 256), offset)
    assert.throws(
      () => verifier.verify(document, now),
      AttestationProblem,
      `byte ${offset}: ${document.toString('hex')}`,
    )
  }
})

test('any document, signed or not, is accepted or an AttestationProblem', () => {
  const verify = (document: Buffer) => {
    try {
      verifier.verify(document, now)
    } catch (error) {
      assert.ok(error instanceof AttestationProblem, `${error}: ${document.toString('hex')}`)
    }
  }
  const scramble = (bytes: Buffer) => {
    const copy = Buffer.from(bytes)
    for (let left = randomInt(1, 4); left > 0; left--) copy.writeUInt8(randomInt(256), randomInt(copy.length))
    return copy
  }
  for (let round = 0; round < 1000; round++) {
    verify(enclave.attest({ editPayload: scramble }))
    verify(randomBytes(randomInt(1, 200)))
  }
})
