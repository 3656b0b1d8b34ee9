import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { CreateBucketCommand, GetObjectCommand, S3Client as SdkClient } from '@aws-sdk/client-s3'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { needsSeaweed, type S3Server, startSeaweed } from '../../../test/fixtures/s3/seaweedfs.ts'
import { AddressRanges, OutboundPolicy, systemClock } from '../../std/index.ts'
import { DirectoryStore } from './directory-store.ts'
import { ObjectProblem, type ObjectStore } from './object-store.ts'
import { S3Client } from './s3-client.ts'
import { S3Store } from './s3-store.ts'

const accessKey = { accessKeyId: 'AKIDTRAILS', secretAccessKey: 'secret-of-trails' }
const key = "AWSLogs/1/CloudTrail/us-east-1/2026/11/30/a b+c'(d)~ü.json.gz"
const bucket = 'trail-logs'

/** The promises of `ObjectStore`, for each kind. */
function holdObjectStore(storeOf: () => ObjectStore): void {
  test('an object comes back with its bytes and its metadata', async () => {
    const store = storeOf()
    await store.put({
      bucket,
      key,
      bytes: Buffer.from('one'),
      contentType: 'application/json',
      metadata: { signature: 'ab12' },
    })
    const found = await store.get(bucket, key)
    assert.equal(found?.bytes.toString(), 'one')
    assert.equal(found?.metadata['signature'], 'ab12')
  })

  test('a second put under a key replaces the object', async () => {
    const store = storeOf()
    for (const text of ['one', 'two'])
      await store.put({ bucket, key: 'again', bytes: Buffer.from(text), contentType: 'text/plain' })
    assert.equal((await store.get(bucket, 'again'))?.bytes.toString(), 'two')
  })

  test('an object that is not there is undefined', async () => {
    assert.equal(await storeOf().get(bucket, 'AWSLogs/none'), undefined)
  })

  test('a list has the keys with a prefix alone, in order', async () => {
    const store = storeOf()
    for (const name of ['list/b', 'list/a/2', 'list/a/1', 'list/ä c', 'listed'])
      await store.put({
        bucket,
        key: name,
        bytes: Buffer.from('x'),
        contentType: 'text/plain',
        metadata: { a: 'b' },
      })
    const listed: string[] = []
    for await (const name of store.list(bucket, 'list/')) listed.push(name)
    assert.deepEqual(listed, ['list/a/1', 'list/a/2', 'list/b', 'list/ä c'])
    const deeper: string[] = []
    for await (const name of store.list(bucket, 'list/a/1')) deeper.push(name)
    assert.deepEqual(deeper, ['list/a/1'])
  })

  test('the bucket can be delivered to', async () => {
    assert.equal(await storeOf().head(bucket), 'ok')
  })
}

describe('a directory', () => {
  const root = temporaryDirectory()
  const store = new DirectoryStore(root)
  holdObjectStore(() => store)

  test('the key is the path, and only the owner can read the file', async () => {
    await store.put({ bucket, key: 'x/y.json', bytes: Buffer.from('z'), contentType: 'text/plain' })
    assert.equal(readFileSync(join(root, 'x/y.json'), 'utf8'), 'z')
    assert.equal(statSync(join(root, 'x/y.json')).mode & 0o777, 0o600)
  })

  for (const bad of [
    '../out',
    'a/../../out',
    '/etc/x',
    'a//b',
    './a',
    'a/\0b',
    `a/${'n'.repeat(256)}`,
    'digest.json.gz/a',
  ])
    test(`a key that is no path below the directory is refused: ${JSON.stringify(bad.slice(0, 20))}`, async () => {
      await assert.rejects(
        store.put({ bucket, key: bad, bytes: Buffer.from('x'), contentType: 'text/plain' }),
        (error: ObjectProblem) => error.code === 'InvalidKey',
      )
    })

  test('a directory that is not there is a missing bucket, and is not made', async () => {
    const missing = new DirectoryStore(join(root, 'not-mounted'))
    assert.equal(await missing.head(), 'missing')
    await assert.rejects(
      missing.put({ bucket, key: 'a', bytes: Buffer.from('x'), contentType: 'text/plain' }),
      (error: ObjectProblem) => error.code === 'NoSuchBucket',
    )
  })
})

describe('an S3 server', { skip: needsSeaweed }, () => {
  let server: S3Server
  const outbound = new OutboundPolicy({ hosts: [], ranges: AddressRanges.of('127.0.0.1') })
  const clientOf = (url: string, secret = accessKey.secretAccessKey, policy = outbound) =>
    new S3Client({
      endpoint: new URL(url),
      region: 'us-east-1',
      credentials: () => ({ accessKeyId: accessKey.accessKeyId, secret }),
      outbound: policy,
      clock: systemClock,
      retryMillis: [1],
    })

  before(async () => {
    server = await startSeaweed({ accessKey })
    await sdkOf(server).send(new CreateBucketCommand({ Bucket: bucket }))
  })
  after(() => server?.stop())

  holdObjectStore(() => new S3Store(clientOf(server.url)))

  test("AWS's SDK reads the object with its headers", async () => {
    await new S3Store(clientOf(server.url)).put({
      bucket,
      key: 'sdk',
      bytes: Buffer.from('x'),
      contentType: 'application/json',
      contentEncoding: 'gzip',
      metadata: { 'signature-algorithm': 'SHA256withRSA' },
    })
    const { ContentType, ContentEncoding, Metadata } = await sdkOf(server).send(
      new GetObjectCommand({ Bucket: bucket, Key: 'sdk' }),
    )
    assert.deepEqual(
      { ContentType, ContentEncoding, Metadata },
      {
        ContentType: 'application/json',
        ContentEncoding: 'gzip',
        Metadata: { 'signature-algorithm': 'SHA256withRSA' },
      },
    )
  })

  test('a long list comes page by page', async () => {
    const store = new S3Store(clientOf(server.url))
    for (let at = 0; at < 1030; at += 103)
      await Promise.all(
        Array.from({ length: 103 }, (_, i) =>
          store.put({
            bucket,
            key: `many/${String(at + i).padStart(4, '0')}`,
            bytes: Buffer.from('x'),
            contentType: 'text/plain',
          }),
        ),
      )
    let count = 0
    for await (const _ of store.list(bucket, 'many/')) count++
    assert.equal(count, 1030)
  })

  test('a bucket that does not exist is missing, and a wrong key is denied', async () => {
    assert.equal(await new S3Store(clientOf(server.url)).head('no-such-bucket'), 'missing')
    assert.equal(await new S3Store(clientOf(server.url, 'wrong')).head(bucket), 'denied')
    await assert.rejects(
      new S3Store(clientOf(server.url, 'wrong')).put({
        bucket,
        key,
        bytes: Buffer.from('x'),
        contentType: 'text/plain',
      }),
      (error: ObjectProblem) => error instanceof ObjectProblem && /Signature|AccessDenied/.test(error.code),
    )
  })

  test('a host that the outbound policy does not allow is not connected', async () => {
    const refusing = new OutboundPolicy({ hosts: [], ranges: AddressRanges.of('192.0.2.0/24') })
    await assert.rejects(
      new S3Store(clientOf(server.url, undefined, refusing)).head(bucket),
      /127\.0\.0\.1 is a loopback address/,
    )
  })

  test('a server that is gone is a connection error', async () => {
    await assert.rejects(
      new S3Store(clientOf('http://127.0.0.1:1')).head(bucket),
      (error: ObjectProblem) => error.code === 'ConnectionError',
    )
  })
})

test('a server that cuts connections is asked again, and one that does not answer in time is not', async t => {
  const ask = async (take: (socket: Socket) => void) => {
    let connections = 0
    const server = createServer(socket => {
      connections++
      take(socket.on('error', () => undefined))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const client = new S3Client({
      endpoint: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      region: 'us-east-1',
      credentials: () => ({ accessKeyId: accessKey.accessKeyId, secret: accessKey.secretAccessKey }),
      outbound: new OutboundPolicy({ hosts: [], ranges: AddressRanges.of('127.0.0.1') }),
      clock: systemClock,
      timeoutMillis: 300,
      retryMillis: [1, 1],
    })
    const error = await new S3Store(client).head(bucket).catch((problem: ObjectProblem) => problem)
    return { connections, code: (error as ObjectProblem).code }
  }
  assert.deepEqual(await ask(socket => socket.destroy()), { connections: 3, code: 'ConnectionError' })
  assert.deepEqual(await ask(() => undefined), { connections: 1, code: 'RequestTimeout' })
})

function sdkOf({ url }: S3Server): SdkClient {
  return new SdkClient({ endpoint: url, region: 'us-east-1', forcePathStyle: true, credentials: accessKey })
}
