import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { KeywardWitness } from '../../src/delivery/index.ts'
import { AddressRanges, OutboundPolicy, systemClock } from '../../src/std/index.ts'
import { administratorOf, callKeyward, callSigned } from '../fixtures/clients.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  runKeyward,
  startKeyward,
  temporaryDirectory,
} from '../fixtures/keyward-process.ts'
import { refusedStart } from '../fixtures/refused-start.ts'
import { freePorts } from '../fixtures/s3/seaweedfs.ts'

const servers: KeywardProcess[] = []
after(async () => {
  for (const server of servers) await server.kill()
})

async function start(audit: object, dataDirectory = temporaryDirectory()): Promise<KeywardProcess> {
  const environment = { KEYWARD_AUDIT: JSON.stringify(audit), KEYWARD_OUTBOUND: '127.0.0.1' }
  const server = await startKeyward({ dataDirectory, environment })
  servers.push(server)
  return server
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 60_000
  while (!(await condition())) {
    assert.ok(Date.now() < giveUpAt, `${condition} did not come true`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

const linesOf = (path: string) =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter(line => line !== '')
    : []

/** The lines of a server's audit log. */
const auditLines = ({ dataDirectory }: KeywardProcess) =>
  readdirSync(join(dataDirectory, 'audit'))
    .filter(file => file.endsWith('.jsonl'))
    .flatMap(file => linesOf(join(dataDirectory, 'audit', file)))

/** A receiver of webhooks that can be off. */
async function receiver() {
  const eventIds: string[] = []
  const state = { status: 200 }
  const http = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    if (state.status === 200) for (const { eventID } of JSON.parse(body).records) eventIds.push(eventID)
    response.writeHead(state.status).end()
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  after(() => http.close())
  const { port } = http.address() as AddressInfo
  return { eventIds, state, url: `http://127.0.0.1:${port}/` }
}

test('sinks get every record once a server goes on after a kill, without its reasons, and a slow one holds up no call', async () => {
  const hook = await receiver()
  const copies = temporaryDirectory()
  const audit = {
    sinks: [
      { name: 'copy', type: 'directory', path: copies },
      { name: 'hook', type: 'webhook', url: hook.url },
    ],
  }
  const first = await start(audit)
  await callSigned(first, 'CreateKey', '{}')
  await until(() => hook.eventIds.length > 0)
  hook.state.status = 503
  for (let i = 0; i < 5; i++) await callSigned(first, 'ListKeys', '{}')
  // The durable log has the reason of a signature that does not fit.
  const stranger = { credentials: { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x' } }
  assert.equal((await callSigned(first, 'ListKeys', '{}', stranger)).status, 400)
  await first.kill()
  hook.state.status = 200
  const second = await start(audit, first.dataDirectory)
  await callSigned(second, 'ListAliases', '{}')
  const records = readAuditRecords(first.dataDirectory)
  const wanted = records.map(({ eventID }) => eventID as string)
  assert.ok(wanted.length >= 8)
  await until(() => wanted.every(eventId => hook.eventIds.includes(eventId)))
  const files = () => readdirSync(copies).flatMap(name => linesOf(join(copies, name)))
  await until(() => wanted.every(eventId => files().some(line => line.includes(eventId))))
  const durable = auditLines(first)
  assert.ok(durable.some(line => line.includes(',"keyward":{')))
  assert.ok(files().every(line => line.startsWith('{"eventVersion":') && !line.includes(',"keyward":{')))
  assert.equal(await second.stop(), 0)
})

test('a sink that has a place in a log that was replaced gets the new log from its start', async () => {
  const copies = temporaryDirectory()
  const audit = { sinks: [{ name: 'copy', type: 'directory', path: copies }] }
  const copied = () => readdirSync(copies).flatMap(name => linesOf(join(copies, name)))
  const first = await start(audit)
  await callSigned(first, 'ListKeys', '{}')
  assert.equal(await first.stop(), 0)
  for (const file of readdirSync(join(first.dataDirectory, 'audit')))
    rmSync(join(first.dataDirectory, 'audit', file), { recursive: true })
  const second = await start({}, first.dataDirectory)
  await callSigned(second, 'ListAliases', '{}')
  assert.equal(await second.stop(), 0)
  const third = await start(audit, first.dataDirectory)
  await until(() => copied().some(line => line.includes('"ListAliases"')))
  assert.equal(await third.stop(), 0)
})

test('a sink whose lag has a limit makes calls fail while it is too far behind', async () => {
  const hook = await receiver()
  const server = await start({
    sinks: [{ name: 'needed', type: 'webhook', url: hook.url, lagMax: '1s' }],
  })
  await callSigned(server, 'ListKeys', '{}')
  hook.state.status = 500
  const outcome = async () => (await callSigned(server, 'ListKeys', '{}')).status
  await until(async () => (await outcome()) === 500)
  hook.state.status = 200
  await until(async () => (await outcome()) === 200)
})

test('a different Keyward and a file witness the heads, and show a history that was written again', async () => {
  const witness = await start({ heads: '10s' })
  const heads = join(temporaryDirectory(), 'heads.jsonl')
  const audit = {
    heads: '1s',
    witnesses: [
      { name: 'paper', type: 'file', path: heads },
      {
        ...{ name: 'other', type: 'keyward', url: `${witness.url}/`, region: 'us-east-1' },
        credentials: join(witness.dataDirectory, 'credentials'),
      },
    ],
  }
  const server = await start(audit)
  for (let i = 0; i < 3; i++) await callSigned(server, 'CreateKey', '{}')
  await until(() => linesOf(heads).length > 0)
  const recorded = () =>
    readAuditRecords(witness.dataDirectory).filter(({ eventName }) => eventName === 'RecordAuditHead')
  await until(() => recorded().length > 0)
  assert.equal(await server.stop(), 0)
  // The witnesses have the head that the stop signed.
  const logged = auditLines(server).filter(line => line.startsWith('{"auditHead":'))
  assert.ok(logged.length > 1)
  assert.deepEqual(linesOf(heads), logged)
  assert.equal(recorded().length, logged.length)
  const environment = { KEYWARD_AUDIT: JSON.stringify(audit), KEYWARD_OUTBOUND: '127.0.0.1' }
  const verify = (...args: string[]) =>
    runKeyward(['audit', 'verify', '--data-dir', server.dataDirectory, ...args], { environment })
  for (const place of [heads, `${witness.url}/`]) {
    const { code, stdout, stderr } = await verify('--witness', place)
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, /history of all \d+ heads of witnesses/)
  }
  const [name = ''] = readdirSync(join(server.dataDirectory, 'audit')).sort()
  const path = join(server.dataDirectory, 'audit', name)
  writeFileSync(path, readFileSync(path, 'utf8').replace('"CreateKey"', '"DeleteKey"'))
  assert.equal((await verify('--witness', `${witness.url}/`)).code, 1)
})

test('a different Keyward that was down gets all heads of that time, in their order', async () => {
  const [port = 0] = await freePorts(1)
  const dataDirectory = temporaryDirectory()
  const startWitness = async () => {
    const witness = await startKeyward({ dataDirectory, flags: ['--port', `${port}`] })
    servers.push(witness)
    return witness
  }
  // The first start makes the credentials.
  assert.equal(await (await startWitness()).stop(), 0)
  const url = `http://127.0.0.1:${port}/`
  const credentials = join(dataDirectory, 'credentials')
  const server = await start({
    heads: '1s',
    witnesses: [{ name: 'other', type: 'keyward', url, region: 'us-east-1', credentials }],
  })
  const heads = () => auditLines(server).filter(line => line.startsWith('{"auditHead":'))
  await until(async () => {
    await callSigned(server, 'ListKeys', '{}')
    return heads().length >= 3
  })
  assert.match(
    server.stderr(),
    /ECONNREFUSED.*"sink":"witness other","msg":"the audit log cannot be delivered; it is/,
  )
  await startWitness()
  const recorded = () =>
    readAuditRecords(dataDirectory).flatMap(({ eventName, errorCode, requestParameters }) => {
      const { auditHead } = (requestParameters ?? {}) as { auditHead?: { head: number } }
      return eventName === 'RecordAuditHead' && errorCode === undefined ? [auditHead?.head] : []
    })
  await until(() => recorded().length >= heads().length)
  assert.match(server.stderr(), /"sink":"witness other","msg":"the audit log is delivered again"/)
  assert.equal(await server.stop(), 0)
  const signed = heads().map(line => (JSON.parse(line) as { auditHead: { head: number } }).auditHead.head)
  assert.deepEqual(recorded(), signed)
})

const sampleHead = {
  ...{ Stream: '00000000-0000-4000-8000-000000000001', Head: 2, Block: 20, Chain: 'a'.repeat(64) },
  ...{ Records: 100, Time: '2026-11-30T00:00:00Z', Key: 'b'.repeat(64) },
  Signature: Buffer.alloc(64).toString('base64'),
}

/** Gives a head to a witness. Returns the status and the type of the error. */
async function recordHead(witness: KeywardProcess, change: object): Promise<[number, unknown]> {
  const answer = await callKeyward(witness, 'RecordAuditHead', { AuditHead: { ...sampleHead, ...change } })
  return [answer.status, answer.json?.['__type']]
}

test('a witness takes heads of ten logs from an account', async () => {
  const witness = await start({ heads: '10s' })
  const stream = (digit: string) => ({ Stream: `00000000-0000-4000-8000-00000000000${digit}` })
  for (const digit of '0123456789')
    assert.deepEqual(await recordHead(witness, stream(digit)), [200, undefined])
  assert.deepEqual(await recordHead(witness, stream('a')), [400, 'LimitExceededException'])
  const next = { ...stream('9'), Head: 3, Block: 30, Records: 200 }
  assert.deepEqual(await recordHead(witness, next), [200, undefined])
})

test('a different Keyward gets heads that come faster than it takes them', async () => {
  const witness = await start({ heads: '10s' })
  const { accessKeyId, secretAccessKey: secret } = administratorOf(witness)
  const sink = new KeywardWitness({
    url: new URL(witness.url),
    region: 'us-east-1',
    credentials: () => ({ accessKeyId, secret }),
    outbound: new OutboundPolicy({ hosts: [], ranges: AddressRanges.of('127.0.0.1') }),
    clock: systemClock,
  })
  const { Stream: stream, Chain: chain, Time: time, Key: key, Signature: signature } = sampleHead
  const heads = Array.from({ length: 13 }, (_, n) => ({
    ...{ stream, head: n + 1, block: n + 1, chain, records: n, time, key, signature },
  }))
  const lines = heads.map(auditHead => JSON.stringify({ auditHead }))
  await sink.deliver({ lines, to: { stream, file: '', offset: 0 } })
  assert.deepEqual(await sink.list(stream), heads)
  const refused = readAuditRecords(witness.dataDirectory).filter(
    ({ errorCode }) => errorCode === 'LimitExceededException',
  )
  assert.ok(refused.length > 0)
})

test('a witness refuses a head that contradicts one from before', async () => {
  const witness = await start({ heads: '10s' })
  const record = (change: object) => recordHead(witness, change)
  assert.deepEqual(await record({}), [200, undefined])
  assert.deepEqual(await record({}), [200, undefined])
  assert.deepEqual(await record({ Chain: 'c'.repeat(64) }), [400, 'ConflictException'])
  assert.deepEqual(await record({ Head: 1, Block: 10, Records: 50 }), [400, 'ConflictException'])
  assert.deepEqual(await record({ Head: 3, Block: 19 }), [400, 'ConflictException'])
  assert.deepEqual(await record({ Head: 3, Block: 30, Records: 200 }), [200, undefined])
})

test('a sink or witness that makes no sense is refused with its place', async () => {
  for (const [audit, message] of [
    [{ sinks: [{ name: 'a', type: 'kafka' }] }, /sinks\[1\].*type 'kafka'/],
    [{ sinks: [{ name: 'A b', type: 'stdout' }] }, /lower-case/],
    [{ sinks: [{ type: 'stdout' }] }, /name/],
    [{ sinks: [{ name: 'a', type: 'webhook', url: 'ftp://x' }] }, /https:\/\//],
    [{ sinks: [{ name: 'a', type: 'syslog', url: 'tls://logs.example.com' }] }, /outbound/],
    [{ sinks: [1, 2].map(() => ({ name: 'a', type: 'stdout' })) }, /twice/],
    [{ witnesses: [{ name: 'a', type: 'syslog', url: 'tls://x' }] }, /one of file, webhook, keyward/],
    [{ sinks: [{ name: 'a', type: 'stdout', lagMax: '5' }] }, /time such as/],
    [
      { sinks: [{ name: 'a', type: 'syslog', url: 'tls://logs.example.com', secretFile: '/s' }] },
      /secretFile is not a setting here/,
    ],
    [{ sinks: [{ name: 'a', type: 'stdout', url: 'https://x' }] }, /url is not a setting here/],
    [{ witnesses: [{ name: 'a', type: 'file', path: '/a', ca: '/b' }] }, /ca is not a setting here/],
    [{ witnesses: [{ name: 'a', type: 'file', path: '/a', lagMax: '5s' }] }, /lagMax is not a setting here/],
    [{ sinks: [{ name: 'a', type: 'syslog', url: 'tls://:pw@logs.example.com' }] }, /no credentials/],
    [{ sinks: [{ name: 'a', type: 'webhook', url: 'https://:pw@logs.example.com' }] }, /no credentials/],
    [
      { sinks: [{ name: 'a', type: 'webhook', url: 'https://logs.example.com', ca: '/no/such/file' }] },
      /^keyward: audit:1: sinks\[1\]\.ca cannot be read: ENOENT/,
    ],
  ] as const) {
    const environment = { KEYWARD_AUDIT: JSON.stringify(audit), KEYWARD_OUTBOUND: '127.0.0.1' }
    const { code, stderr } = await runKeyward(['start', '--data-dir', temporaryDirectory()], { environment })
    assert.equal(code, 1)
    assert.match(stderr, message)
  }
})

test('a directory that is that of the log itself is refused, also by a different path to it', async () => {
  const { dataDirectory, stop } = await start({})
  await stop()
  const path = join(temporaryDirectory(), 'link')
  symlinkSync(join(dataDirectory, 'audit'), path)
  const environment = {
    KEYWARD_AUDIT: JSON.stringify({ sinks: [{ name: 'copy', type: 'directory', path }] }),
  }
  const said = await refusedStart({ dataDirectory, environment })
  assert.match(said, /^keyward: The sink copy must not write into the audit log itself: .*link\n/)
})
