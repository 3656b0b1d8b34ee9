import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  type CiphertextHeader,
  ciphertextHeaderSizeBytes,
  encodeCiphertextHeader,
  parseCiphertextHeader,
} from './ciphertext-blob.ts'

const materialId = '00112233445566778899aabbccddeeff'.repeat(2)
const keyIdHex = '1234abcd12ab34cd56ef1234567890ab'

// Written by hand from the layout: version, form, account in five bytes, key id, key material id, then one sealed byte.
const vectors: Record<string, { bytes: string; header: CiphertextHeader }> = {
  'a single-Region key': {
    bytes: `01 00 19debd01c7 ${keyIdHex} ${materialId} ff`,
    header: {
      accountId: '111111111111',
      keyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
      keyMaterialId: materialId,
    },
  },
  'a multi-Region key': {
    bytes: `01 01 19debd01c7 ${keyIdHex} ${materialId} ff`,
    header: { accountId: '111111111111', keyId: `mrk-${keyIdHex}`, keyMaterialId: materialId },
  },
  'the account of zeros': {
    bytes: `01 00 0000000000 ${keyIdHex} ${materialId} ff`,
    header: {
      accountId: '000000000000',
      keyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
      keyMaterialId: materialId,
    },
  },
  'the highest account': {
    bytes: `01 00 e8d4a50fff ${'00'.repeat(16)} ${'ff'.repeat(32)} ff`,
    header: {
      accountId: '999999999999',
      keyId: '00000000-0000-0000-0000-000000000000',
      keyMaterialId: 'ff'.repeat(32),
    },
  },
}
const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

for (const [name, { bytes, header }] of Object.entries(vectors)) {
  test(`the header of ${name} is encoded and parsed`, () => {
    const blob = bytesOf(bytes)
    assert.deepEqual(parseCiphertextHeader(blob), header)
    assert.equal(encodeCiphertextHeader(header).toString('hex'), blob.subarray(0, -1).toString('hex'))
  })
}

describe('the parser refuses', () => {
  const good = bytesOf(`01 00 19debd01c7 ${keyIdHex} ${materialId} ff`)
  const refused: Record<string, Buffer> = {
    nothing: Buffer.alloc(0),
    'one byte': Buffer.from([1]),
    'a header without a sealed part': good.subarray(0, ciphertextHeaderSizeBytes),
    'version 0': Buffer.concat([Buffer.from([0]), good.subarray(1)]),
    'version 2': Buffer.concat([Buffer.from([2]), good.subarray(1)]),
    'an unknown form of key id': Buffer.concat([Buffer.from([1, 2]), good.subarray(2)]),
    'an account of thirteen digits': bytesOf(`01 00 e8d4a51000 ${keyIdHex} ${materialId} ff`),
    'the largest number for an account': bytesOf(`01 00 ffffffffff ${keyIdHex} ${materialId} ff`),
    // Blobs of AWS KMS itself begin like this. They come from a different system.
    'a blob of AWS KMS': Buffer.concat([bytesOf('0102020078'), Buffer.alloc(179, 7)]),
    zeros: Buffer.alloc(200),
  }
  for (const [name, blob] of Object.entries(refused)) {
    test(name, () => {
      assert.equal(parseCiphertextHeader(blob), undefined)
    })
  }
})

const hexOf = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
const headers: fc.Arbitrary<CiphertextHeader> = fc.record(
  {
    accountId: fc
      .oneof(fc.bigInt(0n, 999_999_999_999n), fc.constantFrom(0n, 1n, 999_999_999_999n))
      .map(number => String(number).padStart(12, '0')),
    keyId: fc.tuple(hexOf(32), fc.boolean()).map(([hex, isMultiRegion]) => {
      const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
      return isMultiRegion ? `mrk-${hex}` : uuid
    }),
    keyMaterialId: hexOf(64),
  },
  { noNullPrototype: true },
)

test('an encoded header parses to the same header', () => {
  fc.assert(
    fc.property(headers, fc.uint8Array({ minLength: 1, maxLength: 60 }), (header, sealed) => {
      const encoded = encodeCiphertextHeader(header)
      assert.equal(encoded.length, ciphertextHeaderSizeBytes)
      assert.deepEqual(parseCiphertextHeader(Buffer.concat([encoded, sealed])), header)
    }),
    { numRuns: 1000 },
  )
})

test('different headers have different bytes', () => {
  fc.assert(
    fc.property(headers, headers, (a, b) => {
      const areSame = JSON.stringify(a) === JSON.stringify(b)
      assert.equal(encodeCiphertextHeader(a).equals(encodeCiphertextHeader(b)), areSame)
    }),
  )
})

test('any bytes are refused, or encoding their header gives them back', () => {
  const start = fc.constantFrom([], [1], [1, 0], [1, 1], [1, 0, 0], [1, 1, 0])
  const blobs = fc
    .tuple(
      start,
      fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 56, maxLength: 90 })),
      fc.integer({ min: 0, max: 9 }),
    )
    .map(([first, rest, offset]) => {
      // A view into a larger buffer. The bytes around the view must not be read.
      const around = Buffer.concat([Buffer.alloc(offset, 1), Buffer.from(first), rest])
      return new Uint8Array(around.buffer, around.byteOffset + offset, around.length - offset)
    })
  let parsedCount = 0
  fc.assert(
    fc.property(blobs, blob => {
      const header = parseCiphertextHeader(blob)
      if (header === undefined) return
      parsedCount++
      const size = ciphertextHeaderSizeBytes
      assert.equal(encodeCiphertextHeader(header).compare(Buffer.from(blob).subarray(0, size)), 0)
    }),
    { numRuns: 5000 },
  )
  assert.ok(parsedCount > 100, 'enough of them parsed')
})

test('the sealed part does not change how the header is parsed', () => {
  fc.assert(
    fc.property(headers, fc.uint8Array({ minLength: 1 }), fc.uint8Array({ minLength: 1 }), (header, a, b) => {
      const encoded = encodeCiphertextHeader(header)
      assert.deepEqual(
        parseCiphertextHeader(Buffer.concat([encoded, a])),
        parseCiphertextHeader(Buffer.concat([encoded, b])),
      )
    }),
  )
})
