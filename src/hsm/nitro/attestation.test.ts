import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, randomBytes, randomInt, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { decode, encode } from 'cborg'
import {
  type AttestOptions,
  type CertificateDraft,
  makeExtension,
  makeTestEnclave,
  signDocument,
  type TestEnclaveOptions,
  usage,
} from '../../../test/fixtures/nitro-enclave.ts'
import { OperatorError } from '../../std/index.ts'
import { openAttestationDocument } from './attestation.ts'
import { parseRootCertificates } from './certificate-chain.ts'
import { AttestationProblem, AttestationVerifier, nitroRootCertificatePem } from './index.ts'
import { VerifiedChains } from './verified-chains.ts'

const now = Date.UTC(2026, 9, 20, 12)
const minute = 60_000
const keyPair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const enclave = makeTestEnclave({ now, keyPair })
const verifier = new AttestationVerifier(enclave.rootPem)
const good = enclave.attest()

function refused(reason: RegExp, document: Uint8Array, by = verifier, at = now): void {
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
function altered(change: (elements: unknown[]) => void, document = good): Buffer {
  const elements: unknown[] = decode(document, { useMaps: true })
  change(elements)
  return Buffer.from(encode(elements))
}

function registersOf(map: ReadonlyMap<number, string>): Record<string, string> {
  return Object.fromEntries(map)
}

test('a good document tells what it says', () => {
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

test('a tagged document, a 4096-bit key, and all optional members are taken', () => {
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

test('a document of NitroTPM has its registers apart', () => {
  const document = enclave.attest({ pcrs: null, nitroTpmPcrs: { 4: 'cd'.repeat(48), 23: 'ef'.repeat(48) } })
  const { pcrs, nitroTpmPcrs } = verifier.verify(document, now)
  assert.deepEqual(registersOf(nitroTpmPcrs), { 4: 'cd'.repeat(48), 23: 'ef'.repeat(48) })
  assert.equal(pcrs.size, 0)
})

test('one of several roots is enough; none or a broken one is the operator’s to mend', () => {
  const both = new AttestationVerifier(nitroRootCertificatePem + enclave.rootPem)
  assert.ok(both.verify(good, now))
  refused(/not a trusted one/, good, new AttestationVerifier(nitroRootCertificatePem))
  refused(/not a trusted one/, good, new AttestationVerifier(makeTestEnclave({ now, keyPair }).rootPem))
  assert.throws(() => new AttestationVerifier(''), OperatorError)
  assert.throws(() => new AttestationVerifier(enclave.rootPem.replace('MII', 'MIJ')), OperatorError)
})

test('the root of AWS is the one whose fingerprint AWS publishes', () => {
  const root = new X509Certificate(nitroRootCertificatePem)
  assert.equal(
    root.fingerprint256,
    '64:1A:03:21:A3:E2:44:EF:E4:56:46:31:95:D6:06:31:7E:D7:CD:CC:3C:17:56:E0:98:93:F3:C6:8F:79:BB:5B',
  )
  assert.ok(root.verify(root.publicKey))
})

test('a real document of AWS holds under the root of AWS', () => {
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

const chains: Readonly<Record<string, [RegExp, Omit<TestEnclaveOptions, 'now'>]>> = {
  'expired leaf': [/expired/, { leaf: { validTo: now - 1000 } }],
  'leaf of the future': [/not yet valid/, { leaf: { validFrom: now + 1000 } }],
  'expired intermediate': [/expired/, { intermediates: [{}, { validTo: now - 1000 }] }],
  'expired root': [/expired/, { root: { validTo: now - 1000 } }],
  'intermediate that is no authority': [/not an authority/, { intermediates: [{}, { isAuthority: false }] }],
  'root that is no authority': [/not an authority/, { root: { isAuthority: false } }],
  'intermediate that may not sign certificates': [
    /another issuer|may not sign/,
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
  'leaf of another curve': [/no P-384 key/, { leaf: { curve: 'brainpoolP384r1' } }],
  'intermediate of P-521': [/no P-384 key/, { intermediates: [{ curve: 'secp521r1' }] }],
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

test('an unknown extension that is not critical, no intermediate, and seven of them are fine', () => {
  const seven = Array.from({ length: 7 }, () => ({}))
  for (const options of [{ leaf: extension(false) }, { intermediates: [] }, { intermediates: seven }]) {
    const other = makeTestEnclave({ now, keyPair, ...options })
    assert.ok(new AttestationVerifier(other.rootPem).verify(other.attest(), now))
  }
})

test('refused: certificates that do not belong together', () => {
  const [root = Buffer.of(), first = Buffer.of(), second = Buffer.of(), leaf = Buffer.of()] =
    enclave.certificates
  const other = makeTestEnclave({ now, keyPair })
  const attest = (by: typeof enclave, members: Record<string, unknown>) => by.attest({ members })
  // The same names, another key: the other enclave's chain put under the trusted root.
  refused(/did not sign/, attest(other, { cabundle: [root, ...other.certificates.slice(1, -1)] }))
  refused(/not a trusted one/, attest(enclave, { cabundle: [first, second] }))
  refused(/not a trusted one/, attest(enclave, { cabundle: [second, first, root] }))
  refused(/another issuer/, attest(enclave, { cabundle: [root, second] }))
  refused(/too many authorities/, attest(enclave, { cabundle: [root, first, first, second] }))
  refused(/signature/, attest(enclave, { certificate: other.certificates.at(-1) }))
  refused(/signature/, attest(enclave, { certificate: root, cabundle: [root] }))
  const pem = Buffer.from(new X509Certificate(leaf).toString())
  refused(/not DER alone/, attest(enclave, { certificate: pem }))
  refused(/not DER alone/, attest(enclave, { certificate: Buffer.concat([leaf, Buffer.of(0)]) }))
  refused(/cannot be read/, attest(enclave, { certificate: leaf.subarray(0, -1) }))
  refused(/cannot be read/, attest(enclave, { cabundle: [root, Buffer.from('no certificate'), second] }))
})

test('refused: what was altered after signing', () => {
  const another = enclave.attest({ pcrs: { 0: '99'.repeat(48) } })
  const [, , payload, signature] = decode(another, { useMaps: true })
  refused(
    /signature/,
    altered(elements => elements.splice(2, 1, payload)),
  )
  refused(
    /signature/,
    altered(elements => elements.splice(3, 1, signature)),
  )
  const pcr = Buffer.from(good)
  pcr.fill(0x42, pcr.indexOf(Buffer.alloc(48, 5)), pcr.indexOf(Buffer.alloc(48, 5)) + 48)
  refused(/signature/, pcr)
  refused(
    /the signature has another length/,
    altered(elements => elements.splice(3, 1, new Uint8Array(95))),
  )
  refused(
    /signature/,
    altered(elements => elements.splice(3, 1, new Uint8Array(96))),
  )
  const stranger = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey
  refused(/signature/, signDocument(stranger, decode(good, { useMaps: true })[2]))
})

test('refused: another message than COSE_Sign1 with ES384', () => {
  const header = (map: Map<unknown, unknown>) => altered(elements => elements.splice(0, 1, encode(map)))
  refused(/ES384/, header(new Map([[1, -7]])))
  refused(/ES384/, header(new Map([[1, -36]])))
  refused(/ES384/, header(new Map([['1', -35]])))
  refused(/ES384/, header(new Map()))
  const kid = new Map<number, unknown>([
    [1, -35],
    [4, Buffer.of(1)],
  ])
  refused(/ES384/, header(kid))
  refused(
    /ES384/,
    altered(elements => elements.splice(0, 1, new Map([[1, -35]]))),
  )
  refused(
    /unprotected/,
    altered(elements => elements.splice(1, 1, new Map([[4, Buffer.of(1)]]))),
  )
  refused(
    /unprotected/,
    altered(elements => elements.splice(1, 1, null)),
  )
  refused(
    /no payload/,
    altered(elements => elements.splice(2, 1, null)),
  )
  refused(
    /no payload/,
    altered(elements => elements.splice(2, 1, new Uint8Array(0))),
  )
  refused(
    /payload is too long/,
    altered(elements => elements.splice(2, 1, new Uint8Array(16385))),
  )
  refused(
    /no signature/,
    altered(elements => elements.splice(3, 1, 'signature')),
  )
  refused(
    /COSE_Sign1/,
    altered(elements => elements.pop()),
  )
  refused(
    /COSE_Sign1/,
    altered(elements => elements.push(null)),
  )
  refused(/COSE_Sign1/, Buffer.from(encode(new Map())))
  refused(/CBOR/, Buffer.concat([Buffer.of(0xd2, 0xd2), good]))
  refused(/CBOR/, Buffer.concat([Buffer.of(0xd1), good]))
})

const members: Readonly<Record<string, [RegExp, AttestOptions]>> = {
  'no module_id': [/module_id/, { members: { module_id: undefined } }],
  'empty module_id': [/module_id/, { moduleId: '' }],
  'module_id in bytes': [/module_id/, { members: { module_id: Buffer.from('i-1') } }],
  'digest of SHA512': [/digest/, { members: { digest: 'SHA512' } }],
  'no digest': [/digest/, { members: { digest: undefined } }],
  'no timestamp': [/timestamp/, { members: { timestamp: undefined } }],
  'timestamp zero': [/timestamp/, { timestamp: 0 }],
  'negative timestamp': [/timestamp/, { timestamp: -now }],
  'timestamp as a float': [/float/, { timestamp: now + 0.5 }],
  'timestamp as a text': [/timestamp/, { members: { timestamp: String(now) } }],
  'timestamp of 64 bits': [/CBOR/, { members: { timestamp: 2n ** 63n } }],
  'old document': [/too old/, { timestamp: now - 5 * minute - 1 }],
  'document of the future': [/future/, { timestamp: now + 5 * minute + 1 }],
  'no registers': [/neither pcrs/, { pcrs: null }],
  'empty registers': [/too few/, { members: { pcrs: new Map() } }],
  'registers as an array': [/not a map/, { members: { pcrs: [] } }],
  'register 32': [/index/, { pcrs: { 32: '00'.repeat(48) } }],
  'register -1': [/index/, { members: { pcrs: new Map([[-1, Buffer.alloc(48)]]) } }],
  'register with a name': [/index/, { members: { pcrs: new Map([['0', Buffer.alloc(48)]]) } }],
  'register of 47 bytes': [/another length/, { pcrs: { 0: '00'.repeat(47) } }],
  'register as a text': [/not bytes/, { members: { pcrs: new Map([[0, '00'.repeat(48)]]) } }],
  'bad register of NitroTPM': [/nitrotpm_pcrs/, { nitroTpmPcrs: { 40: '00'.repeat(48) } }],
  'no certificate': [/no certificate/, { members: { certificate: undefined } }],
  'long certificate': [/certificate is too/, { members: { certificate: Buffer.alloc(1025) } }],
  'no cabundle': [/cabundle/, { members: { cabundle: undefined } }],
  'empty cabundle': [/cabundle/, { members: { cabundle: [] } }],
  'cabundle of an empty one': [/cabundle/, { members: { cabundle: [Buffer.of()] } }],
  'cabundle of null': [/cabundle is not bytes/, { members: { cabundle: [null] } }],
  'no public_key': [/no public_key/, { publicKey: null }],
  'public_key left out': [/no public_key/, { members: { public_key: undefined } }],
  'empty public_key': [/public_key/, { publicKey: Buffer.of() }],
  'long public_key': [/public_key is too/, { publicKey: Buffer.alloc(1025) }],
  'public_key that is none': [/cannot be read/, { publicKey: Buffer.from('a key') }],
  'public_key in PEM': [
    /cannot be read/,
    { publicKey: Buffer.from(keyPair.publicKey.export({ format: 'pem', type: 'spki' })) },
  ],
  'private key': [
    /cannot be read|too long/,
    { publicKey: keyPair.privateKey.export({ format: 'der', type: 'pkcs8' }) },
  ],
  'RSA key of 1024 bits': [
    /short/,
    { publicKey: generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey },
  ],
  'EC key': [/not an RSA/, { publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey }],
  'RSA-PSS key': [
    /not an RSA/,
    { publicKey: generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey },
  ],
  'long user_data': [/user_data/, { userData: Buffer.alloc(1025) }],
  'nonce as a text': [/nonce/, { members: { nonce: 'nonce' } }],
  'member with a number for a name': [/broken member/, { editPayload: addMember('0102') }],
  'member that is undefined': [/CBOR/, { editPayload: addMember('6161f7') }],
  'duplicate member': [/repeat map key/, { editPayload: addMember('6664696765737466534841333834') }],
  'payload with bytes behind': [/CBOR/, { editPayload: payload => Buffer.concat([payload, Buffer.of(0)]) }],
  'payload that is no map': [/not a map/, { editPayload: () => Buffer.of(0x80) }],
  'payload that ends early': [/CBOR/, { editPayload: payload => payload.subarray(0, -1) }],
  'payload with a tag': [/CBOR/, { editPayload: payload => Buffer.concat([Buffer.of(0xd2), payload]) }],
  'member without a value': [/broken member/, { editPayload: () => Buffer.from('bf6161ffff', 'hex') }],
  'endless payload': [
    /CBOR/,
    { editPayload: payload => Buffer.concat([Buffer.of(0xbf), payload.subarray(1)]) },
  ],
  'endless array in the payload': [/endless array/, { editPayload: () => Buffer.from('a161619fff', 'hex') }],
  'endless bytes in the payload': [/CBOR/, { editPayload: () => Buffer.from('a161615f4100ff', 'hex') }],
  'deeply nested payload': [/more than 512/, { editPayload: () => Buffer.alloc(16000, 0x81) }],
}

/** Puts a further member, in hex, behind the others of a map of less than 24. */
function addMember(hex: string): (payload: Buffer) => Buffer {
  return payload => {
    const [head = 0] = payload
    return Buffer.concat([Buffer.of(head + 1), payload.subarray(1), Buffer.from(hex, 'hex')])
  }
}

for (const [name, [reason, options]] of Object.entries(members)) {
  test(`refused although signed: ${name}`, () => refused(reason, enclave.attest(options)))
}

test('the edges of what is taken', () => {
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

test('refused: what is hardly a document', () => {
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
  // The empty map of the unprotected header without a length.
  refused(/CBOR/, Buffer.concat([good.subarray(0, 6), Buffer.of(0xbf, 0xff), good.subarray(7)]))
})

test('no document with a changed byte holds', () => {
  // All of it: the payload, the protected header and the certificates are signed, and the little outside of
  // them (array and length heads, the empty map) has one encoding only.
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

test('whatever is signed or sent, nothing but an AttestationProblem comes out', () => {
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
