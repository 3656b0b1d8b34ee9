import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { openTestStore } from '../../../test/fixtures/test-store.ts'
import { defaultSelectors, type Trail } from '../../domain/index.ts'
import type { Config } from '../config/config.ts'
import { firstNeededFile } from './needed-files.ts'

const trail: Trail = {
  ...{ trailId: 'trail-id', accountId: '000000000000', homeRegion: 'us-east-1', name: 'trail' },
  ...{ createdAt: 1, s3BucketName: 'logs', s3KeyPrefix: undefined, kmsKeyArn: undefined },
  ...{ includeGlobalServiceEvents: true, isMultiRegionTrail: false, logFileValidationEnabled: true },
  ...{ recursiveLogging: true, selectors: defaultSelectors, isLogging: false },
  ...{ loggingStartedAt: 1, loggingStoppedAt: 2, tags: [] },
}
const status = { attemptedAt: undefined, deliveredAt: undefined, error: undefined }
const config = { audit: { sinks: [], witnesses: [] } } as unknown as Config

test('a deleted trail needs the files of the audit log until its last delivery', async t => {
  const store = await openTestStore(`${temporaryDirectory()}/keyward.db`)
  t.after(() => store.close())
  assert.equal(await firstNeededFile(store, config), undefined)
  const file = 'keyward-2026-11-30.jsonl'
  await store.write(writer =>
    writer.trailChains.put({
      ...{ trailId: trail.trailId, region: 'us-east-1', deletedTrail: trail },
      trailArn: 'arn:aws:cloudtrail:us-east-1:000000000000:trail/trail',
      cursors: [{ stream: 's', file, offset: 1 }],
      ...{ dueAt: 5, fileDueAt: 5, digest: undefined, previous: undefined, undigested: [] },
      ...{ pending: undefined, endsAt: 2, logFiles: status, digests: status },
    }),
  )
  assert.equal(await firstNeededFile(store, config), file)
})
