import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeliveryStatus, Store, TrailChain } from '../../store/index.ts'
import type { Config } from '../config/config.ts'
import { firstNeededFile } from './needed-files.ts'

const config = { audit: { sinks: [], witnesses: [] } } as unknown as Config

function storeWith(chains: readonly Partial<TrailChain>[]): Store {
  const trails = {
    listAll: async () => ({ items: [{ trailId: 't' }], next: undefined }),
  }
  const reader = { trails, trailChains: { list: async () => chains }, auditCursors: { list: async () => [] } }
  return { reader } as unknown as Store
}

test('the retention waits for trails that are delivered, and for none that fails', async () => {
  const good: DeliveryStatus = { attemptedAt: 1, deliveredAt: 1, error: undefined }
  const bad = { ...good, error: 'AccessDenied' }
  const chain = (file: string, { logFiles = good, digests = good } = {}): Partial<TrailChain> => ({
    ...{ cursors: [{ stream: 's', file, offset: 7 }], logFiles, digests },
  })
  const needed = (...chains: Partial<TrailChain>[]) => firstNeededFile(storeWith(chains), config)
  assert.equal(await needed(chain('b'), chain('c')), 'b')
  for (const failing of [{ logFiles: bad }, { digests: bad }])
    assert.equal(await needed(chain('a', failing), chain('b')), 'b')
  assert.equal(await needed(chain('a', { logFiles: bad })), undefined)
})
