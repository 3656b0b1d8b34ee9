import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { describe, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { madeWithOpenssl, skipWithoutOpenssl } from '../../../test/fixtures/tls/openssl-certificates.ts'
import { parseWitnessedHeads, renderHead } from '../../audit/index.ts'
import { AddressRanges, OutboundPolicy } from '../../std/index.ts'
import { FileWitness } from '../witnesses/head-sinks.ts'
import { DirectorySink } from './directory-sink.ts'
import { StdoutSink } from './stdout-sink.ts'
import { SyslogSink } from './syslog-sink.ts'
import { WebhookSink } from './webhook-sink.ts'

const outbound = new OutboundPolicy({ hosts: ['localhost'], ranges: AddressRanges.of('127.0.0.0/8', '::1') })
const nowhere = new OutboundPolicy({ hosts: [], ranges: AddressRanges.of() })
const record = (eventID: string) =>
  `{"eventVersion":"1.11","eventTime":"2026-11-30T10:00:00Z","eventName":"Encrypt","eventID":"${eventID}","note":"é"}`
const to = { stream: 's', file: 'keyward-2026-11-30.jsonl', offset: 1 }

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Reads messages that are framed by their length (RFC 6587, 3.4.1), until there are enough. */
async function readMessages(socket: Socket, count: number): Promise<string[]> {
  const messages: string[] = []
  let rest = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk])
    for (let space = rest.indexOf(' '); space > 0; space = rest.indexOf(' ')) {
      const size = Number(rest.toString('latin1', 0, space))
      if (rest.length < space + 1 + size) break
      messages.push(rest.toString('utf8', space + 1, space + 1 + size))
      rest = rest.subarray(space + 1 + size)
    }
    if (messages.length >= count) return messages
  }
  return messages
}

describe('the directory', () => {
  test('has a file for each file of the log, with the records in order', async () => {
    const directory = temporaryDirectory()
    const sink = new DirectorySink(directory)
    await sink.deliver({ lines: [record('a'), record('b')], to })
    await sink.deliver({ lines: [record('c')], to: { ...to, file: 'keyward-2026-12-01.jsonl' } })
    await sink.close()
    assert.deepEqual(readdirSync(directory), ['keyward-2026-11-30.jsonl', 'keyward-2026-12-01.jsonl'])
    assert.equal(readFileSync(join(directory, to.file), 'utf8'), `${record('a')}\n${record('b')}\n`)
  })

  test('has whole records after a kill or a full disk in the middle of one', async () => {
    const directory = temporaryDirectory()
    const path = join(directory, to.file)
    writeFileSync(path, `${record('a')}\n${record('b').slice(0, 20)}`)
    const sink = new DirectorySink(directory)
    await sink.deliver({ lines: [record('b')], to })
    assert.equal(readFileSync(path, 'utf8'), `${record('a')}\n${record('b')}\n`)
    await sink.close()
  })
})

describe('the file of a witness', () => {
  const head = (number: number) =>
    renderHead({
      ...{ stream: 's', head: number, block: number, chain: 'a'.repeat(64), records: number },
      ...{ time: '2026-11-30T10:00:00.000Z', key: 'b'.repeat(64), signature: 'c2lnbmVk' },
    })

  test('can be read after a kill or a full disk in the middle of a head', async () => {
    const path = join(temporaryDirectory(), 'heads.jsonl')
    // Storage that is written once keeps the half.
    writeFileSync(path, `${head(1)}\n${head(2).slice(0, 60)}`)
    assert.deepEqual(
      parseWitnessedHeads(readFileSync(path, 'utf8'))?.map(found => found.head),
      [1],
    )
    const witness = new FileWitness(path)
    await witness.deliver({ lines: [head(2)], to })
    appendFileSync(path, head(3).slice(0, 5))
    await witness.deliver({ lines: [head(3)], to })
    await witness.close()
    const text = readFileSync(path, 'utf8')
    assert.ok(text.startsWith(`${head(1)}\n${head(2).slice(0, 60)}`))
    assert.deepEqual(
      parseWitnessedHeads(text)?.map(found => found.head),
      [1, 2, 3],
    )
    assert.equal(parseWitnessedHeads('{"head":1}\n'), undefined)
  })
})

test('a directory that is not there, such as a disk that is not mounted, is not made', async () => {
  const directory = join(temporaryDirectory(), 'missing')
  await assert.rejects(new DirectorySink(directory).deliver({ lines: [record('a')], to }), { code: 'ENOENT' })
})

describe('standard output', () => {
  test('gets one record a line', async () => {
    const output = new PassThrough()
    await new StdoutSink(output).deliver({ lines: [record('a'), record('b')], to })
    assert.equal(output.read().toString(), `${record('a')}\n${record('b')}\n`)
  })

  test('that is closed refuses the batch', async () => {
    // An error that nobody listens to would end the process.
    const output = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
    const sink = new StdoutSink(output)
    for (let i = 0; i < 2; i++) await assert.rejects(sink.deliver({ lines: [record('a')], to }))
  })
})

describe('the webhook', () => {
  async function post(t: { after(done: () => void): void }, status: number, lines: readonly string[]) {
    const received: { body: string; signature: unknown }[] = []
    const server = createHttpServer(async (request, response) => {
      let body = ''
      for await (const chunk of request.setEncoding('utf8')) body += chunk
      received.push({ body, signature: request.headers['x-keyward-signature'] })
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end()
    })
    const port = await listening(server)
    t.after(() => server.close())
    const url = new URL(`http://127.0.0.1:${port}/hook`)
    const sink = new WebhookSink({ url, secret: () => 'shared', outbound })
    return { received, outcome: await Promise.allSettled([sink.deliver({ lines, to })]) }
  }

  test('gets the records as JSON with the HMAC of the body under its secret', async t => {
    const { received, outcome } = await post(t, 204, [record('a'), record('b')])
    assert.equal(outcome[0]?.status, 'fulfilled')
    const { body = '', signature } = received[0] ?? {}
    assert.deepEqual(JSON.parse(body), {
      records: [JSON.parse(record('a')), JSON.parse(record('b'))],
      events: [],
    })
    assert.equal(signature, `sha256=${createHmac('sha256', 'shared').update(body).digest('hex')}`)
  })

  for (const status of [302, 400, 500]) {
    test(`that answers ${status} has not taken the batch, and no redirection is followed`, async t => {
      const { outcome } = await post(t, status, [record('a')])
      assert.equal(outcome[0]?.status, 'rejected')
    })
  }

  test('is not reached if the configuration does not allow the connection', async () => {
    const url = new URL('http://127.0.0.1:9/')
    const sink = new WebhookSink({ url, secret: undefined, outbound: nowhere })
    await assert.rejects(sink.deliver({ lines: [record('a')], to }), /outbound/)
  })

  test('gets the events of EventBridge for rotations, expiries and deletions', async t => {
    // The form is that of the AWS KMS developer guide, "Monitor KMS keys with Amazon EventBridge".
    const arn = 'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
    const event = (eventName: string, details: object) =>
      JSON.stringify({
        ...{ eventVersion: '1.11', eventTime: '2026-11-30T10:00:00Z', eventName, awsRegion: 'us-west-2' },
        ...{ eventID: 'e-1', resources: [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: arn }] },
        ...{ eventType: 'AwsServiceEvent', recipientAccountId: '111122223333' },
        serviceEventDetails: details,
      })
    const called = JSON.stringify({ eventVersion: '1.11', eventName: 'RotateKey', eventType: 'AwsApiCall' })
    const lines = [
      event('RotateKey', { keyId: 'x', rotationType: 'AUTOMATIC', currentKeyMaterialId: 'aa' }),
      event('DeleteKey', {}),
      called,
    ]
    const { received } = await post(t, 200, lines)
    const { records, events } = JSON.parse(received[0]?.body ?? '{}')
    assert.equal(records.length, 3)
    const common = {
      ...{ version: '0', id: 'e-1', source: 'aws.kms', account: '111122223333' },
      ...{ time: '2026-11-30T10:00:00Z', region: 'us-west-2', resources: [arn] },
    }
    const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
    assert.deepEqual(events, [
      {
        ...common,
        'detail-type': 'KMS CMK Rotation',
        detail: { 'key-id': keyId, 'rotation-type': 'AUTOMATIC', 'current-key-material-id': 'aa' },
      },
      { ...common, 'detail-type': 'KMS CMK Deletion', detail: { 'key-id': keyId } },
    ])
  })
})

describe('syslog', () => {
  test('gets each record as a message of RFC 5424, framed by its length in bytes', async t => {
    const server = createServer()
    const port = await listening(server)
    t.after(() => server.close())
    const connected = once(server, 'connection') as Promise<[Socket]>
    const sink = new SyslogSink({ url: new URL(`tcp://127.0.0.1:${port}`), outbound })
    const delivered = sink.deliver({ lines: [record('a'), record('b')], to })
    const [socket] = await connected
    const messages = await readMessages(socket, 2)
    await delivered
    assert.equal(messages.length, 2)
    assert.match(
      messages[0] ?? '',
      /^<110>1 2026-11-30T10:00:00Z [\x21-\x7e]{1,255} keyward \d+ cloudtrail - \{"eventVersion"/,
    )
    assert.ok(messages[1]?.endsWith(record('b')))
    await sink.close()
  })

  test('connects again after the collector has closed the connection', async t => {
    const server = createServer()
    const port = await listening(server)
    t.after(() => server.close())
    const sink = new SyslogSink({ url: new URL(`tcp://127.0.0.1:${port}`), outbound })
    const first = once(server, 'connection') as Promise<[Socket]>
    await sink.deliver({ lines: [record('a')], to })
    const [socket] = await first
    socket.destroy()
    const again = once(server, 'connection') as Promise<[Socket]>
    // The end of the connection shows at the latest with the second write.
    for (let i = 0; i < 3; i++) await sink.deliver({ lines: [record('b')], to }).catch(() => undefined)
    const [next] = await again
    const messages = await readMessages(next, 1)
    assert.ok(messages[0]?.endsWith(record('b')))
    await sink.close()
  })

  test('goes over TLS to a collector with the certificate of the CA', {
    skip: skipWithoutOpenssl,
  }, async t => {
    const { certificate, key } = madeWithOpenssl({ altName: 'DNS:localhost' })
    const server = createTlsServer({ cert: certificate, key })
    const port = await listening(server)
    t.after(() => server.close())
    const url = new URL(`tls://localhost:${port}`)
    const connected = once(server, 'secureConnection') as Promise<[Socket]>
    const sink = new SyslogSink({ url, ca: certificate, outbound })
    const delivered = sink.deliver({ lines: [record('a')], to })
    const [socket] = await connected
    assert.ok((await readMessages(socket, 1))[0]?.endsWith(record('a')))
    await delivered
    await sink.close()
    const unknown = new SyslogSink({ url, outbound })
    await assert.rejects(unknown.deliver({ lines: [record('a')], to }), /certificate/)
  })
})
