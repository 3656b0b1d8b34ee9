import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { callSigned } from '../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, started } from '../fixtures/keyward-process.ts'
import { SmallDisk } from '../fixtures/small-disk.ts'
import { Witness } from '../fixtures/witness/witness.ts'

// Strangers flood a server with requests that it refuses, on a disk that their records would fill.

const mebibyte = 1024 * 1024
const disk = new SmallDisk('a flood of refused requests', { file: import.meta.filename, size: '32m' })

async function startOnDisk(t: TestContext, audit: object) {
  const dataDirectory = mkdtempSync(join(disk.path, 'data-'))
  t.after(() => rmSync(dataDirectory, { recursive: true }))
  const environment = { KEYWARD_AUDIT: JSON.stringify(audit) }
  const keyward = await started(t, { dataDirectory, environment })
  t.after(() => disk.free())
  return keyward
}

/** Sends requests of strangers, with as much in each as a record shows. Returns how many were refused. */
async function flood(keyward: KeywardProcess, requests: number): Promise<number> {
  let refused = 0
  const headers = {
    'x-amz-target': 'TrentService.Encrypt',
    'content-type': 'application/x-amz-json-1.1',
    'user-agent': 'u'.repeat(900),
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261130/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=00',
  }
  const client = async () => {
    for (let sent = 0; sent < requests / 16; sent++) {
      const response = await fetch(keyward.url, { method: 'POST', headers, body: '{}' })
      await response.arrayBuffer()
      assert.ok(response.status >= 400 && response.status < 500, `${response.status}`)
      refused++
    }
  }
  await Promise.all(Array.from({ length: 16 }, client))
  return refused
}

const logSize = ({ dataDirectory }: KeywardProcess) =>
  readdirSync(join(dataDirectory, 'audit'))
    .map(name => statSync(join(dataDirectory, 'audit', name)).size)
    .reduce((sum, size) => sum + size)
const summariesOf = ({ dataDirectory }: KeywardProcess) =>
  readAuditRecords(dataDirectory)
    .filter(({ eventName }) => eventName === 'RefusedRequests')
    .map(({ serviceEventDetails }) => serviceEventDetails as { count: number; byErrorCode: object })

disk.test(
  'a flood takes its budget of the log, and the calls of an honest client beside it are all recorded',
  async t => {
    const keyward = await startOnDisk(t, { refusals: { bytesPerMinute: '1MiB' }, reserve: '8MiB' })
    const witness = new Witness(keyward)
    const client = witness.client(keyward)
    let isOver = false
    const honest = (async () => {
      while (!isOver) await witness.work(client)
    })()
    const startedAt = performance.now()
    const refused = await flood(keyward, 8000)
    isOver = true
    await honest
    await witness.check(client)
    assert.equal(await keyward.stop(), 0)
    const records = readAuditRecords(keyward.dataDirectory)
    const strangers = records.filter(
      ({ errorCode, recipientAccountId }) => errorCode !== undefined && recipientAccountId === undefined,
    )
    const bytes = strangers.reduce((sum, record) => sum + JSON.stringify(record).length + 1, 0)
    // The budget of the first minute, and as much for each further minute that the flood took.
    const minutes = Math.ceil((performance.now() - startedAt) / 60_000)
    assert.ok(bytes <= (1 + minutes) * mebibyte, `${bytes} bytes in ${minutes} minutes`)
    const counted = summariesOf(keyward).reduce((sum, { count }) => sum + count, 0)
    assert.equal(strangers.length + counted, refused)
    assert.ok(counted > strangers.length, `${counted} counted, ${strangers.length} recorded`)
    for (const summary of records.filter(({ eventName }) => eventName === 'RefusedRequests'))
      assert.equal(summary['recipientAccountId'], undefined)
  },
)

disk.test('when little space is left, refusals leave it to authenticated calls', async t => {
  const keyward = await startOnDisk(t, { reserve: '8MiB' })
  disk.fill(4 * mebibyte)
  const before = logSize(keyward)
  await flood(keyward, 1600)
  // The lines of the chain may have come meanwhile.
  assert.ok(logSize(keyward) - before < 10_000, `${logSize(keyward) - before} bytes`)
  const { bavail, bsize } = statfsSync(disk.path)
  assert.ok(bavail * bsize > 3 * mebibyte)
  for (let calls = 0; calls < 50; calls++)
    assert.equal((await callSigned(keyward, 'GenerateRandom', '{"NumberOfBytes":8}')).status, 200)
  assert.equal(await keyward.stop(), 0)
  assert.equal(
    summariesOf(keyward).reduce((sum, { count }) => sum + count, 0),
    1600,
  )
})
