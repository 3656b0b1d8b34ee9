import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeExtension } from '../../../test/fixtures/nitro-enclave.ts'
import { der } from '../../std/index.ts'
import { AttestationProblem } from './attestation-problem.ts'
import { readCertificateUse } from './certificate-use.ts'

const integer = (...octets: number[]) => der.tagged(0x02, Buffer.from(octets))
const yes = der.tagged(0x01, Buffer.of(0xff))
const no = der.tagged(0x01, Buffer.of(0))
const constraints = (...parts: Buffer[]) => makeExtension('2.5.29.19', true, der.sequence(...parts))
const usage = (...octets: number[]) => makeExtension('2.5.29.15', true, der.tagged(0x03, Buffer.from(octets)))

/** Only the parts of a certificate that are read: its shape and the last element of its body. */
function certificate(...extensions: Buffer[]): Buffer {
  const body = der.sequence(integer(1), der.tagged(0xa3, der.sequence(...extensions)))
  return der.sequence(body, der.sequence(), der.tagged(0x03, Buffer.alloc(200)))
}

test('the extensions decide the uses of the key', () => {
  const nothing = { isAuthority: false, pathLength: undefined, signsData: false, signsCertificates: false }
  assert.deepEqual(readCertificateUse(certificate()), nothing)
  assert.deepEqual(readCertificateUse(der.sequence(der.sequence(integer(1)))), nothing)
  assert.deepEqual(readCertificateUse(certificate(constraints(), usage(7, 0x80))), {
    ...nothing,
    signsData: true,
  })
  assert.deepEqual(readCertificateUse(certificate(constraints(no))), nothing)
  assert.deepEqual(readCertificateUse(certificate(constraints(yes))), { ...nothing, isAuthority: true })
  assert.deepEqual(readCertificateUse(certificate(constraints(yes, integer(127)), usage(1, 0x86))), {
    isAuthority: true,
    pathLength: 127,
    signsData: true,
    signsCertificates: true,
  })
  assert.deepEqual(readCertificateUse(certificate(constraints(integer(0)))), { ...nothing, pathLength: 0 })
  assert.deepEqual(readCertificateUse(certificate(usage(0))), nothing)
})

const broken: Readonly<Record<string, Buffer>> = {
  'bytes behind the certificate': Buffer.concat([certificate(), Buffer.of(5, 0)]),
  nothing: Buffer.of(),
  'a different element': der.set(),
  'no body': der.sequence(),
  'an extension twice': certificate(usage(0, 0x80), usage(0, 0x04)),
  'a path length of two octets': certificate(constraints(yes, integer(1, 0))),
  'a negative path length': certificate(constraints(yes, integer(0xff))),
  'an empty path length': certificate(constraints(yes, integer())),
  'a path length that is no integer': certificate(constraints(yes, der.octets(Buffer.of(1)))),
  'a key usage that is no bit string': certificate(makeExtension('2.5.29.15', true, integer(0x80))),
  'an unknown critical extension': certificate(makeExtension('2.5.29.30', true, der.sequence())),
  'an extension without a value': certificate(der.sequence(der.oid('2.5.29.15'))),
  'an indefinite length': der.indefinite(0x30, der.sequence()),
  'a length of three octets': Buffer.from('3083000000', 'hex'),
  'half a length': Buffer.from('3082ff', 'hex'),
  'no length': Buffer.from('30', 'hex'),
  'a length beyond the end': certificate().subarray(0, -1),
  'a tag of two octets': Buffer.from('3003bf0100', 'hex'),
}

for (const [name, bytes] of Object.entries(broken)) {
  test(`refused: ${name}`, () => assert.throws(() => readCertificateUse(bytes), AttestationProblem))
}
