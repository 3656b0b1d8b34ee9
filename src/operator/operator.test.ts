import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryDirectory } from '../../test/fixtures/keyward-process.ts'
import { callOperator, NoServer, type OperatorHandler, OperatorProblem, OperatorServer } from './index.ts'

/** A server on a directory of its own; it closes with the test. */
async function serve(t: TestContext, handle: OperatorHandler, directory = temporaryDirectory()) {
  const faults: unknown[] = []
  const server = await OperatorServer.listen({ directory, handle, onFault: error => faults.push(error) })
  t.after(() => server.close())
  return { server, directory, faults, path: join(directory, 'operator.sock') }
}

const status = { command: 'status', arguments: {}, secrets: [] } as const
const echo: OperatorHandler = async ({ command, arguments: args, secrets }) => ({
  command,
  args,
  secrets: secrets.map(String),
})

/** Sends raw bytes and returns all that comes back. */
async function exchange(path: string, parts: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(path)
  let text = ''
  socket.on('data', chunk => {
    text += chunk
  })
  const closed = new Promise(resolve => socket.once('close', resolve))
  socket.on('error', () => undefined)
  for (const part of parts) {
    await new Promise(resolve => socket.write(part, resolve))
    await sleep(5)
  }
  await closed
  return text
}

const codeIn = (text: string) => (JSON.parse(text) as { problem: { code: string } }).problem.code

test('a request brings its arguments and secrets, and gets a result', async t => {
  const { directory } = await serve(t, echo)
  const secrets = [Buffer.from('pass phrase'), Buffer.from([0xc3, 0xa9, 0x0a, 0x31])]
  const result = await callOperator(directory, { command: 'unseal', arguments: { reset: true }, secrets })
  assert.deepEqual(result, { command: 'unseal', args: { reset: true }, secrets: ['pass phrase', 'é\n1'] })
  assert.ok(
    secrets.every(secret => secret.every(byte => byte === 0)),
    'the client wipes what it sent',
  )
})

test('the secrets of a request are wiped when its answer is made', async t => {
  const kept: Buffer[] = []
  const { directory } = await serve(t, async ({ secrets }) => {
    kept.push(...secrets)
    return secrets.map(String)
  })
  const secrets = [Buffer.from('a share')]
  assert.deepEqual(await callOperator(directory, { ...status, secrets }), ['a share'])
  assert.deepEqual(kept.map(String), ['\0'.repeat(7)])
})

test('the socket is for its owner alone, and goes with the server', async t => {
  const { server, directory, path } = await serve(t, echo)
  const { mode } = statSync(path)
  assert.equal(mode & 0o777, 0o600)
  assert.ok(statSync(path).isSocket())
  assert.deepEqual(readdirSync(directory), ['operator.sock'])
  await server.close()
  assert.deepEqual(readdirSync(directory), [])
  await assert.rejects(callOperator(directory, status), (error: Error) => {
    assert.ok(error instanceof NoServer)
    assert.equal(error.message, `No Keyward runs on the data directory ${directory}.`)
    return true
  })
})

test('the file mode creation mask of the process is as before', async t => {
  const before = process.umask(0o002)
  t.after(() => process.umask(before))
  const { path } = await serve(t, echo)
  assert.equal(process.umask(), 0o002)
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('a socket that a killed process left is replaced', async t => {
  const directory = temporaryDirectory()
  const first = await OperatorServer.listen({ directory, handle: echo, onFault: () => undefined })
  t.after(() => first.close())
  const { path } = await serve(t, async () => 'second', directory)
  assert.equal(await callOperator(directory, status), 'second')
  assert.ok(existsSync(path))
})

test('a directory with a path of more than 150 characters has a socket', {
  skip: process.platform === 'linux' ? false : 'other systems have no /proc/self/fd',
}, async t => {
  const directory = join(temporaryDirectory(), 'd'.repeat(150))
  mkdirSync(directory)
  const { server } = await serve(t, echo, directory)
  assert.equal(statSync(join(directory, 'operator.sock')).mode & 0o777, 0o600)
  assert.ok(await callOperator(directory, status))
  await server.close()
  assert.deepEqual(readdirSync(directory), [])
})

test('bytes that are no request are refused, and the next request is served', async t => {
  const { directory, path } = await serve(t, echo)
  const head = (members: object) =>
    `${JSON.stringify({ v: 1, command: 'status', arguments: {}, secretSizes: [], ...members })}\n`
  const refused: (string | Buffer)[] = [
    'GET / HTTP/1.1\r\n\r\n',
    'null\n',
    '[]\n',
    head({ v: 2 }),
    head({ command: 'toString' }),
    head({ command: 7 }),
    head({ arguments: [] }),
    head({ arguments: undefined }),
    head({ secretSizes: 3 }),
    head({ secretSizes: [0] }),
    head({ secretSizes: [-1] }),
    head({ secretSizes: [1.5] }),
    head({ secretSizes: [4097] }),
    head({ secretSizes: Array(257).fill(1) }),
    head({ secretSizes: Array(20).fill(4096) }),
    head({ more: 1 }),
    `${head({})}more`,
    Buffer.alloc(64 * 1024 + 1, 'a'),
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('\n')]),
  ]
  for (const bytes of refused)
    assert.equal(codeIn(await exchange(path, [bytes])), 'BadRequest', String(bytes))
  assert.ok(await callOperator(directory, status))
})

test('a request that comes in pieces is one request', async t => {
  const { path } = await serve(t, echo)
  const text = '{"v":1,"command":"unseal","arguments":{},"secretSizes":[3,2]}\nabcde'
  const answer = await exchange(path, [...text])
  assert.deepEqual(JSON.parse(answer), { result: { command: 'unseal', args: {}, secrets: ['abc', 'de'] } })
})

test('half a request changes nothing, and ends with its client or after ten seconds', async t => {
  const commands: string[] = []
  const { server, path } = await serve(t, async ({ command }) => commands.push(command))
  const halves = ['', '{"v":1', '{"v":1,"command":"seal","arguments":{},"secretSizes":[3]}\nab']
  const began = process.hrtime.bigint()
  const ended = halves.map(async half => {
    const socket = connect(path)
    socket.write(half)
    await new Promise(resolve => socket.once('close', resolve))
    return Number(process.hrtime.bigint() - began) / 1e9
  })
  const gone = connect(path)
  gone.write('{"v":1,"command":"seal"')
  gone.end()
  for (const seconds of await Promise.all(ended)) assert.ok(seconds > 9 && seconds < 13, `${seconds} s`)
  assert.deepEqual(commands, [])
  await server.close()
})

test('1,000 idle connections do not keep the operator out', async t => {
  const { directory, path } = await serve(t, echo)
  const idle: Socket[] = []
  t.after(() => {
    for (const socket of idle) socket.destroy()
  })
  for (let count = 0; count < 1000; count++) {
    const socket = connect(path)
    socket.on('error', () => undefined)
    socket.resume()
    idle.push(socket)
    // The operating system queues a few hundred connections, and the server takes one a turn.
    await new Promise(resolve => socket.once('connect', () => setTimeout(resolve)))
  }
  assert.ok(await callOperator(directory, status))
  await sleep(50)
  assert.ok(idle.filter(socket => !socket.destroyed).length <= 32)
})

test('a command waits for the one before it, and status does not', async t => {
  const order: string[] = []
  const release = Promise.withResolvers<void>()
  const { directory } = await serve(t, async ({ command }) => {
    order.push(`${command} begins`)
    if (command === 'rekey') await release.promise
    order.push(`${command} ends`)
    return null
  })
  const rekey = callOperator(directory, { ...status, command: 'rekey' })
  while (order.length === 0) await sleep(5)
  const unseal = callOperator(directory, { ...status, command: 'unseal' })
  await sleep(30)
  await callOperator(directory, status)
  assert.deepEqual(order, ['rekey begins', 'status begins', 'status ends'])
  release.resolve()
  await Promise.all([rekey, unseal])
  assert.deepEqual(order.slice(3), ['rekey ends', 'unseal begins', 'unseal ends'])
})

test('more commands than there are connections for are refused as busy', async t => {
  const release = Promise.withResolvers<void>()
  const { directory } = await serve(t, async () => {
    await release.promise
    return null
  })
  const working = Array.from({ length: 32 }, () => callOperator(directory, status))
  await sleep(100)
  await assert.rejects(callOperator(directory, status), { code: 'Busy' })
  release.resolve()
  await Promise.all(working)
})

test('a mistake of the operator has its code and text; any other error stays in the log', async t => {
  const { directory, faults } = await serve(t, async ({ command }) => {
    if (command === 'init') throw new OperatorProblem('WrongShare', 'This share is wrong.')
    throw new Error('secret inside')
  })
  await assert.rejects(callOperator(directory, { ...status, command: 'init' }), (error: Error) => {
    assert.ok(error instanceof OperatorProblem)
    assert.deepEqual([error.code, error.message], ['WrongShare', 'This share is wrong.'])
    return true
  })
  await assert.rejects(callOperator(directory, status), (error: OperatorProblem) => {
    assert.equal(error.code, 'InternalError')
    assert.doesNotMatch(error.message, /secret/)
    return true
  })
  assert.deepEqual(faults.map(String), ['Error: secret inside'])
})

test('a handler learns that its client has gone', async t => {
  const aborted = Promise.withResolvers<void>()
  const { path } = await serve(t, async (_request, gone) => {
    gone.addEventListener('abort', () => aborted.resolve())
    await aborted.promise
    return null
  })
  const socket = connect(path)
  socket.write('{"v":1,"command":"backup","arguments":{},"secretSizes":[]}\n')
  await sleep(30)
  socket.destroy()
  await aborted.promise
})

test('the secrets of a command stay whole when its client goes, and are wiped when it is done', async t => {
  const seen: string[] = []
  const done = Promise.withResolvers<readonly Buffer[]>()
  const { path } = await serve(t, async ({ secrets }, gone) => {
    await new Promise(resolve => gone.addEventListener('abort', resolve))
    await sleep(30)
    seen.push(...secrets.map(String))
    done.resolve(secrets)
    return null
  })
  const socket = connect(path)
  socket.write('{"v":1,"command":"rekey","arguments":{},"secretSizes":[6]}\nsecret')
  await sleep(30)
  socket.destroy()
  const secrets = await done.promise
  assert.deepEqual(seen, ['secret'])
  await sleep(30)
  assert.deepEqual(secrets.map(String), ['\0'.repeat(6)])
})

test('a server that closes gives the answer of the command that runs, and begins no other', async t => {
  const begun: string[] = []
  const { server, directory } = await serve(t, async ({ command }, gone) => {
    begun.push(command)
    await new Promise(resolve => gone.addEventListener('abort', resolve))
    await sleep(30)
    return 'done'
  })
  const running = callOperator(directory, { ...status, command: 'rekey' })
  while (begun.length === 0) await sleep(5)
  const waiting = callOperator(directory, { ...status, command: 'unseal' })
  await sleep(30)
  const closed = server.close()
  await assert.rejects(waiting, { code: 'Stopping' })
  assert.equal(await running, 'done')
  await closed
  assert.deepEqual(begun, ['rekey'])
})
