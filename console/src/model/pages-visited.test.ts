import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstPage, goToPage, startOf } from './pages-visited.ts'

test('pages are visited one after the other, and back', () => {
  const second = goToPage(firstPage, 2, 'after 20')
  assert.equal(startOf(second), 'after 20')
  const third = goToPage(second, 3, 'after 40')
  assert.deepEqual(third.starts, [undefined, 'after 20', 'after 40'])
  const back = goToPage(third, 1, 'after 20')
  assert.equal(startOf(back), undefined)
  // The pages that were visited stay, and none is visited twice.
  assert.deepEqual(goToPage(back, 3, 'after 20'), third)
})

test('a page that nobody knows is not visited', () => {
  assert.deepEqual(goToPage(firstPage, 2, undefined), firstPage)
  assert.deepEqual(goToPage(firstPage, 3, 'after 20'), firstPage)
  assert.deepEqual(goToPage(firstPage, 0, 'after 20'), firstPage)
  const back = goToPage(goToPage(firstPage, 2, 'after 20'), 1, undefined)
  // The marker of the first page says nothing about the page behind the second.
  assert.deepEqual(goToPage(back, 3, 'after 20'), back)
})
