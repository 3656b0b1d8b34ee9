import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aliasOf, holdEveryDatabase, home, keyIdNo, recordOf, tag } from './databases.test.ts'

// The promises about the pages of keys, aliases and tags.

holdEveryDatabase('pages of keys, aliases and tags', on => {
  test('pages stay correct while rows are added and deleted', async () => {
    // Keys, aliases and tags have the same names, so that all four listings must return the same pages.
    const names = Array.from({ length: 20 }, (_, index) => keyIdNo(index + 10))
    const target = names[19] ?? ''
    const add = (name: string) =>
      on.store.write(async writer => {
        await writer.keys.insert(recordOf(home, name))
        await writer.aliases.insert(aliasOf(home, name, target))
        await writer.tags.put(home, target, [tag(name)])
      })
    const remove = (name: string) =>
      on.store.write(async writer => {
        await writer.keys.delete(home, name)
        await writer.aliases.delete(home, name)
        await writer.tags.delete(home, target, [name])
      })
    const checkPage = async (after: string | undefined, limit: number, items: string[], next?: string) => {
      const page = { after, limit }
      const { reader } = on.store
      const aliases = await reader.aliases.list(home, undefined, page)
      const aliasesOfKey = await reader.aliases.list(home, target, page)
      const tags = await reader.tags.list(home, target, page)
      assert.deepEqual(await reader.keys.listIds(home, page), { items, next })
      for (const { items: found, next: marker } of [aliases, aliasesOfKey]) {
        assert.deepEqual([found.map(alias => alias.aliasName), marker], [items, next])
      }
      assert.deepEqual([tags.items.map(({ tagKey }) => tagKey), tags.next], [items, next])
    }
    for (const name of [...names].reverse()) await add(name)
    await checkPage(undefined, 5, names.slice(0, 5), names[4])
    await checkPage(undefined, 20, names)
    // The row that a marker names and a row before it are deleted, and a row is added before it: later pages stay the same.
    await remove(names[4] ?? '')
    await remove(names[0] ?? '')
    await add(keyIdNo(1))
    await checkPage(names[4], 15, names.slice(5))
    await checkPage(names[4], 14, names.slice(5, 19), names[18])
    // A row that is added after the marker is listed.
    await add(keyIdNo(30))
    await checkPage(names[18], 1, [target], target)
    await checkPage(target, 1, [keyIdNo(30)])
    await checkPage(keyIdNo(30), 1, [])
  })
})
