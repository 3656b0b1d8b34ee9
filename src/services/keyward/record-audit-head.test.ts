import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { openTestStore } from '../../../test/fixtures/test-store.ts'
import { RecordAuditHead } from './RecordAuditHead.ts'

const accountId = '000000000000'
const start = 1_796_000_000_000

test('an account can record a head a second of each log, of which ten may come together', async t => {
  const store = await openTestStore(`${temporaryDirectory()}/keyward.db`)
  t.after(() => store.close())
  await store.write(writer => writer.accounts.insert(accountId, start))
  const record = (number: number, now: number, stream = 's') =>
    store.write(async writer => {
      const AuditHead = {
        ...{ Stream: stream, Head: number, Block: number, Chain: 'a'.repeat(64), Records: number },
        ...{ Time: '2026-11-30T00:00:00Z', Key: 'b'.repeat(64), Signature: 'c2ln' },
      }
      const given = { input: { AuditHead }, scope: { accountId, region: 'us-east-1' }, now, store: writer }
      await RecordAuditHead.handle(given as unknown as Parameters<typeof RecordAuditHead.handle>[0])
    })
  for (let number = 1; number <= 10; number++) await record(number, start + number)
  const refusal = {
    code: 'LimitExceededException',
    message:
      'The account has recorded 10 heads of the audit log s in 10 seconds, and can record one a second.',
  }
  await assert.rejects(record(11, start + 10_000), refusal)
  await record(10, start + 10_000)
  await record(1, start + 10_000, 'other')
  await record(11, start + 10_001)
  for (let number = 12; number <= 40; number++) await record(number, start + 1000 * number)
})
