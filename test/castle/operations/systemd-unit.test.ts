import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, chmodSync, constants, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { settings } from '../../../src/app/index.ts'
import { command, statusOf } from '../../fixtures/castle/operator-command.ts'
import { callSigned } from '../../fixtures/clients.ts'
import { checkout, temporaryDirectory, temporaryFile } from '../../fixtures/keyward-process.ts'

// The unit docs/systemd/keyward.service. systemd is process 1 of few machines with tests, so its command runs with the restrictions
// that programs of util-linux can set.

const unit = readFileSync(join(checkout, 'docs/systemd/keyward.service'), 'utf8')
const installed = '/opt/keyward'
const directives = Array.from(unit.matchAll(/^(\w+)=(.*)$/gm), ([, name = '', value = '']) => ({
  name,
  value,
}))
const valuesOf = (name: string) =>
  directives.filter(directive => directive.name === name).map(({ value }) => value)
const execStart = (valuesOf('ExecStart')[0] ?? '').replaceAll(installed, checkout).split(' ')

const has = (program: string) => spawnSync(program, ['--version']).status === 0
const analyzer = /^systemd (\d+)/.exec(
  spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' }).stdout ?? '',
)
// The version that --offline and the specifier %d came with.
const needsAnalyze = Number(analyzer?.[1] ?? 0) >= 250 ? false : 'needs systemd-analyze 250 or later'
const needsLinux = has('setpriv') && has('prlimit') ? false : 'needs setpriv and prlimit (util-linux)'

/** A copy of the unit that names this checkout, which systemd-analyze can check. */
const unitHere = () => temporaryFile('keyward.service', unit.replaceAll(installed, checkout))

test('the command is that of npm start, and its files are where npm ci puts them', () => {
  const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))
  const [node = '', ...args] = execStart
  accessSync(node, constants.X_OK)
  const relative = args.map(arg => arg.replace(`${checkout}/`, ''))
  assert.equal(`exec node ${relative.join(' ')}`, scripts.start)
})

test('each variable in the unit is a setting', () => {
  const known = Object.values(settings).map(({ env }) => env as string)
  const named = valuesOf('Environment').map(value => value.split('=')[0] ?? '')
  assert.deepEqual(named, ['KEYWARD_DATA_DIR', 'KEYWARD_ROOT_KEY'])
  for (const name of named) assert.ok(known.includes(name), name)
  const [credential = ''] = valuesOf('LoadCredential')
  assert.ok(valuesOf('Environment').includes(`KEYWARD_ROOT_KEY=file:%d/${credential.split(':')[0]}`))
  const state = `/var/lib/${valuesOf('StateDirectory')[0]}`
  assert.ok(valuesOf('Environment').includes(`KEYWARD_DATA_DIR=${state}`))
  assert.deepEqual(valuesOf('WorkingDirectory'), [state])
  // V8 needs the one and the doctor the other.
  for (const name of ['MemoryDenyWriteExecute', 'ProcSubset']) assert.deepEqual(valuesOf(name), [])
})

test('systemd understands each line of the unit', { skip: needsAnalyze }, () => {
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', unitHere()], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  assert.equal(stderr.includes('keyward.service'), false, stderr)
})

test('systemd finds little that the service could reach', { skip: needsAnalyze }, () => {
  const args = ['security', '--no-pager', '--offline=true', '--threshold=20', unitHere()]
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
  assert.equal(status, 0, `${stdout}${stderr}`)
})

interface Service {
  readonly url: string
  readonly dataDirectory: string
  readonly child: ChildProcess
}

/** Runs the command of the unit with its root key as a read-only file, without any rights, and with its limits. */
async function startService(t: TestContext): Promise<Service> {
  const credentials = temporaryDirectory()
  const rootKey = join(credentials, 'root.key')
  // docs/operations.md makes the file like this.
  const bytes = spawnSync('head', ['-c', '32', '/dev/urandom']).stdout.toString('base64')
  writeFileSync(rootKey, `keyward-root-key-v1:${bytes}\n`, { mode: 0o400 })
  chmodSync(credentials, 0o500)
  const dataDirectory = temporaryDirectory()
  // Only root may give up rights that it has.
  const rights = process.getuid?.() === 0 ? ['--bounding-set=-all', '--inh-caps=-all'] : []
  const [core] = valuesOf('LimitCORE')
  const child = spawn(
    'prlimit',
    [`--core=${core}:${core}`, 'setpriv', '--no-new-privs', ...rights, ...execStart],
    {
      cwd: dataDirectory,
      env: {
        ...{ KEYWARD_DATA_DIR: dataDirectory, KEYWARD_ROOT_KEY: `file:${rootKey}` },
        ...{ KEYWARD_PORT: '0', KEYWARD_TLS_PORT: 'off', KEYWARD_METRICS_PORT: 'off' },
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  t.after(() => {
    child.kill('SIGKILL')
    chmodSync(credentials, 0o700)
  })
  let output = ''
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const url = /is up at (\S+)/.exec(output)?.[1]
      if (url !== undefined) resolve(url)
    })
  child.once('close', () => reject(new Error(output)))
  return { url: await promise, dataDirectory, child }
}

test('the command serves under restrictions, is sealed in its process, and ends with 0', {
  skip: needsLinux,
}, async t => {
  const service = await startService(t)
  const { pid, dataDirectory } = { pid: service.child.pid, dataDirectory: service.dataDirectory }
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  assert.match(status, /^NoNewPrivs:\s1$/m)
  assert.match(status, /^CapEff:\s0{16}$/m)
  assert.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /^Max core file size +1 +1 /m)
  for (const KeySpec of ['SYMMETRIC_DEFAULT', 'RSA_2048'])
    assert.equal(
      (await callSigned(service, 'CreateKey', JSON.stringify({ KeySpec, ...usageOf(KeySpec) }))).status,
      200,
    )
  await command(service, 'seal')
  const giveUpAt = Date.now() + 30_000
  let state: string | undefined
  while (state !== 'sealed' && Date.now() < giveUpAt) {
    await new Promise(resolve => setTimeout(resolve, 100))
    state = await statusOf({ dataDirectory }).then(
      found => found.state,
      () => undefined,
    )
  }
  assert.equal(state, 'sealed')
  assert.equal(service.child.exitCode, null)
  await command(service, 'unseal', { reset: false })
  assert.equal((await callSigned(service, 'ListKeys', '{}')).status, 200)
  service.child.kill('SIGTERM')
  assert.deepEqual(await once(service.child, 'close'), [0, null])
})

const usageOf = (spec: string) => (spec === 'SYMMETRIC_DEFAULT' ? {} : { KeyUsage: 'SIGN_VERIFY' })
