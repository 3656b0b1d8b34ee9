import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PageRequest, toPage } from '../domain/index.ts'
import { everyPage, pageInParts } from './every-page.ts'

const names = Array.from({ length: 25 }, (_, index) => String(index).padStart(2, '0'))

/** A listing that notes how much of it was asked for. */
function listing() {
  const limits: number[] = []
  const read = async ({ after = '', limit }: PageRequest) => {
    limits.push(limit)
    const found = names.filter(name => name > after).slice(0, limit + 1)
    return toPage(found, limit, name => name)
  }
  return { limits, read }
}

test('a listing is read page by page to its end', async () => {
  const { limits, read } = listing()
  const pages: (readonly string[])[] = []
  for await (const page of everyPage(10, read)) pages.push(page)
  assert.deepEqual(pages.flat(), names)
  assert.deepEqual(limits, [10, 10, 10])
  const rest: (readonly string[])[] = []
  for await (const page of everyPage(10, read, '20')) rest.push(page)
  assert.deepEqual(rest, [['21', '22', '23', '24']])
})

test('no page is read that nobody asks for', async () => {
  const { limits, read } = listing()
  for await (const [first] of everyPage(10, read)) if (first === '10') break
  assert.deepEqual(limits, [10, 10])
})

test('a page in parts is the page that was asked for', async () => {
  for (const limit of [1, 9, 10, 11, 24, 25, 26, 1000]) {
    for (const after of [undefined, '00', '07', '24']) {
      const { limits, read } = listing()
      const page = await pageInParts({ after, limit }, 4, read)
      assert.deepEqual(page, await listing().read({ after, limit }))
      assert.ok(limits.every(part => part <= 4))
    }
  }
})

test('a page in parts ends early when its items are long', async () => {
  const { limits, read } = listing()
  const sizes = { lengthOf: () => 100, lengthMax: 700 }
  const page = await pageInParts({ after: undefined, limit: 1000 }, 4, read, sizes)
  assert.deepEqual(page, { items: names.slice(0, 8), next: '07' })
  assert.deepEqual(limits, [4, 4])
})
