import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode } from 'cborg'
import fc from 'fast-check'
import { AttestationProblem } from './attestation-problem.ts'
import { decodeCbor } from './cbor.ts'
import { good } from './samples.test.ts'

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const ofMaps = { indefiniteMaps: true }

function isRefused(hex: string, reason = /^CBOR with /): void {
  for (const options of [{}, ofMaps])
    assert.throws(
      () => decodeCbor(bytesOf(hex), options),
      (error: unknown) => error instanceof AttestationProblem && reason.test(error.message),
      hex,
    )
}

test('the examples of RFC 8949, appendix A, that strict documents may hold', () => {
  const oneTo25 = Array.from({ length: 25 }, (_, index) => index + 1)
  const examples: readonly (readonly [string, unknown])[] = [
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['1903e8', 1000],
    ['1a000f4240', 1_000_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['20', -1],
    ['3863', -100],
    ['3903e7', -1000],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['40', new Uint8Array(0)],
    ['4401020304', Uint8Array.of(1, 2, 3, 4)],
    ['60', ''],
    ['62225c', '"\\'],
    ['62c3bc', 'ü'],
    ['63e6b0b4', '水'],
    ['64f0908591', '\u{10151}'],
    ['80', []],
    ['8301820203820405', [1, [2, 3], [4, 5]]],
    ['98190102030405060708090a0b0c0d0e0f101112131415161718181819', oneTo25],
    ['a0', new Map()],
    [
      'a201020304',
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    ['826161a161626163', ['a', new Map([['b', 'c']])]],
  ]
  for (const [hex, value] of examples) assert.deepEqual(decodeCbor(bytesOf(hex)), value, hex)
  const endless = 'bf6346756ef563416d7421ff'
  const map = new Map<string, unknown>([
    ['Fun', true],
    ['Amt', -2],
  ])
  assert.deepEqual(decodeCbor(bytesOf(endless), ofMaps), map)
  assert.throws(() => decodeCbor(bytesOf(endless)), AttestationProblem)
})

test('the examples of RFC 8949, appendix F, are not well-formed', () => {
  const examples: Readonly<Record<string, string>> = {
    'end of input in a head':
      '18, 19, 1a, 1b, 19 01, 1a 01 02, 1b 01 02 03 04 05 06 07, 38, 58, 78, 98, 9a 01 ff 00, b8, d8, f8, f9 00, fa 00 00, fb 00 00 00',
    'definite-length strings with short data':
      '41, 61, 5a ff ff ff ff 00, 5b ff ff ff ff ff ff ff ff 01 02 03, 7a ff ff ff ff 00, 7b 7f ff ff ff ff ff ff ff 01 02 03',
    'definite-length maps and arrays without enough items':
      '81, 81 81 81 81 81 81 81 81 81, 82 00, a1, a2 01 02, a1 00, a2 00 00 00',
    'a tag without content': 'c0',
    'indefinite-length strings that are not closed': '5f 41 00, 7f 61 00',
    'indefinite-length maps and arrays that are not closed':
      '9f, 9f 01 02, bf, bf 01 02 01 02, 81 9f, 9f 80 00, 9f 9f 9f 9f 9f ff ff ff ff, 9f 81 9f 81 9f 9f ff ff ff',
    'reserved additional information':
      '1c, 1d, 1e, 3c, 3d, 3e, 5c, 5d, 5e, 7c, 7d, 7e, 9c, 9d, 9e, bc, bd, be, dc, dd, de, fc, fd, fe',
    'reserved two-byte encodings of simple values': 'f8 00, f8 01, f8 18, f8 1f',
    'chunks of a different type':
      '5f 00 ff, 5f 21 ff, 5f 61 00 ff, 5f 80 ff, 5f a0 ff, 5f c0 00 ff, 5f e0 ff, 7f 41 00 ff',
    'a break on its own': 'ff',
    'a break in a definite-length array or map':
      '81 ff, 82 00 ff, a1 ff, a1 ff 00, a1 00 ff, a2 00 00 ff, 9f 81 ff, 9f 82 9f 81 9f 9f ff ff ff ff',
    'a break in an indefinite-length map after a key': 'bf 00 ff, bf 00 00 00 ff',
    'integers and tags of indefinite length': '1f, 3f, df',
  }
  for (const list of Object.values(examples)) for (const hex of list.split(', ')) isRefused(hex)
})

test('an encoding that is not valid, not the shortest or of no known document is refused', () => {
  // 3.1: text is UTF-8; 5.6: a map has each key once; 4.2.1: the shortest form.
  for (const hex of ['61ff', '62c328', '63eda080', '62c0af', '64f4908080']) isRefused(hex, /not UTF-8/)
  for (const hex of ['a201000100', 'a2410100410100', 'a2616100616100', 'a220002000'])
    isRefused(hex, /repeated map key/)
  for (const hex of [
    '1817',
    '1900ff',
    '1a0000ffff',
    '1b00000000ffffffff',
    '3800',
    '580101',
    '780161',
    '980100',
    'b80100',
  ])
    isRefused(hex, /^CBOR with (a head that is not the shortest|an end)/)
  for (const hex of ['f90000', 'fa47c35000', 'fb3ff199999999999a']) isRefused(hex, /a float/)
  for (const hex of ['f7', 'f0', 'f8ff', 'e0']) isRefused(hex, /simple value/)
  for (const hex of ['c11a514b67b0', 'd818456449455446']) isRefused(hex, /a tag/)
  for (const hex of ['1b0020000000000000', '1bffffffffffffffff', '3b0020000000000000'])
    isRefused(hex, /53 bits/)
  for (const hex of ['9fff', '5f42010243030405ff', '7f657374726561646d696e67ff'])
    isRefused(hex, /an indefinite length/)
  for (const hex of ['a1f500', 'a18000', 'a1a000', 'a1f600'])
    isRefused(hex, /neither an integer nor a string/)
  for (const hex of ['0000', '8000', 'a0ff', 'f6f6']) isRefused(hex, /bytes behind/)
  isRefused('', /too early/)
})

test('a byte order mark is a character of a text', () => {
  assert.equal(decodeCbor(bytesOf('63efbbbf')), '\ufeff')
  assert.deepEqual(
    decodeCbor(bytesOf('a261610064efbbbf6101')),
    new Map([
      ['a', 0],
      ['\ufeffa', 1],
    ]),
  )
})

test('a document with a few changed bytes is refused, or decoded as a different decoder does', () => {
  const payload = decode(good, { useMaps: true })[2]
  const change = fc.tuple(fc.nat({ max: payload.length - 1 }), fc.nat({ max: 255 }))
  fc.assert(
    fc.property(fc.array(change, { maxLength: 3 }), changes => {
      const changed = Uint8Array.from(payload)
      for (const [at, byte] of changes) changed[at] = byte
      let decoded: unknown
      try {
        decoded = decodeCbor(changed)
      } catch (error) {
        assert.ok(error instanceof AttestationProblem, String(error))
        return
      }
      assert.deepEqual(
        decoded,
        decode(changed, { strict: true, useMaps: true, rejectDuplicateMapKeys: true }),
      )
    }),
    { numRuns: 2000 },
  )
})
