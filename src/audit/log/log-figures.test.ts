import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { today, useLogBench } from '../../../test/fixtures/audit/log-bench.ts'
import { rendered } from '../../../test/fixtures/metrics/rendered.ts'
import type { AuditLog } from './audit-log.ts'

const bench = useLogBench()

/** The lines of the metrics that are no buckets and no times. */
async function figuresOf(log: AuditLog): Promise<string[]> {
  const text = await rendered(log.metrics())
  return text.split('\n').filter(line => /^\w+ /.test(line) && !/_sum /.test(line))
}

test('the records, bytes and batches on the disk are counted', async () => {
  const log = await bench.open()
  // The second and the third record wait for the first, and share a batch.
  await log.append('{"a":1}')
  await Promise.all([log.append('{"b":1}'), log.append('{"c":1}')])
  const [block = ''] = /^.*\n/.exec(readFileSync(bench.pathOf(today), 'utf8')) ?? []
  assert.deepEqual(await figuresOf(log), [
    'keyward_audit_write_seconds_count 2',
    'keyward_audit_records_total 3',
    `keyward_audit_bytes_total ${24 + block.length}`,
    'keyward_audit_dropped_records_total 0',
    'keyward_audit_failing 0',
    'keyward_audit_unsealed_blocks 1',
    'keyward_audit_backlog_records 0',
    'keyward_audit_backlog_bytes 0',
  ])
  await log.close()
})

// The memory of a process is a file whose first page cannot be written: the system returns a real EIO.
const memory = '/proc/self/mem'
test('a log that cannot be written has a backlog, and counts the records that do not fit into it', {
  skip: !existsSync(memory) && `no ${memory}`,
}, async () => {
  bench.link(today, memory)
  const log = await bench.open()
  await assert.rejects(log.append('{"a":1}'), { code: 'EIO' })
  await assert.rejects(log.append('{"b":1}', 'x'.repeat(4 * 1024 * 1024)))
  assert.deepEqual(await figuresOf(log), [
    'keyward_audit_write_seconds_count 0',
    'keyward_audit_records_total 0',
    'keyward_audit_bytes_total 0',
    'keyward_audit_dropped_records_total 1',
    'keyward_audit_failing 1',
    'keyward_audit_unsealed_blocks 0',
    'keyward_audit_backlog_records 2',
    'keyward_audit_backlog_bytes 14',
  ])
  await log.close()
})
