import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { AddressRanges, OutboundPolicy, systemClock } from '../../std/index.ts'
import type { ObjectProblem } from './object-store.ts'
import { S3Client } from './s3-client.ts'
import { type ListLimits, S3Store } from './s3-store.ts'

// Servers that lie about their lists. No real one does, so a listener answers with pages of "ListObjects" in the Amazon S3 API Reference.

async function startServer(t: TestContext, answer: RequestListener): Promise<S3Store> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return new S3Store(
    new S3Client({
      endpoint: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      region: 'us-east-1',
      credentials: () => ({ accessKeyId: 'AKIDBACKUPS', secret: 'secret' }),
      outbound: new OutboundPolicy({ hosts: [], ranges: AddressRanges.of('127.0.0.1') }),
      clock: systemClock,
    }),
  )
}

const pageOf = (keys: readonly string[]) =>
  `<ListBucketResult><IsTruncated>true</IsTruncated>${keys.map(key => `<Contents><Key>${key}</Key></Contents>`).join('')}</ListBucketResult>`

/** Reads a list to its end; gives up after some keys, as a list without an end has none. */
async function read(store: S3Store, limits?: ListLimits): Promise<string[]> {
  const keys: string[] = []
  for await (const key of store.list('bucket', 'k', limits)) {
    keys.push(key)
    if (keys.length > 50) throw new Error('the list has no end')
  }
  return keys
}

test('a list whose pages repeat, go back or are empty is refused', async t => {
  for (const pages of [[['k1', 'k2']], [['k1', 'k2'], ['k3'], ['k2']], [['k1'], []], [[]]]) {
    let count = 0
    const store = await startServer(t, (_, response) => {
      response.end(pageOf(pages[count++] ?? pages.at(-1) ?? []))
    })
    await assert.rejects(read(store), /InternalError|does not go on/, JSON.stringify(pages))
  }
})

test('a list that never ends is refused after the most pages, and ended by a signal', async t => {
  let count = 0
  const store = await startServer(t, (_, response) => {
    count++
    response.end(pageOf([`k${String(count).padStart(9, '0')}`]))
  })
  await assert.rejects(read(store, { pagesMax: 7 }), /too many objects in bucket\/k/)
  assert.equal(count, 7)
  const stop = new AbortController()
  const reading = read(store, { signal: stop.signal })
  stop.abort()
  await assert.rejects(reading, (error: ObjectProblem) => error.code === 'RequestTimeout')
})

test('a signal ends a request that is not answered, and a wait for the next attempt', async t => {
  const silent = await startServer(t, () => undefined)
  const failing = await startServer(t, (_, response) => {
    response.writeHead(503).end()
  })
  for (const store of [silent, failing]) {
    const signal = AbortSignal.timeout(100)
    const startedAt = Date.now()
    await assert.rejects(read(store, { signal }), (error: ObjectProblem) => error.code === 'RequestTimeout')
    assert.ok(Date.now() - startedAt < 1000)
  }
})
