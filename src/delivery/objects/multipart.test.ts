import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  S3Client as SdkClient,
} from '@aws-sdk/client-s3'
import { needsSeaweed, type S3Server, startSeaweed } from '../../../test/fixtures/s3/seaweedfs.ts'
import { AddressRanges, OutboundPolicy, randomBytes, systemClock } from '../../std/index.ts'
import { abortLeftUploads, MultipartUpload, partSizeBytes } from './multipart.ts'
import type { ObjectProblem } from './object-store.ts'
import { S3Client } from './s3-client.ts'
import { S3Store } from './s3-store.ts'
import { readUploads, renderComplete } from './s3-xml.ts'

const accessKey = { accessKeyId: 'AKIDBACKUPS', secretAccessKey: 'secret-of-backups' }
const credentials = { accessKeyId: accessKey.accessKeyId, secret: accessKey.secretAccessKey }
const bucket = 'backups'

describe('an object in parts on an S3 server', { skip: needsSeaweed }, () => {
  let server: S3Server
  let client: S3Client
  let sdk: SdkClient
  before(async () => {
    server = await startSeaweed({ accessKey })
    client = clientOf(server.url)
    sdk = new SdkClient({
      ...{ endpoint: server.url, region: 'us-east-1', forcePathStyle: true },
      credentials: accessKey,
    })
    await sdk.send(new CreateBucketCommand({ Bucket: bucket }))
  })
  after(async () => {
    sdk?.destroy()
    await server?.stop()
  })

  const uploads = async () =>
    (await sdk.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []
  const keys = async () =>
    ((await sdk.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map(({ Key }) => Key)

  for (const [size, title] of [
    [0, 'nothing'],
    [partSizeBytes, 'one part'],
    [2 * partSizeBytes + 12_345, 'two parts and a rest'],
  ] as const)
    test(`AWS's SDK reads what was written: ${title}`, async () => {
      const bytes = randomBytes(size)
      const key = `written/${size} +ä.age`
      const upload = await MultipartUpload.create(client, { bucket, key })
      // The sizes of writes have nothing to do with those of parts, and a buffer is used again.
      const buffer = Buffer.alloc(1_000_003)
      for (let from = 0; from < size; from += buffer.length) {
        const length = bytes.copy(buffer, 0, from)
        await upload.write(buffer.subarray(0, length))
      }
      assert.ok(!(await keys()).includes(key))
      await upload.complete()
      const { Body } = await sdk.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      assert.ok(bytes.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0)))
      assert.deepEqual(await uploads(), [])
      await new S3Store(client).delete(bucket, key)
      assert.ok(!(await keys()).includes(key))
    })

  test('an upload that is aborted leaves no object and no parts', async () => {
    const key = 'aborted.age'
    const upload = await MultipartUpload.create(client, { bucket, key })
    await upload.write(Buffer.alloc(partSizeBytes + 1))
    const [listed] = await uploads()
    assert.equal(listed?.Key, key)
    await upload.abort()
    await upload.abort()
    assert.deepEqual(await uploads(), [])
    await assert.rejects(
      sdk.send(new ListPartsCommand({ Bucket: bucket, Key: key, UploadId: listed?.UploadId })),
    )
    assert.ok(!(await keys()).includes(key))
    await assert.rejects(upload.complete(), (error: ObjectProblem) => error.code === 'NoSuchUpload')
  })

  test('the parts of a killed process are no object, and the next run aborts its own alone', async () => {
    const at = (name: string) => JSON.stringify(`${import.meta.dirname}/${name}`)
    const program = `
      const { MultipartUpload } = await import(${at('multipart.ts')})
      const { S3Client } = await import(${at('s3-client.ts')})
      const { AddressRanges, OutboundPolicy, systemClock } = await import(${at('../../std/index.ts')})
      const client = new S3Client({
        endpoint: new URL(${JSON.stringify(server.url)}),
        region: 'us-east-1',
        credentials: () => (${JSON.stringify(credentials)}),
        outbound: new OutboundPolicy({ hosts: [], ranges: AddressRanges.of('127.0.0.1') }),
        clock: systemClock,
      })
      for (const key of ['daily/keyward-1.age', 'daily/other', 'elsewhere/keyward-2.age']) {
        const upload = await MultipartUpload.create(client, { bucket: 'backups', key })
        await upload.write(Buffer.alloc(${partSizeBytes}))
      }
      process.stdout.write('written')
      setInterval(() => undefined, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.deepEqual(
      (await keys()).filter(key => key?.includes('keyward')),
      [],
    )
    assert.equal((await uploads()).length, 3)
    await abortLeftUploads(client, { bucket, prefix: 'daily/' }, key => key.includes('keyward-'))
    const left = (await uploads()).map(({ Key }) => Key)
    assert.deepEqual(left.sort(), ['daily/other', 'elsewhere/keyward-2.age'])
  })
})

// SeaweedFS does not fail when it is asked to. The answers are those of the Amazon S3 API Reference.
test('a part and the completion are repeated until a server that fails for a while is well', async t => {
  let [parts, completions] = [0, 0]
  const busy =
    '<?xml version="1.0"?>\n<Error><Code>InternalError</Code><Message>We are busy</Message></Error>'
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (request.url?.includes('?uploads'))
        response.end('<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>')
      else if (request.method === 'PUT')
        if (++parts <= 4) response.writeHead(parts % 2 === 0 ? 503 : 500).end(busy)
        else response.writeHead(200, { etag: '"a"' }).end()
      else response.end(++completions === 1 ? busy : '<CompleteMultipartUploadResult/>')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const upload = await MultipartUpload.create(clientOf(url, [1, 1, 1, 1]), { bucket, key: 'a' })
  await upload.write(Buffer.from('x'))
  await upload.complete()
  assert.deepEqual([parts, completions], [5, 2])
  // The attempts have an end.
  parts = -100
  const second = await MultipartUpload.create(clientOf(url, [1, 1, 1, 1]), { bucket, key: 'b' })
  await assert.rejects(second.complete(), (error: ObjectProblem) => error.code === 'InternalError')
  assert.equal(parts, -95)
})

// The example of "ListMultipartUploads" in the Amazon S3 API Reference, with encoded keys.
test('uploads are read as S3 lists them', () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>bucket</Bucket>
 <Upload><Key>my-divisor%2Fa+b</Key><UploadId>XMgbGlrZSBlbHZpbmcncyBub3QgaGF2aW5nIG11Y2ggbHVjaw</UploadId></Upload>
 <Upload><Key>my-movie.m2ts</Key><UploadId>VXBsb2FkIElEIGZvciBlbHZpbcyBteS1tb3ZpZS5tMnRzIHVwbG9hZA</UploadId></Upload>
</ListMultipartUploadsResult>`
  assert.deepEqual(readUploads(xml), [
    { key: 'my-divisor/a b', uploadId: 'XMgbGlrZSBlbHZpbmcncyBub3QgaGF2aW5nIG11Y2ggbHVjaw' },
    { key: 'my-movie.m2ts', uploadId: 'VXBsb2FkIElEIGZvciBlbHZpbcyBteS1tb3ZpZS5tMnRzIHVwbG9hZA' },
  ])
  assert.match(renderComplete(['"a"', 'b<&']), /<PartNumber>2<\/PartNumber><ETag>b&lt;&amp;<\/ETag>/)
})

function clientOf(url: string, patientMillis?: readonly number[]): S3Client {
  return new S3Client({
    endpoint: new URL(url),
    region: 'us-east-1',
    credentials: () => credentials,
    outbound: new OutboundPolicy({ hosts: [], ranges: AddressRanges.of('127.0.0.1') }),
    clock: systemClock,
    ...(patientMillis !== undefined && { patientMillis }),
  })
}
