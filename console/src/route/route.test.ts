import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseRoute, renderRoute } from './route.ts'

test('an address that was rendered is read again', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(text, fc.option(text, { nil: undefined }), (keyId, tab) => {
      const query: Record<string, string> = tab === undefined ? {} : { tab }
      const route = parseRoute(renderRoute('us-east-1', 'key', { keyId }, query))
      assert.deepEqual(route, { region: 'us-east-1', page: 'key', params: { keyId }, query })
    }),
  )
})

test('an ARN and an alias are one part of the path', () => {
  const arn = 'arn:aws:kms:us-east-1:111122223333:alias/a/b'
  assert.deepEqual(parseRoute(renderRoute('us-east-1', 'key', { keyId: arn }))?.params, { keyId: arn })
})

test('an address that names no page has no route', () => {
  for (const hash of [
    '',
    '#',
    '#/',
    '#/us-east-1/',
    '#/us-east-1/nowhere',
    '#/us-east-1/keys/%zz',
    '#/a b/keys',
  ])
    assert.equal(parseRoute(hash), undefined, hash)
})
