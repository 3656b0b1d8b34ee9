import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import type { KeyPairSpec } from '../../domain/index.ts'
import { der, derTag, readDer, readOnlyDer } from '../../std/index.ts'
import { KeyMaterialProblem } from '../problems.ts'
import { checkPrivateKey } from './given-private-key.ts'

const pkcs8 = { type: 'pkcs8', format: 'der' } as const
const spki = { type: 'spki', format: 'der' } as const

test('the two examples of RFC 8410, 10.3, with and without an attribute and a public key, are one key', () => {
  const alone = 'MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC'
  const withPublicKey =
    'MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC' +
    'oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB' +
    'Z9w7lshQhqowtrbLDFw4rXAxZuE='
  const [bytes, given] = [alone, withPublicKey].map(text => Buffer.from(text, 'base64'))
  assert.ok(bytes && given)
  assert.deepEqual(checkPrivateKey('ECC_NIST_EDWARDS25519', given), bytes)
  for (let index = 48; index < given.length; index++) {
    const isAttribute = index >= 52 && index < 81
    if (isAttribute) continue
    const altered = Buffer.from(given)
    altered[index] = (altered[index] ?? 0) ^ 1
    const refused = () => checkPrivateKey('ECC_NIST_EDWARDS25519', altered)
    assert.throws(refused, KeyMaterialProblem, `byte ${index}`)
  }
})

/** OneAsymmetricKey (RFC 5958, 2) of a private key and a public key. */
function withPublicKey(privateKey: KeyObject, publicKey: KeyObject): Buffer {
  const version = readDer(readOnlyDer(privateKey.export(pkcs8), derTag.sequence), derTag.integer)
  const algorithm = readDer(readOnlyDer(publicKey.export(spki), derTag.sequence), derTag.sequence)
  const bits = der.tagged(0x81, readOnlyDer(algorithm.rest, derTag.bitString))
  return der.sequence(Buffer.of(2, 1, 1), version.rest, bits)
}

const pairs: [KeyPairSpec, () => { privateKey: KeyObject; publicKey: KeyObject }][] = [
  ['RSA_2048', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['ECC_NIST_P256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['SM2', () => generateKeyPairSync('ec', { namedCurve: 'SM2' })],
  ['ECC_NIST_EDWARDS25519', () => generateKeyPairSync('ed25519')],
  ['ML_DSA_44', () => generateKeyPairSync('ml-dsa-44')],
  ['ML_KEM_512', () => generateKeyPairSync('ml-kem-512')],
]
for (const [keySpec, generate] of pairs) {
  test(`${keySpec}: a private key that comes with the public key of a different key is refused`, () => {
    const [own, other] = [generate(), generate()]
    const alone = own.privateKey.export(pkcs8)
    assert.deepEqual(checkPrivateKey(keySpec, withPublicKey(own.privateKey, own.publicKey)), alone)
    const foreign = withPublicKey(own.privateKey, other.publicKey)
    assert.throws(() => checkPrivateKey(keySpec, foreign), KeyMaterialProblem)
  })
}

/** PKCS#8 of a private key, taken apart. */
function partsOf(privateKey: KeyObject) {
  const version = readDer(readOnlyDer(privateKey.export(pkcs8), derTag.sequence), derTag.integer)
  const algorithm = readDer(version.rest, derTag.sequence)
  const octets = readOnlyDer(algorithm.rest, derTag.octetString)
  return { algorithm: der.sequence(algorithm.value), parameters: algorithm.value, octets }
}

/** PKCS#8 (RFC 5958, 2) of its parts. `behind` comes after the private key. */
function info(version: number, algorithm: Buffer, octets: Buffer, ...behind: Buffer[]): Buffer {
  return der.sequence(der.integer(version), algorithm, der.octets(octets), ...behind)
}

/** An attribute (RFC 5958, 2) with a friendly name. */
const attributes = der.tagged(
  0xa0,
  der.sequence(der.oid('1.2.840.113549.1.9.20'), der.set(der.tagged(0x1e, Buffer.from('0061', 'hex')))),
)

/** Asserts that each key is the canonical one, or is refused. */
function judge(
  keySpec: KeyPairSpec,
  canonical: Buffer,
  keys: Readonly<Record<string, readonly [boolean, Buffer]>>,
) {
  for (const [name, [isTaken, key]] of Object.entries(keys)) {
    if (isTaken) assert.deepEqual(checkPrivateKey(keySpec, key), canonical, name)
    else assert.throws(() => checkPrivateKey(keySpec, key), KeyMaterialProblem, name)
  }
}

test('an EC private key has the one version and the one form that RFC 5915 and RFC 5480 give it', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { algorithm, parameters, octets } = partsOf(privateKey)
  const inner = readDer(readOnlyDer(octets, derTag.sequence), derTag.integer)
  const scalar = readDer(inner.rest, derTag.octetString)
  const point = readOnlyDer(readOnlyDer(scalar.rest, 0xa1), derTag.bitString).subarray(1)
  const [one, d] = [der.integer(1), der.octets(scalar.value)]
  const parity = (point.at(-1) ?? 0) & 1
  const publicKey = (bits: Buffer) => der.tagged(0xa1, der.tagged(derTag.bitString, bits))
  const whole = publicKey(Buffer.concat([Buffer.of(0), point]))
  const curve = (hex: string) => der.tagged(0xa0, Buffer.from(hex, 'hex'))
  const key = (...parts: Buffer[]) => info(0, algorithm, der.sequence(...parts))
  const good = der.sequence(one, d, whole)
  const hybrid = Buffer.concat([Buffer.of(0, 6 + parity), point.subarray(1)])
  const compressed = Buffer.concat([Buffer.of(0, 2 + parity), point.subarray(1, 33)])
  const oddBits = Buffer.concat([Buffer.of(1), point])
  judge('ECC_NIST_P256', privateKey.export(pkcs8), {
    // RFC 5915, 3: the curve and the point are optional.
    'as OpenSSL writes it': [true, key(one, d, whole)],
    'without a point': [true, key(one, d)],
    'with the name of the curve': [true, key(one, d, curve('06082a8648ce3d030107'), whole)],
    'with a compressed point': [true, key(one, d, publicKey(compressed))],
    // RFC 5915, 3: "version … shall be set to 1 (ecPrivkeyVer1)".
    'version 0': [false, key(der.integer(0), d, whole)],
    'version 2': [false, key(der.integer(2), d, whole)],
    'version −1': [false, key(Buffer.of(2, 1, 255), d, whole)],
    'an empty version': [false, key(Buffer.of(2, 0), d, whole)],
    'no version': [false, key(d, whole)],
    // RFC 5480, 2.2: "The public key MUST be rejected if any other value is included in the first octet".
    'a hybrid point': [false, key(one, d, publicKey(hybrid))],
    'a hybrid point beside the key': [false, info(1, algorithm, good, der.tagged(0x81, hybrid))],
    'the point at infinity': [false, key(one, d, publicKey(Buffer.of(0, 0)))],
    'a point of odd bits': [false, key(one, d, publicKey(oddBits))],
    'a point of odd bits beside the key': [false, info(1, algorithm, good, der.tagged(0x81, oddBits))],
    'the name of a different curve inside': [false, key(one, d, curve('06052b81040022'), whole)],
    'no name of the curve outside': [
      false,
      info(
        0,
        der.sequence(parameters.subarray(0, 9)),
        der.sequence(one, d, curve('06082a8648ce3d030107'), whole),
      ),
    ],
    'the parts in a different order': [false, key(one, d, whole, curve('06082a8648ce3d030107'))],
    'a part behind the point': [false, key(one, d, whole, der.nothing())],
    'bytes behind the ECPrivateKey': [false, info(0, algorithm, Buffer.concat([good, der.nothing()]))],
  })
})

test('PKCS#8 has a version that RFC 5958 knows, and nothing that it does not know', () => {
  for (const [keySpec, { privateKey, publicKey }] of [
    ['ECC_NIST_P256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['ECC_NIST_EDWARDS25519', generateKeyPairSync('ed25519')],
    ['RSA_2048', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ML_DSA_44', generateKeyPairSync('ml-dsa-44')],
  ] as const) {
    const { algorithm, parameters, octets } = partsOf(privateKey)
    const subject = readDer(readOnlyDer(publicKey.export(spki), derTag.sequence), derTag.sequence)
    const own = der.tagged(0x81, readOnlyDer(subject.rest, derTag.bitString))
    judge(keySpec, privateKey.export(pkcs8), {
      'version 0': [true, info(0, algorithm, octets)],
      attributes: [true, info(0, algorithm, octets, attributes)],
      // "If publicKey is present, then version is set to v2 else version is set to v1." AWS-LC takes v2 without one.
      'version 1': [true, info(1, algorithm, octets)],
      'version 1 with a public key': [true, info(1, algorithm, octets, attributes, own)],
      'version 0 with a public key': [false, info(0, algorithm, octets, own)],
      'version 2': [false, info(2, algorithm, octets)],
      'attributes behind the public key': [false, info(1, algorithm, octets, own, attributes)],
      'two public keys': [false, info(1, algorithm, octets, own, own)],
      'an unknown part': [false, info(0, algorithm, octets, der.nothing())],
      'bytes behind it': [false, Buffer.concat([info(0, algorithm, octets), Buffer.of(0)])],
      'bytes behind the private key': [false, info(0, algorithm, Buffer.concat([octets, der.nothing()]))],
      'a parameter too many': [false, info(0, der.sequence(parameters, der.nothing()), octets)],
    })
  }
})

test('an RSA private key has version 0 and the parameter NULL (RFC 8017, A.1)', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { algorithm, parameters, octets } = partsOf(privateKey)
  const { rest } = readDer(readOnlyDer(octets, derTag.sequence), derTag.integer)
  const key = (version: Buffer, ...behind: Buffer[]) =>
    info(0, algorithm, der.sequence(version, rest, ...behind))
  const identifier = parameters.subarray(0, -2)
  const prime = der.sequence(der.integer(3), der.integer(3), der.integer(3))
  judge('RSA_2048', privateKey.export(pkcs8), {
    'version 0': [true, key(der.integer(0))],
    'version 1': [false, key(der.integer(1))],
    'version 1 with a third prime': [false, key(der.integer(1), der.sequence(prime))],
    'version 0 with a third prime': [false, key(der.integer(0), der.sequence(prime))],
    'version 2': [false, key(der.integer(2))],
    'an empty version': [false, key(Buffer.of(2, 0))],
    'no parameter': [false, info(0, der.sequence(identifier), octets)],
    'an octet string as the parameter': [false, info(0, der.sequence(identifier, der.octets()), octets)],
  })
})
