import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { callSigned, signCall } from '../fixtures/clients.ts'
import { type KeywardProcess, started } from '../fixtures/keyward-process.ts'

async function call(keyward: KeywardProcess, operation: string, input: object = {}) {
  const { status, json, text } = await callSigned(keyward, operation, JSON.stringify(input))
  assert.equal(status, 200, `${operation}: ${text}`)
  return json
}

async function createKey(keyward: KeywardProcess): Promise<string> {
  const { KeyMetadata } = await call(keyward, 'CreateKey')
  return (KeyMetadata as { KeyId: string }).KeyId
}

const now = () => Number(process.hrtime.bigint()) / 1e6

/** Waits for the end, and returns the exit code and the milliseconds that it took. */
async function ended(keyward: KeywardProcess, ending: Promise<number | null>, withinMillis: number) {
  const begun = now()
  const timeout = Symbol('timeout')
  const code = await Promise.race([ending, sleep(withinMillis, timeout, { ref: false })])
  assert.notEqual(code, timeout, `still running after ${withinMillis} ms`)
  assert.doesNotMatch(keyward.stderr(), /^ {4}at /m)
  return { code: code as number | null, millis: now() - begun }
}

/** One request on a connection of its own, which is sent in two parts. */
class SlowRequest {
  readonly socket: Socket
  /** All bytes of the answer, when the connection has ended. */
  readonly answer: Promise<string>
  readonly #rest: string

  private constructor(socket: Socket, rest: string) {
    let received = ''
    this.socket = socket.setEncoding('utf8').on('data', text => {
      received += text
    })
    this.#rest = rest
    this.answer = new Promise(resolve =>
      socket.on('error', () => undefined).once('close', () => resolve(received)),
    )
  }

  /** Connects and sends all but the last byte of the body. */
  static async begin(keyward: KeywardProcess, operation: string, input: object): Promise<SlowRequest> {
    const body = JSON.stringify(input)
    const headers = await signCall(keyward, operation, body)
    const { hostname, port } = new URL(keyward.url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    const lines = Object.entries({ ...headers, 'content-length': body.length }).map(
      ([name, value]) => `${name}: ${value}`,
    )
    const request = new SlowRequest(socket, body.slice(-1))
    socket.write(`POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body.slice(0, -1)}`)
    return request
  }

  finish(): void {
    this.socket.write(this.#rest)
  }
}

/** Reads an answer, and asserts that it is whole. */
function parseAnswer(text: string) {
  const [head = '', body = ''] = text.split('\r\n\r\n', 2)
  const length = /^content-length: (\d+)$/im.exec(head)?.[1]
  assert.equal(String(Buffer.byteLength(body)), length, `the answer is not whole: ${text}`)
  return { head, status: Number(head.split(' ')[1]), json: JSON.parse(body) as Record<string, unknown> }
}

test('a server that stops first answers the requests whose bodies are still arriving', async t => {
  const keyward = await started(t)
  const requests = await Promise.all(
    Array.from({ length: 20 }, (_, number) =>
      SlowRequest.begin(keyward, 'CreateKey', { Description: `slow ${number}` }),
    ),
  )
  await sleep(200)
  const ending = keyward.stop()
  // Meanwhile the server accepts no new connection.
  const isAccepted = () =>
    fetch(`${keyward.url}/healthz`).then(
      answer => answer.ok,
      () => false,
    )
  while (await isAccepted()) await sleep(20)
  assert.equal(keyward.process.exitCode, null)
  for (const request of requests) request.finish()
  const answers = (await Promise.all(requests.map(request => request.answer))).map(parseAnswer)
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  for (const { head } of answers) assert.match(head, /^connection: close$/im)
  const { code } = await ended(keyward, ending, 60_000)
  assert.equal(code, 0)

  const again = await started(t, { dataDirectory: keyward.dataDirectory })
  for (const { json } of answers) {
    const made = json['KeyMetadata'] as { KeyId: string }
    const { KeyMetadata } = await call(again, 'DescribeKey', { KeyId: made.KeyId })
    assert.deepEqual(KeyMetadata, made)
  }
})

test('each of many requests at once gets a whole answer or none', async t => {
  const keyward = await started(t)
  const requests = await Promise.all(
    Array.from({ length: 100 }, (_, number) =>
      SlowRequest.begin(keyward, 'CreateKey', { Description: `${number}` }),
    ),
  )
  for (const request of requests) request.finish()
  const ending = keyward.stop()
  const texts = await Promise.all(requests.map(request => request.answer))
  assert.equal((await ended(keyward, ending, 60_000)).code, 0)
  const answers = texts.filter(text => text !== '').map(parseAnswer)
  assert.ok(answers.length > 0)
  const again = await started(t, { dataDirectory: keyward.dataDirectory })
  for (const { status, json } of answers) {
    assert.equal(status, 200)
    const { KeyId } = json['KeyMetadata'] as { KeyId: string }
    await call(again, 'DescribeKey', { KeyId })
  }
})

test('clients that left in the middle of a request do not delay the end', async t => {
  const keyward = await started(t)
  const requests = await Promise.all(
    Array.from({ length: 50 }, () => SlowRequest.begin(keyward, 'CreateKey', {})),
  )
  for (const [index, request] of requests.entries()) {
    if (index % 2 === 0) request.finish()
    if (index % 3 === 0) request.socket.resetAndDestroy()
    else request.socket.destroySoon()
  }
  const { code } = await ended(keyward, keyward.stop(), 60_000)
  assert.equal(code, 0)
  assert.equal(keyward.stderr(), '')
})

test('connections without a request do not delay the end', async t => {
  const keyward = await started(t)
  // One connection is kept alive after an answer, and one has not sent a request yet.
  await createKey(keyward)
  const { hostname, port } = new URL(keyward.url)
  const silent = connect(Number(port), hostname).on('error', () => undefined)
  await once(silent, 'connect')
  t.after(() => silent.destroy())
  await sleep(100)
  const { code } = await ended(keyward, keyward.stop(), 60_000)
  assert.equal(code, 0)
})

test('a request that never ends is cut off after a while', async t => {
  const keyward = await started(t)
  const request = await SlowRequest.begin(keyward, 'CreateKey', {})
  await sleep(100)
  const { code, millis } = await ended(keyward, keyward.stop(), 60_000)
  assert.equal(code, 0)
  assert.ok(millis > 5000, `it was given ${millis} ms only`)
  assert.equal(await request.answer, '')
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`a second ${signal} ends the server at once`, async t => {
    const keyward = await started(t)
    const request = await SlowRequest.begin(keyward, 'CreateKey', {})
    await sleep(100)
    const exited = once(keyward.process, 'exit')
    keyward.process.kill(signal)
    // A second signal at once is the same Ctrl-C, which npm passes on.
    await sleep(300)
    keyward.process.kill(signal)
    await sleep(2500)
    assert.equal(keyward.process.exitCode, null)
    keyward.process.kill(signal)
    const { code } = await ended(
      keyward,
      exited.then(([status]) => status as number),
      60_000,
    )
    assert.equal(code, 1)
    assert.equal(await request.answer, '')
    await createKey(await started(t, { dataDirectory: keyward.dataDirectory }))
  })
}

test('SIGINT stops a server like SIGTERM', async t => {
  const keyward = await started(t)
  const exited = once(keyward.process, 'exit').then(([status]) => status as number)
  keyward.process.kill('SIGINT')
  assert.equal((await ended(keyward, exited, 5000)).code, 0)
})

test('all keys, aliases, tags, policies and ciphertexts are there after a restart', async t => {
  const keyward = await started(t)
  const kept = await createKey(keyward)
  const disabled = await createKey(keyward)
  const pending = await createKey(keyward)
  const listed = await call(keyward, 'ListKeys')
  const { Policy } = await call(keyward, 'GetKeyPolicy', { KeyId: kept })
  await call(keyward, 'PutKeyPolicy', {
    KeyId: kept,
    Policy: String(Policy).replace('key-default-1', 'mine'),
  })
  await call(keyward, 'UpdateKeyDescription', { KeyId: kept, Description: 'мой ключ' })
  const Tags = [
    { TagKey: 'a', TagValue: '1' },
    { TagKey: 'b', TagValue: '' },
  ]
  await call(keyward, 'TagResource', { KeyId: kept, Tags })
  await call(keyward, 'CreateAlias', { AliasName: 'alias/kept', TargetKeyId: disabled })
  await call(keyward, 'UpdateAlias', { AliasName: 'alias/kept', TargetKeyId: kept })
  await call(keyward, 'DisableKey', { KeyId: disabled })
  await call(keyward, 'ScheduleKeyDeletion', { KeyId: pending, PendingWindowInDays: 7 })
  const EncryptionContext = { purpose: 'test' }
  const Plaintext = Buffer.from('plaintext').toString('base64')
  const encrypted = await call(keyward, 'Encrypt', { KeyId: 'alias/kept', Plaintext, EncryptionContext })
  const dataKey = await call(keyward, 'GenerateDataKey', { KeyId: kept, KeySpec: 'AES_256' })

  const look = async (server: KeywardProcess) => [
    await call(server, 'ListKeys'),
    await call(server, 'ListAliases'),
    ...(await Promise.all([kept, disabled, pending].map(KeyId => call(server, 'DescribeKey', { KeyId })))),
    await call(server, 'ListResourceTags', { KeyId: kept }),
    await call(server, 'GetKeyPolicy', { KeyId: kept }),
    await call(server, 'Decrypt', { CiphertextBlob: encrypted['CiphertextBlob'], EncryptionContext }),
    await call(server, 'Decrypt', { CiphertextBlob: dataKey['CiphertextBlob'] }),
  ]
  const before = await look(keyward)
  assert.equal((listed['Keys'] as object[]).length, 3)
  assert.equal(before.at(-1)?.['Plaintext'], dataKey['Plaintext'])
  assert.equal(await keyward.stop(), 0)
  const again = await started(t, { dataDirectory: keyward.dataDirectory })
  assert.deepEqual(await look(again), before)
})

test('a server that has ended leaves no write-ahead log and no audit record that is not written', async t => {
  const keyward = await started(t)
  await Promise.all(Array.from({ length: 20 }, () => createKey(keyward)))
  assert.equal(await keyward.stop(), 0)
  const path = join(keyward.dataDirectory, 'keyward.db')
  assert.equal(existsSync(`${path}-wal`), false)
  const database = new DatabaseSync(path, { readOnly: true })
  const { keys, waiting } = database
    .prepare('select (select count(*) from kms_keys) as keys, (select count(*) from audit_outbox) as waiting')
    .get() as { keys: number; waiting: number }
  database.close()
  assert.deepEqual({ keys, waiting }, { keys: 20, waiting: 0 })
})
