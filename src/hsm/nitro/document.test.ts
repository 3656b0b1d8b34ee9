import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import type { AttestOptions } from '../../../test/fixtures/nitro-enclave.ts'
import { enclave, keyPair, minute, now, refused, verifier } from './samples.test.ts'

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
  'register of 47 bytes': [/a different length/, { pcrs: { 0: '00'.repeat(47) } }],
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
  'public_key that is not a key': [/cannot be read/, { publicKey: Buffer.from('a key') }],
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
  'member with a number for a name': [/a member without a name/, { editPayload: addMember('0102') }],
  'member that is undefined': [/CBOR/, { editPayload: addMember('6161f7') }],
  'duplicate member': [/repeated map key/, { editPayload: addMember('6664696765737466534841333834') }],
  'payload with bytes behind': [/CBOR/, { editPayload: payload => Buffer.concat([payload, Buffer.of(0)]) }],
  'payload that is no map': [/not a map/, { editPayload: () => Buffer.of(0x80) }],
  'payload that ends early': [/CBOR/, { editPayload: payload => payload.subarray(0, -1) }],
  'payload with a tag': [/CBOR/, { editPayload: payload => Buffer.concat([Buffer.of(0xd2), payload]) }],
  'member without a value': [/a break in the place/, { editPayload: () => Buffer.from('bf6161ffff', 'hex') }],
  'endless payload': [
    /CBOR/,
    { editPayload: payload => Buffer.concat([Buffer.of(0xbf), payload.subarray(1)]) },
  ],
  'endless array in the payload': [
    /an indefinite length/,
    { editPayload: () => Buffer.from('a161619fff', 'hex') },
  ],
  'endless bytes in the payload': [/CBOR/, { editPayload: () => Buffer.from('a161615f4100ff', 'hex') }],
  // Each "x" is a member that Keyward does not know.
  'x with a text that is not UTF-8': [/UTF-8/, { editPayload: addMember('617861ff') }],
  'x with half a surrogate pair in UTF-8': [/UTF-8/, { editPayload: addMember('617863eda080') }],
  'x with a text of an overlong form': [/UTF-8/, { editPayload: addMember('617862c0af') }],
  'name that is not UTF-8': [/UTF-8/, { editPayload: addMember('61ff01') }],
  'x with a repeated byte string for a key': [/repeated/, { editPayload: addMember('6178a2410100410100') }],
  'x with a repeated integer for a key': [/repeated/, { editPayload: addMember('6178a201000100') }],
  'x with a repeated text for a key, deep inside': [
    /repeated/,
    { editPayload: addMember('617881a100a2616101616102') },
  ],
  'x with an array for a key': [/neither an integer/, { editPayload: addMember('6178a18000') }],
  'x with a break for a value': [/a break/, { editPayload: addMember('6178a100ff') }],
  'x with a break in an array': [/a break/, { editPayload: addMember('617881ff') }],
  'x with an endless map that ends after a key': [/a break/, { editPayload: addMember('6178bf00ff') }],
  'x with a longer integer than needed': [/shortest/, { editPayload: addMember('61781801') }],
  'x with a longer length than needed': [/shortest/, { editPayload: addMember('6178580101') }],
  'x with a tag': [/a tag/, { editPayload: addMember('6178c100') }],
  'x with a float': [/a float/, { editPayload: addMember('6178f93c00') }],
  'x with a simple value': [/simple value/, { editPayload: addMember('6178f820') }],
  'x that ends early': [/too early/, { editPayload: addMember('61784201') }],
  'deeply nested payload': [/more than 512/, { editPayload: () => Buffer.alloc(16000, 0x81) }],
}

test('a member that Keyward does not know may hold everything else', () => {
  const editPayload = addMember('617887f5a241000041010063efbbbf20f680bf00a0ff')
  verifier.verify(enclave.attest({ editPayload }), now)
})

/** Adds a member, in hex, at the end of a map of less than 24. */
function addMember(hex: string): (payload: Buffer) => Buffer {
  return payload => {
    const [head = 0] = payload
    return Buffer.concat([Buffer.of(head + 1), payload.subarray(1), Buffer.from(hex, 'hex')])
  }
}

for (const [name, [reason, options]] of Object.entries(members)) {
  test(`refused although signed: ${name}`, () => refused(reason, enclave.attest(options)))
}
