import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import type { KeyPairSpec } from '../../domain/index.ts'
import { der, derTag, readDer, readOnlyDer } from '../encoding/der.ts'
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
