import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { before, test } from 'node:test'
import {
  copyOf,
  examine,
  findingsOf,
  isFinding,
  ofMachine,
  stoppedDirectory,
} from '../fixtures/castle/doctor.ts'
import { shellCommand } from '../fixtures/castle/operator-command.ts'
import { runKeyward, started, temporaryDirectory, temporaryFile } from '../fixtures/keyward-process.ts'
import { loopbackNetwork, loopbackVpc } from '../fixtures/private-endpoints/loopback-network.ts'
import { madeWithOpenssl, skipWithoutOpenssl } from '../fixtures/tls/openssl-certificates.ts'

// The checks of `keyward doctor` on the machine and the settings, provoked. The limits are in src/app/doctor/judgments.test.ts.

const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const xksProxy = {
  port: 0,
  credentials: [
    {
      accessKeyId: 'AKIAI2SFODNN7EXAMPLE',
      secretAccessKey: 'FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE',
    },
  ],
  keys: [{ externalKeyId: 'orders', keyId, principals: ['*'], kmsKeys: ['*'], operations: ['*'] }],
}

let stopped: string
before(async () => {
  stopped = await stoppedDirectory()
})

test('a fresh plain server has no fault, running and stopped, and only its root key is warned about', async t => {
  const server = await started(t)
  const kept =
    /^The root key .*root\.key is beside the data, so a copy of the data directory opens every key\.$/
  for (const isRunning of [true, false]) {
    if (!isRunning) assert.equal(await server.stop(), 0)
    const { code, level, findings } = await examine(server.dataDirectory, { args: ofMachine })
    assert.deepEqual({ code, level }, { code: 1, level: 'warn' })
    const [only, ...others] = findings.filter(isFinding)
    assert.match(only?.finding ?? '', kept)
    assert.deepEqual(others, [])
  }
})

test('a reader that has enough ends the command without a word', () => {
  const doctor = shellCommand(`doctor --data-dir '${temporaryDirectory()}'`)
  // The status of a pipeline is that of its last command.
  const { stdout, stderr } = spawnSync('sh', ['-c', `{ ${doctor}; echo "$?" >&2; } | true`], {
    encoding: 'utf8',
  })
  assert.deepEqual([stdout, stderr], ['', '141\n'])
})

test('a server whose root key is elsewhere is well, with status 0, and a check changes nothing', async () => {
  const directory = copyOf(stopped)
  const rootKey = temporaryFile('root.key', readFileSync(join(stopped, 'root.key')))
  chmodSync(rootKey, 0o600)
  rmSync(join(directory, 'root.key'))
  const read = () =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter(name => !/-(wal|shm)$/.test(name))
      .sort()
  const contents = () =>
    read()
      .filter(name => statSync(join(directory, name)).isFile())
      .map(name => readFileSync(join(directory, name), 'latin1'))
  const [names, bytes] = [read(), contents()]
  const args = [...ofMachine, '--root-key', `file:${rootKey}`]
  const { stdout, code } = await runKeyward([
    'doctor',
    '--data-dir',
    directory,
    '--tls-port',
    'off',
    '--port',
    '0',
    ...args,
  ])
  assert.equal(code, 0, stdout)
  assert.match(stdout, /^ok {4}permissions {7}Only their owner can reach/)
  assert.match(stdout, /\nok {4}row-macs {10}All \d+ entities of the database verify\.\n/)
  assert.deepEqual([read(), contents()], [names, bytes])
})

test('settings that no server could start with, and an unknown check, are faults with status 2', async () => {
  for (const args of [
    ['--port', 'x'],
    ['--skip', 'weather'],
  ]) {
    const { code, stdout } = await runKeyward(['doctor', ...args])
    assert.equal(code, 2)
    assert.match(stdout, /^FAULT settings {10}(KEYWARD_PORT|--skip) /)
  }
})

test('modes and owners that give others access are found', async () => {
  const directory = copyOf(stopped)
  const find = () => findingsOf('permissions', directory)
  assert.deepEqual(await find(), [])
  for (const [name, mode, says] of [
    ['root.key', 0o644, /^fault: All users .*root\.key\. Run: chmod 600 /],
    ['keyward.db', 0o640, /^warn: The group of .*keyward\.db can access it\. Run: chmod 600 /],
    ['', 0o755, /^fault: All users of this machine can access .* Run: chmod 700 /],
  ] as const) {
    chmodSync(join(directory, name), mode)
    const [first, ...others] = await find()
    assert.match(first ?? '', says)
    assert.deepEqual(others, [])
    chmodSync(join(directory, name), name === '' ? 0o700 : 0o600)
  }
  const parent = temporaryDirectory()
  cpSync(join(stopped, 'root.key'), join(parent, 'root.key'))
  chmodSync(parent, 0o777)
  const elsewhere = { KEYWARD_ROOT_KEY: `file:${join(parent, 'root.key')}` }
  assert.match(
    (await findingsOf('permissions', directory, elsewhere)).join(),
    /can replace .*: .* is writable\. Run: chmod o-w /,
  )
  chmodSync(parent, 0o1777)
  assert.deepEqual(await findingsOf('permissions', directory, elsewhere), [])
})

test('a file of a different user is found', async t => {
  if (process.getuid?.() !== 0) return t.skip('needs root, which may give files away')
  const directory = copyOf(stopped)
  chownSync(join(directory, 'keyward.db'), 12345, 12345)
  assert.match(
    (await findingsOf('permissions', directory)).join(),
    /^fault: Files of .* user than the directory: keyward\.db.*\. Run: chown /,
  )
})

test('a port that a different program has is found, and a server that hangs', async t => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  t.after(() => other.close())
  const { port } = other.address() as { port: number }
  const environment = { KEYWARD_PORT: `${port}` }
  assert.match(
    (await findingsOf('ports', stopped, environment)).join(),
    /^fault: Port \d+ of 127\.0\.0\.1 is in use by another program\. Set KEYWARD_PORT /,
  )
  assert.deepEqual(await findingsOf('ports', stopped, { KEYWARD_PORT: '0' }), [])
  assert.match(
    (
      await findingsOf('ports', stopped, {
        KEYWARD_METRICS_PORT: `${port}`,
      })
    ).join(),
    /Set KEYWARD_METRICS_PORT /,
  )
  const server = await started(t)
  assert.deepEqual(await findingsOf('ports', server.dataDirectory), [])
  server.process.kill('SIGSTOP')
  const hanging = await findingsOf('ports', server.dataDirectory)
  server.process.kill('SIGCONT')
  assert.match(hanging.join(), /^fault: A server has locked the data directory, and does not answer: /)
})

test('records from the future are found', async () => {
  const directory = copyOf(stopped)
  const wrong = async () => (await findingsOf('clock', directory)).filter(text => text.includes('record'))
  assert.deepEqual(await wrong(), [])
  const time = new Date(Date.now() + 3_600_000).toISOString()
  appendFileSync(newestLog(directory), `{"databaseState":{"global":1},"time":"${time}"}\n`)
  assert.match((await wrong()).join(), /^fault: .* 3(600|59\d) seconds in the future\. Set the clock/)
})

const newestLog = (directory: string) =>
  join(
    directory,
    'audit',
    readdirSync(join(directory, 'audit'))
      .filter(name => name.endsWith('.jsonl'))
      .sort()
      .at(-1) ?? '',
  )

test('certificates that expire, do not fit or are not there are found', {
  skip: skipWithoutOpenssl,
}, async () => {
  const made = madeWithOpenssl()
  const ofHttps = (cert: string, key: string) => ({
    ...{ KEYWARD_TLS_PORT: '0', KEYWARD_TLS_CERT: cert, KEYWARD_TLS_KEY: key },
  })
  const ofProxy = (cert: string, key: string) => ({
    KEYWARD_XKS_PROXY: JSON.stringify({ ...xksProxy, tls: { cert, key } }),
  })
  for (const environmentOf of [ofHttps, ofProxy]) {
    const find = async (certificate: string, key: string) => {
      const [certPath, keyPath] = [temporaryFile('cert.pem', certificate), temporaryFile('key.pem', key)]
      chmodSync(keyPath, 0o600)
      return (await findingsOf('certificates', stopped, environmentOf(certPath, keyPath))).join()
    }
    assert.equal(await find(made.certificate, made.key), '')
    assert.match(
      await find(made.certificate, madeWithOpenssl().key),
      /^fault: .* does not have the public key of the private key/,
    )
    assert.match(await find('nothing', made.key), /^fault: .* has no certificate in PEM/)
    const missing = await findingsOf('certificates', stopped, environmentOf('/no/cert.pem', '/no/key.pem'))
    assert.match(missing.join(), /^fault: .*\/no\/cert\.pem/)
  }
})

test('secrets of the external key store proxy that others can read are found', async () => {
  const secretFile = temporaryFile('secret', '')
  const own = {
    ...xksProxy,
    credentials: [...xksProxy.credentials, { accessKeyId: 'B'.repeat(20), secretFile }],
  }
  const settings = temporaryFile('xks.yaml', JSON.stringify(own))
  const config = temporaryFile('keyward.yaml', JSON.stringify({ xksProxy }))
  const find = (environment: Record<string, string>) => findingsOf('permissions', stopped, environment)
  for (const [environment, path] of [
    [{ KEYWARD_XKS_PROXY: settings }, settings],
    [{ KEYWARD_XKS_PROXY: settings }, secretFile],
    [{ KEYWARD_CONFIG: config }, config],
  ] as const) {
    for (const each of [settings, secretFile, config]) chmodSync(each, 0o600)
    assert.deepEqual(await find(environment), [])
    chmodSync(path, 0o604)
    const text = `fault: All users of this machine can access ${path}. Run: chmod 600 ${path}`
    assert.deepEqual(await find(environment), [text])
  }
})

test('the certificates of the own CAs are looked at while the server runs', async t => {
  const environment = { ...(await loopbackNetwork()).environment, KEYWARD_TLS_PORT: '0' }
  const server = await started(t, { environment })
  const find = async () => (await findingsOf('certificates', server.dataDirectory, environment)).join()
  assert.equal(await find(), '')
  rmSync(join(server.dataDirectory, 'tls/ca.pem'))
  assert.match(await find(), /^fault: .*ca\.pem, which clients trust, is missing/)
  rmSync(join(server.dataDirectory, `tls/ca-${loopbackVpc}.pem`))
  assert.match(await find(), /ca\.pem, .*,fault: .*ca-vpc-[0-9a-f]+\.pem, which clients trust, is missing/)
})
