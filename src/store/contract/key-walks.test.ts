import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdEveryDatabase, home, insertKeys, keyIdNo, others, recordOf, tag } from './databases.test.ts'
import type { KeyLine, KeyOrder, KeyPlace } from './keys.ts'
import type { Reader } from './store.ts'

// The promises of `KeyReader.scan`.

/** Walks all keys in pages of a size. */
async function walk(
  reader: Reader,
  order: KeyOrder,
  isDescending: boolean,
  limit: number,
): Promise<readonly KeyLine[]> {
  const all: KeyLine[] = []
  let after: KeyPlace | undefined
  let pages = 0
  do {
    const { lines, next, examined } = await reader.keys.scan(home, { order, isDescending, after }, limit)
    assert.ok(lines.length <= examined && examined <= limit)
    all.push(...lines)
    after = next
  } while (after !== undefined && pages++ < 100)
  assert.ok(pages < 100)
  return all
}

const numbersOf = (lines: readonly KeyLine[]) => lines.map(({ keyId }) => Number(keyId.slice(-3)))

holdEveryDatabase('walks over keys', on => {
  const specs = ['SYMMETRIC_DEFAULT', 'RSA_2048', 'SYMMETRIC_DEFAULT', 'ECC_NIST_P256', 'RSA_2048'] as const
  const createdAt = [50, 20, 40, 20, 10]
  /** The aliases of the keys: key 3 has two, and keys 2 and 5 have none. */
  const aliases = [
    ['alias/z', 3],
    ['alias/b', 3],
    ['alias/a', 4],
    ['alias/m', 1],
  ] as const

  const fill = async () => {
    await insertKeys(
      on.store,
      ...specs.map((keySpec, index) => {
        const record = recordOf(home, keyIdNo(index + 1))
        return { ...record, key: { ...record.key, keySpec, createdAt: createdAt[index] ?? 0 } }
      }),
      ...others.map(scope => recordOf(scope, keyIdNo(9))),
    )
    await on.store.write(async writer => {
      for (const [aliasName, number] of aliases)
        await writer.aliases.insert({
          ...{ ...home, aliasName, targetKeyId: keyIdNo(number), createdAt: 0, updatedAt: 0 },
        })
      await writer.tags.put(home, keyIdNo(2), [tag('b', '1'), tag('a', '2')])
    })
  }

  test('each order has each key of the scope once, whatever the size of the pages', async () => {
    await fill()
    const expected: Record<KeyOrder, readonly number[]> = {
      keyId: [1, 2, 3, 4, 5],
      createdAt: [5, 2, 4, 3, 1],
      keySpec: [4, 2, 5, 1, 3],
      alias: [4, 3, 1, 2, 5],
    }
    for (const [order, numbers] of Object.entries(expected) as [KeyOrder, readonly number[]][])
      for (const limit of [1, 2, 3, 100])
        assert.deepEqual(
          numbersOf(await walk(on.store.reader, order, false, limit)),
          numbers,
          `${order} ${limit}`,
        )
  })

  test('the other direction is the reverse, but keys without an alias still come last', async () => {
    await fill()
    const { reader } = on.store
    for (const limit of [1, 2, 100]) {
      assert.deepEqual(numbersOf(await walk(reader, 'keyId', true, limit)), [5, 4, 3, 2, 1])
      assert.deepEqual(numbersOf(await walk(reader, 'createdAt', true, limit)), [1, 3, 4, 2, 5])
      assert.deepEqual(numbersOf(await walk(reader, 'keySpec', true, limit)), [3, 1, 5, 2, 4])
      assert.deepEqual(numbersOf(await walk(reader, 'alias', true, limit)), [1, 3, 4, 2, 5])
    }
  })

  test('a line has what the rows say of the key', async () => {
    await fill()
    const lines = await walk(on.store.reader, 'keyId', false, 100)
    const { key } = recordOf(home, keyIdNo(2))
    assert.deepEqual(
      { ...lines[1], place: undefined },
      {
        ...{ keyId: key.keyId, keySpec: 'RSA_2048', keyUsage: key.keyUsage, origin: key.origin },
        ...{ keyState: key.keyState, keyManager: key.keyManager, description: key.description },
        ...{ createdAt: 20, isMultiRegion: key.primaryRegion !== undefined, customKeyStoreId: undefined },
        ...{ aliasNames: [], tags: [tag('a', '2'), tag('b', '1')], place: undefined },
      },
    )
    assert.deepEqual(lines[2]?.aliasNames, ['alias/b', 'alias/z'])
  })

  test('a walk goes on behind its place when keys have come and gone', async () => {
    await fill()
    const first = await on.store.reader.keys.scan(
      home,
      { order: 'createdAt', isDescending: false, after: undefined },
      2,
    )
    assert.deepEqual(numbersOf(first.lines), [5, 2])
    await on.store.write(writer => writer.keys.delete(home, keyIdNo(2)))
    await insertKeys(on.store, recordOf(home, keyIdNo(7)))
    const rest = await on.store.reader.keys.scan(
      home,
      { order: 'createdAt', isDescending: false, after: first.next },
      100,
    )
    assert.deepEqual(
      numbersOf(rest.lines).filter(number => number !== 7),
      [4, 3, 1],
    )
  })
})
