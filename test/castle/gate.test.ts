import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { type GateProcess, gateProcess } from '../fixtures/castle/gate-process.ts'
import { administratorOf, callRaw, callSigned } from '../fixtures/clients.ts'
import { readAuditRecords, runKeyward } from '../fixtures/keyward-process.ts'
import { countInMemory, whyNoMemory } from '../fixtures/process-memory.ts'
import { refusedStart } from '../fixtures/refused-start.ts'

// The way from a sealed server to an open one and back. The gate is worked as the operator socket works it.

const shares = { KEYWARD_ROOT_KEY: 'shares:' }
const passphrase = { KEYWARD_ROOT_KEY: 'passphrase:' }
const words = 'correct horse battery staple'

const statusOf = async (server: GateProcess, operation = 'ListKeys') =>
  (await callSigned(server, operation, '{}')).status

const readiness = async (server: GateProcess) =>
  (await callRaw(server, '', {}, { method: 'GET', path: '/readyz' })).json['status']

/** The names of the server's own events, oldest first. */
const ownEvents = ({ dataDirectory }: GateProcess) =>
  readAuditRecords(dataDirectory)
    .filter(({ eventSource }) => eventSource === 'keyward')
    .map(({ eventName }) => eventName)

test('shares are made once, and a quorum of them opens the server while it runs', async t => {
  const server = await gateProcess(t, { environment: shares })
  assert.equal(server.started.state, 'uninitialized')
  assert.match((await server.order({ give: 'x' })).error ?? '', /There is no root key yet/)
  const made = await server.order({ init: { shares: 3, threshold: 2 } })
  assert.equal(made.status?.state, 'sealed')
  const [first = '', second = '', third = ''] = made.shares as string[]
  // Nothing is protected by it yet, so it may be replaced, but not by mistake.
  assert.match((await server.order({ init: { shares: 2, threshold: 2 } })).error ?? '', /--force/)
  const wrong = first.replace(/:[^:]{44}:/, match => `:${[...match.slice(1, -1)].reverse().join('')}:`)
  for (const give of [wrong, 'keyward-share', words]) {
    const { code } = await server.order({ give })
    assert.ok(['UnreadableShare', 'WrongShare'].includes(`${code}`), `${code}`)
  }
  assert.deepEqual((await server.order({ give: third })).shares, { have: 1, need: 2 })
  assert.equal((await server.order({ give: third })).code, 'ShareTwice')
  assert.deepEqual((await server.order({ forget: true })).shares, { have: 0, need: 2 })
  assert.equal((await server.order({ give: second })).state, 'sealed')
  assert.equal(await readiness(server), 'sealed')
  const open = await server.order({ give: first })
  assert.deepEqual([open.state, open.rootKeyId], ['open', made.status?.rootKeyId])
  assert.equal(await readiness(server), 'ok')
  assert.equal(await statusOf(server, 'CreateKey'), 200)
  assert.match((await server.order({ init: { shares: 2, threshold: 2 } })).error ?? '', /has a root key/)
  assert.equal(await server.stop(), 0)
  assert.deepEqual(ownEvents(server), ['InitializeRootKey', 'UnsealServer'])

  const again = await gateProcess(t, { dataDirectory: server.dataDirectory, environment: shares })
  assert.equal(again.started.state, 'sealed')
  assert.equal(await statusOf(again), 500)
  await again.order({ give: first })
  assert.equal((await again.order({ give: third })).state, 'open')
  const { json } = await callSigned(again, 'ListKeys', '{}')
  assert.equal((json['Keys'] as unknown[]).length, 1)
})

test('a root key that protects nothing yet is replaced with force, and its shares open nothing', async t => {
  const server = await gateProcess(t, { environment: shares })
  const before = await server.order({ init: { shares: 2, threshold: 2 } })
  const after = await server.order({ init: { shares: 2, threshold: 2, isForced: true } })
  const [old = ''] = before.shares as string[]
  const [first = '', second = ''] = after.shares as string[]
  assert.equal((await server.order({ give: old })).code, 'ForeignShare')
  await server.order({ give: first })
  assert.equal((await server.order({ give: second })).state, 'open')
})

test('a wrong passphrase leaves the server sealed, and the right one opens it', async t => {
  const server = await gateProcess(t, { environment: passphrase })
  assert.equal(server.started.state, 'uninitialized')
  assert.equal((await server.order({ init: { passphrase: words } })).status?.state, 'open')
  assert.equal(await statusOf(server, 'CreateKey'), 200)
  assert.equal(await server.stop(), 0)

  const { dataDirectory } = server
  const again = await gateProcess(t, { dataDirectory, environment: passphrase })
  assert.equal(again.started.state, 'sealed')
  const refused = await again.order({ give: 'correct horse battery stable' })
  assert.equal(refused.code, 'WrongPassphrase')
  assert.equal((await again.order({ give: null })).code, 'NothingGiven')
  assert.equal(await readiness(again), 'sealed')
  assert.equal((await again.order({ give: words })).state, 'open')
  assert.equal(await statusOf(again), 200)
  // The chain goes on, and the next head signs the records of the sealed server, too.
  assert.equal(await again.stop(), 0)
  const { code, stdout } = await runKeyward(['audit', 'verify', '--data-dir', dataDirectory])
  assert.equal(code, 0, stdout)
  assert.match(stdout, / 0 records came after the blocks that it signs/)
})

test('a database that does not verify leaves the server sealed, until it is repaired', async t => {
  const server = await gateProcess(t, { environment: passphrase })
  await server.order({ init: { passphrase: words } })
  await statusOf(server, 'CreateKey')
  assert.equal(await server.stop(), 0)
  const path = join(server.dataDirectory, 'keyward.db')
  const database = new DatabaseSync(path)
  const { mac } = database.prepare('select mac from kms_keys').get() as { mac: Uint8Array }
  database.exec('update kms_keys set mac = zeroblob(49)')
  database.close()

  const { dataDirectory } = server
  const sealed = await gateProcess(t, { dataDirectory, environment: passphrase })
  for (let attempt = 0; attempt < 2; attempt++) {
    assert.match((await sealed.order({ give: words })).error ?? '', /The database does not verify/)
    assert.equal(await readiness(sealed), 'sealed')
    assert.equal(await statusOf(sealed), 500)
  }
  const repair = new DatabaseSync(path)
  repair.prepare('update kms_keys set mac = ?').run(mac)
  repair.close()
  assert.equal((await sealed.order({ give: words })).state, 'open')
  assert.equal(await statusOf(sealed), 200)
  assert.deepEqual(ownEvents(sealed), ['InitializeRootKey', 'UnsealServer', 'UnsealServer'])
})

test('a sealed server is a new image of the process on the same port, without the root key', {
  skip: whyNoMemory,
}, async t => {
  const server = await gateProcess(t)
  assert.equal(server.started.state, 'open')
  const administratorSecret = Buffer.from(administratorOf(server).secretAccessKey)
  assert.equal(await statusOf(server, 'CreateKey'), 200)
  assert.ok((countInMemory(server.process.pid, [administratorSecret])[0] ?? 0) > 0)
  assert.equal((await server.order({ seal: true })).state, 'open')
  const sealed = await server.next()
  assert.deepEqual([sealed.state, sealed.url], ['sealed', server.url])
  assert.deepEqual(countInMemory(server.process.pid, [administratorSecret]), [0])
  assert.equal(await statusOf(server), 500)
  // A file opens without a secret, but not by itself.
  assert.equal((await server.order({ give: null })).state, 'open')
  assert.equal(await statusOf(server), 200)
  await server.order({ seal: true })
  assert.deepEqual((await server.next()).url, server.url)
  assert.equal(server.stderr(), '')
  assert.equal(await server.stop(), 0)
  assert.deepEqual(ownEvents(server), ['SealServer', 'UnsealServer', 'SealServer'])
})

test('calls in flight are answered before the server is sealed', async t => {
  const server = await gateProcess(t)
  const calls = Array.from({ length: 20 }, () => statusOf(server, 'CreateKey'))
  const sealing = server.order({ seal: true })
  const statuses = await Promise.all(calls.map(call => call.catch(() => 0)))
  // A connection that was not accepted any more has no answer.
  for (const status of statuses) assert.ok([200, 500, 0].includes(status), `${status}`)
  await sealing
  assert.equal((await server.next()).state, 'sealed')
  const made = readAuditRecords(server.dataDirectory).filter(({ eventName }) => eventName === 'CreateKey')
  assert.ok(made.length >= statuses.filter(status => status === 200).length)
  assert.equal((await server.order({ give: null })).state, 'open')
})

test('a different kind of root key than that of the data directory is refused', async t => {
  const server = await gateProcess(t, { environment: passphrase })
  await server.order({ init: { passphrase: words } })
  assert.equal(await server.stop(), 0)
  const { dataDirectory } = server
  const said = await refusedStart({ dataDirectory, environment: { KEYWARD_ROOT_KEY: 'file:root.key' } })
  assert.match(said, /is kept by a passphrase, and KEYWARD_ROOT_KEY is file:root.key/)
  assert.equal(existsSync(join(dataDirectory, 'root.key')), false)
  // Without the setting, the data directory decides.
  const followed = await gateProcess(t, { dataDirectory })
  assert.deepEqual([followed.started.state, followed.started.provider], ['sealed', 'passphrase'])
})
