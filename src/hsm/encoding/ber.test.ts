import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import type { KeyPairSpec } from '../../domain/index.ts'
import { DerProblem } from '../../std/index.ts'
import { KeyMaterialProblem } from '../problems.ts'
import { checkPrivateKey } from '../software/given-private-key.ts'
import { berToDer } from './ber.ts'

// Expected values: ITU-T X.690, 8.1.3 and 8.7; AWS KMS developer guide, "Requirements for imported key material"; recorded from AWS.

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

const encodings: [string, string, string][] = [
  ['DER', '30 03 02 01 05', '30 03 02 01 05'],
  ['a length of more bytes than it needs', '30 81 03 02 01 05', '30 03 02 01 05'],
  ['a length with zeros before it', '30 83 00 00 03 02 01 05', '30 03 02 01 05'],
  ['lengths within', '30 04 02 81 01 05', '30 03 02 01 05'],
  ['an indefinite length', '30 80 02 01 05 00 00', '30 03 02 01 05'],
  ['indefinite lengths within one', '30 80 30 80 02 01 05 00 00 04 00 00 00', '30 07 30 03 02 01 05 04 00'],
  ['an octet string in pieces', '24 06 04 01 aa 04 01 bb', '04 02 aa bb'],
  ['pieces of pieces, of indefinite length', '24 80 24 03 04 01 aa 04 01 bb 00 00', '04 02 aa bb'],
  ['no pieces', '24 00', '04 00'],
  ['a context-specific element', 'a0 80 05 00 00 00', 'a0 02 05 00'],
]
for (const [name, ber, der] of encodings) {
  test(`BER with ${name}`, () => assert.deepEqual(berToDer(hex(ber)), hex(der)))
}

const wrong: [string, string][] = [
  ['nothing', ''],
  ['no length', '30'],
  ['a length that is cut off', '30 82 01'],
  ['contents that are cut off', '30 03 02 01'],
  ['a length beyond all numbers', `30 fe ${'ff'.repeat(126)}`],
  ['the reserved length', `30 ff ${'00'.repeat(127)}`],
  ['bytes behind the element', '30 03 02 01 05 00'],
  ['bytes behind the end-of-contents', '30 80 00 00 00'],
  ['no end-of-contents', '30 80 02 01 05'],
  ['half an end-of-contents', '30 80 02 01 05 00'],
  ['a primitive of indefinite length', '04 80 00 00'],
  ['a piece that is not an octet string', '24 03 02 01 05'],
  ['an end-of-contents in a definite length', '30 02 00 00'],
  ['endless depth', `${'3080'.repeat(5000)}`],
]
for (const [name, ber] of wrong) {
  test(`${name} is refused`, () => assert.throws(() => berToDer(hex(ber)), DerProblem))
}

const pkcs8 = { type: 'pkcs8', format: 'der' } as const
const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey.export(pkcs8)
const keys: [KeyPairSpec, Buffer][] = [
  ['RSA_2048', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pkcs8)],
  ['ECC_NIST_P256', curve('P-256')],
  ['ECC_NIST_P384', curve('P-384')],
  ['ECC_NIST_P521', curve('P-521')],
  ['ECC_SECG_P256K1', curve('secp256k1')],
  ['SM2', curve('SM2')],
]
const ed25519 = generateKeyPairSync('ed25519').privateKey.export(pkcs8)

/** The contents of an element with a length of one to three bytes. */
function contentsOf(der: Buffer): Buffer {
  const first = der[1] ?? assert.fail('empty')
  return der.subarray(first < 0x80 ? 2 : 2 + (first & 0x7f))
}

/** The same key in different encodings. */
function othersOf(der: Buffer): [string, Buffer][] {
  const contents = contentsOf(der)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(contents.length)
  return [
    ['an indefinite length', Buffer.concat([hex('3080'), contents, hex('0000')])],
    ['a longer length', Buffer.concat([hex('3084'), length, contents])],
  ]
}

describe('private keys in BER', () => {
  for (const [keySpec, der] of keys) {
    test(`a ${keySpec} key in BER is the same as in DER`, () => {
      for (const [name, ber] of othersOf(der)) {
        assert.deepEqual(checkPrivateKey(keySpec, ber), checkPrivateKey(keySpec, der), name)
      }
      const behind = Buffer.concat([der, Buffer.of(0)])
      assert.throws(() => checkPrivateKey(keySpec, behind), KeyMaterialProblem)
    })
  }

  test('the key in the octet string may be in BER too', () => {
    const [, der] = keys[1] ?? assert.fail()
    // The octet string with the key comes after version and algorithm.
    const inner = contentsOf(der)
    const start = 3 + 2 + (inner[4] ?? 0)
    const key = contentsOf(inner.subarray(start))
    for (const [name, ber] of othersOf(key)) {
      const pieces = [ber.subarray(0, 9), ber.subarray(9)].flatMap(piece => [
        Buffer.of(4, piece.length),
        piece,
      ])
      const given = Buffer.concat([
        hex('3080'),
        inner.subarray(0, start),
        hex('2480'),
        ...pieces,
        hex('00000000'),
      ])
      assert.deepEqual(checkPrivateKey('ECC_NIST_P256', given), der, name)
    }
  })

  test('an Ed25519 key in BER is refused', () => {
    assert.deepEqual(checkPrivateKey('ECC_NIST_EDWARDS25519', ed25519), ed25519)
    for (const [name, ber] of othersOf(ed25519)) {
      assert.throws(() => checkPrivateKey('ECC_NIST_EDWARDS25519', ber), KeyMaterialProblem, name)
    }
  })
})
