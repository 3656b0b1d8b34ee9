import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyMaterial } from '../../domain/index.ts'
import {
  everyByte,
  holdEveryDatabase,
  home,
  keyId,
  keyIdNo,
  materialOf,
  others,
  recordOf,
  same,
  scopes,
} from './databases.test.ts'

// The promises of keys.ts about key materials.

holdEveryDatabase('key materials', on => {
  const insert = (...materials: KeyMaterial[]) =>
    on.store.write(async writer => {
      for (const scope of scopes) await writer.keys.insert({ ...recordOf(scope), materials })
    })
  const put = (...materials: KeyMaterial[]) =>
    on.store.write(async writer => {
      for (const material of materials) await writer.keys.putMaterial(home, keyId, material)
    })
  const remove = (letter: string) =>
    on.store.write(writer => writer.keys.deleteMaterial(home, keyId, materialOf(letter).keyMaterialId))
  const found = async (scope = home) => (await on.store.reader.keys.find(scope, keyId))?.materials ?? []
  const letters = async () => (await found()).map(({ keyMaterialId }) => keyMaterialId[0]).join('')

  const whole = materialOf('b', {
    publicKeyToken: new Uint8Array(3000).fill(7),
    rotation: { type: 'AUTOMATIC', at: 2 ** 45 },
    description: 'ключ "1"',
    expiresAt: 2 ** 45 + 1,
  })
  const bare = materialOf('c', { keyToken: undefined, pending: 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION' })

  test('key materials come back as written, whether inserted with the key or put later', async () => {
    await insert(materialOf('a'), whole, bare)
    for (const scope of scopes) same(await found(scope), [materialOf('a'), whole, bare])
    const more = [
      { ...whole, keyMaterialId: 'd'.repeat(64), rotation: { type: 'ON_DEMAND', at: 0 } as const },
      { ...bare, keyMaterialId: 'e'.repeat(64), pending: 'PENDING_ROTATION' as const },
    ]
    await put(...more)
    same(await found(), [materialOf('a'), whole, bare, ...more])
    for (const scope of others) same(await found(scope), [materialOf('a'), whole, bare])
    await on.reopen()
    same(await found(), [materialOf('a'), whole, bare, ...more])
  })

  test('key materials keep their order, whatever their ids and dates', async () => {
    await insert(materialOf('c'), materialOf('b', { createdAt: 1 }))
    await put(materialOf('a', { createdAt: 0 }))
    await put(materialOf('e'), materialOf('d'))
    assert.equal(await letters(), 'cbaed')
    await put(materialOf('b', { keyToken: undefined }), materialOf('e', { description: 'again' }))
    assert.equal(await letters(), 'cbaed')
  })

  test('key materials keep their order when one of them is deleted', async () => {
    await insert(materialOf('a'), materialOf('z'), materialOf('y'))
    await remove('z')
    await put(materialOf('b'))
    assert.equal(await letters(), 'ayb')
    await remove('b')
    await put(materialOf('x'), materialOf('c'))
    assert.equal(await letters(), 'ayxc')
  })

  test('a put replaces the parts of one key material that can change', async () => {
    await insert(materialOf('a'), whole)
    const changed: KeyMaterial = {
      ...whole,
      keyToken: undefined,
      publicKeyToken: everyByte(),
      pending: 'PENDING_ROTATION',
      rotation: undefined,
      description: undefined,
      expiresAt: undefined,
    }
    await put({ ...changed, createdAt: 0 })
    same(await found(), [materialOf('a'), changed])
    await put(whole)
    same(await found(), [materialOf('a'), whole])
    for (const scope of others) same(await found(scope), [materialOf('a'), whole])
  })

  test('a deletion removes one key material from one key in one scope', async () => {
    await insert(materialOf('a'), whole)
    await on.store.write(writer => writer.keys.insert({ ...recordOf(home, keyIdNo(2)), materials: [whole] }))
    await remove('b')
    same(await found(), [materialOf('a')])
    await remove('b')
    same(await found(), [materialOf('a')])
    same((await on.store.reader.keys.find(home, keyIdNo(2)))?.materials, [whole])
    for (const scope of others) same(await found(scope), [materialOf('a'), whole])
    await remove('a')
    same(await on.store.reader.keys.find(home, keyId), { ...recordOf(home), materials: [] })
  })

  test('a key material without a key is refused', async () => {
    await assert.rejects(put(whole))
  })
})
