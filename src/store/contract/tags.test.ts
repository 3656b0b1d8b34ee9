import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  all,
  holdEveryDatabase,
  home,
  insertKeys,
  keyId,
  keyIdNo,
  recordOf,
  same,
  tag,
} from './databases.test.ts'

// The promises of tags.ts.

holdEveryDatabase('tags', on => {
  test('tags are added, replaced and deleted', async () => {
    await insertKeys(on.store, recordOf(home), recordOf(home, keyIdNo(2)))
    const others = [tag('a', 'of another key'), tag('z')]
    await on.store.write(writer => writer.tags.put(home, keyIdNo(2), others))
    const put = (...tags: ReturnType<typeof tag>[]) => on.store.write(w => w.tags.put(home, keyId, tags))
    const remove = (...keys: string[]) => on.store.write(w => w.tags.delete(home, keyId, keys))
    await put(tag('b', '1'), tag('a'), tag('c', '3'))
    await put(tag('d', 'ü'), tag('b', '2'))
    await put()
    const { items } = await on.store.reader.tags.list(home, keyId, all)
    same(items, [tag('a'), tag('b', '2'), tag('c', '3'), tag('d', 'ü')])
    await remove('c', 'nowhere', 'a')
    await remove()
    const left = [tag('b', '2'), tag('d', 'ü')]
    same(await on.store.reader.tags.list(home, keyId, all), { items: left, next: undefined })
    assert.equal(await on.store.reader.tags.count(home, keyId), 2)
    same(await on.store.reader.tags.list(home, keyIdNo(2), all), { items: others, next: undefined })
  })
})
