import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chainOf, cursorOf, trailOf } from '../../store/contract/trail-rows.test.ts'
import type { Store } from '../../store/index.ts'
import type { Config } from '../config/config.ts'
import { firstNeededFile } from './needed-files.ts'

const config = { audit: { sinks: [], witnesses: [] } } as unknown as Config

function storeWith(chains: ReturnType<typeof chainOf>[]): Store {
  const trails = {
    listAll: async () => ({ items: [trailOf('t')], next: undefined }),
  }
  const reader = { trails, trailChains: { list: async () => chains }, auditCursors: { list: async () => [] } }
  return { reader } as unknown as Store
}

test('the retention waits for trails that are delivered, and for none that fails', async () => {
  const status = { attemptedAt: 1, deliveredAt: undefined, error: 'AccessDenied' }
  const chain = (file: string, changes: object = {}) =>
    chainOf('t', 'us-east-1', { cursors: [{ ...cursorOf('s'), file }], ...changes })
  const needed = (...chains: ReturnType<typeof chain>[]) => firstNeededFile(storeWith(chains), config)
  assert.equal(await needed(chain('b'), chain('c')), 'b')
  for (const failing of [{ logFiles: status }, { digests: status }])
    assert.equal(await needed(chain('a', failing), chain('b')), 'b')
  assert.equal(await needed(chain('a', { logFiles: status })), undefined)
})
