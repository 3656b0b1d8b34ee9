import assert from 'node:assert/strict'
import { randomBytes, webcrypto } from 'node:crypto'
import { test } from 'node:test'
import { SealBroken } from '../problems.ts'
import { RootKey } from './root-key.ts'
import { isWiped } from './samples.test.ts'

/** The id by HKDF of WebCrypto, written as RFC 9562 says: version 8 and variant 10. */
async function idOf(bytes: Uint8Array): Promise<string> {
  const key = await webcrypto.subtle.importKey('raw', new Uint8Array(bytes), 'HKDF', false, ['deriveBits'])
  const salt = Buffer.from('keyward root key id v1')
  const derived = await webcrypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt, info: Buffer.alloc(0) },
    key,
    128,
  )
  const hex = Buffer.from(derived).toString('hex').split('')
  hex[12] = '8'
  hex[16] = '89ab'[Number.parseInt(hex[16] ?? '', 16) & 3] as string
  const text = hex.join('')
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
    '-',
  )
}

test('an id is derived from the root key alone, and the bytes are wiped', async () => {
  for (let round = 0; round < 20; round++) {
    const bytes = randomBytes(32)
    const expected = await idOf(bytes)
    assert.equal(RootKey.take(bytes).id, expected)
    isWiped(bytes)
  }
})

test('an object of the same bytes opens a sealed record, and one of other bytes does not', () => {
  const bytes = randomBytes(32)
  const [one, same, other] = [Buffer.from(bytes), Buffer.from(bytes), randomBytes(32)].map(RootKey.take)
  const sealed = one?.seal(Buffer.from('record'), Buffer.from('data')) ?? assert.fail()
  assert.equal(same?.open(sealed, Buffer.from('data')).toString(), 'record')
  assert.throws(() => same?.open(sealed, Buffer.from('other')), SealBroken)
  assert.throws(() => other?.open(sealed, Buffer.from('data')), SealBroken)
  one?.destroy()
  assert.throws(() => one?.seal(Buffer.alloc(1), Buffer.alloc(0)), /destroyed/)
})

test('bytes of a wrong length are refused and wiped', () => {
  const short = Buffer.alloc(31, 7)
  assert.throws(() => RootKey.take(short), /32 bytes/)
  isWiped(short)
})

test('a new root key gives its bytes once', async () => {
  const { rootKey, withBytes } = RootKey.make()
  let kept: Buffer = Buffer.alloc(0)
  const id = await withBytes(async bytes => {
    kept = bytes
    return await idOf(bytes)
  })
  assert.equal(rootKey.id, id)
  isWiped(kept)
  await assert.rejects(
    withBytes(async () => undefined),
    /wiped/,
  )
  assert.notEqual(RootKey.make().rootKey.id, RootKey.make().rootKey.id)
})
