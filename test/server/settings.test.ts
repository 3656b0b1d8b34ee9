import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { settings } from '../../src/app/index.ts'
import { callSigned } from '../fixtures/clients.ts'
import {
  checkout,
  runKeyward,
  started,
  startKeyward,
  temporaryDirectory,
} from '../fixtures/keyward-process.ts'
import { isRefused, refusedStart } from '../fixtures/refused-start.ts'

// Settings as the operator gives them: flags, environment and configuration file. Most tests use `env`, since it reads all
// settings and always ends.

/** Data directories that a server ran on. Their paths show which setting `env` took. */
const directories = { flag: '', environment: '', file: '' }
const scratch = temporaryDirectory()

before(async () => {
  const keyward = await startKeyward()
  assert.equal(await keyward.stop(), 0)
  for (const name of Object.keys(directories) as (keyof typeof directories)[]) {
    directories[name] = join(scratch, name)
    cpSync(keyward.dataDirectory, directories[name], { recursive: true })
  }
})

let fileCount = 0
function writeConfig(text: string): string {
  const path = join(scratch, `config-${++fileCount}.yaml`)
  writeFileSync(path, text)
  return path
}

/** The data directory that `env` takes from these settings. */
async function directoryOf(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<string | undefined> {
  const { code, stdout, stderr } = await runKeyward(['env', ...args], { environment })
  assert.equal(code, 0, stderr)
  return /AWS_SHARED_CREDENTIALS_FILE=(.*)\/credentials$/m.exec(stdout)?.[1]
}

test('a flag wins over the environment, and the environment over the file', async () => {
  const { flag, environment, file } = directories
  const config = writeConfig(`data-dir: ${file}\n`)
  assert.equal(await directoryOf(['--config', config]), file)
  assert.equal(await directoryOf([], { KEYWARD_CONFIG: config }), file)
  assert.equal(await directoryOf(['--config', config], { KEYWARD_DATA_DIR: environment }), environment)
  assert.equal(await directoryOf(['--config', config], { KEYWARD_DATA_DIR: '' }), file)
  assert.equal(await directoryOf(['--data-dir', flag], { KEYWARD_DATA_DIR: environment }), flag)
  const all = ['--config', config, `--data-dir=${flag}`]
  assert.equal(await directoryOf(all, { KEYWARD_DATA_DIR: environment }), flag)
  // The server reads the file that the flag names, not the file that the environment names.
  const other = writeConfig(`data-dir: ${environment}\n`)
  assert.equal(await directoryOf(['--config', config], { KEYWARD_CONFIG: other }), file)
})

test('a server starts with the settings of a file', async t => {
  const dataDirectory = temporaryDirectory()
  const config = writeConfig(`# all of it
host: 127.0.0.1
account-id: 000000000042
regions: [eu-central-1, us-east-1]
root-key: file:secret/key
log-level: silent
insecure-no-auth: false
http-limits:
  connectionsMax: 50
  bodySizeMaxBytes: 65536
`)
  mkdirSync(join(dataDirectory, 'secret'))
  const keyward = await started(t, { dataDirectory, flags: ['--config', config] })
  const region = 'us-east-1'
  const { json } = await callSigned(keyward, 'CreateKey', '{}', { region })
  const { Arn, AWSAccountId } = json['KeyMetadata'] as Record<string, string>
  assert.match(Arn ?? '', /^arn:aws:kms:us-east-1:000000000042:key\//)
  assert.equal(AWSAccountId, '000000000042')
  assert.deepEqual(readdirSync(join(dataDirectory, 'secret')), ['key'])
  assert.equal((await callSigned(keyward, 'CreateKey', '{}', { region: 'eu-west-1' })).status, 400)
  const tooLarge = await callSigned(keyward, 'CreateKey', ' '.repeat(65_537), { region })
  assert.equal(tooLarge.json['message'], 'The request body is larger than 65536 bytes.')
  const { stdout } = await runKeyward(['env', '--data-dir', dataDirectory])
  assert.match(stdout, /AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1/)
  assert.match(stdout, new RegExp(`AWS_ENDPOINT_URL_KMS=${keyward.url}\n`))
})

test('an unknown setting is refused in every place', async () => {
  await isRefused([], { KEYWARD_PROT: '1' }, /KEYWARD_PROT is not a setting .*KEYWARD_PORT/)
  await isRefused([], { KEYWARD_: '1' }, /KEYWARD_ is not a setting/)
  const config = writeConfig('host: 127.0.0.1\n\nprot: 1\n')
  await isRefused(['--config', config], {}, new RegExp(`${config}:3: prot is not a setting here; .*port`))
  for (const args of [['--prot', '1'], ['--port'], ['-p', '1'], ['extra'], ['--data-dir']]) {
    const { code, stderr, stdout } = await runKeyward(['env', ...args])
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, /^keyward: [^\n]+\nkeyward help lists the subcommands and flags\.\n$/)
    assert.ok(!stderr.includes('    at '), stderr)
    if (args[0]?.startsWith('-')) assert.match(stderr, new RegExp(`^keyward: .*'${args[0]}`))
  }
})

const badValues: [flag: string, values: string[], says: RegExp][] = [
  ['port', ['x', '65536', '-1', '1.5', '0x10', '100000', '4599 '], /KEYWARD_PORT .*a number from 0 to 65535/],
  ['account-id', ['1', '00000000000x', '0000000000001', 'root'], /KEYWARD_ACCOUNT_ID .*12 digits/],
  [
    'regions',
    ['moon', 'us-east-1,', 'us-east-1;eu-west-1', 'us-east-1,us-east-1', 'US-EAST-1'],
    /KEYWARD_REGIONS .*region names such as us-east-1/,
  ],
  ['log-level', ['loud', 'WARN'], /KEYWARD_LOG_LEVEL .*one of fatal, error/],
  ['insecure-no-auth', ['yes', '1', 'True'], /KEYWARD_INSECURE_NO_AUTH .*one of true, false/],
  [
    'trusted-proxies',
    ['a.example', '0.0.0.0/0', 'proxy-protocol:::/0', '10.0.0.1,'],
    /KEYWARD_TRUSTED_PROXIES .*it must be an address such as .* or a range such as/,
  ],
  [
    'cors-origins',
    ['https://a.example/', 'a.example', 'null', 'https://a.example:443'],
    /KEYWARD_CORS_ORIGINS .*it must be \*, none, or origins such as/,
  ],
  [
    'outbound',
    ['a.example,', '*', '10.0.0.0/33', 'https://a.example'],
    /KEYWARD_OUTBOUND .*it must be a host such as .* or a range such as/,
  ],
  [
    'trail-s3-endpoint',
    ['https://s3.example.com', 's3.example.com'],
    /KEYWARD_TRAIL_S3_ENDPOINT needs KEYWARD_TRAIL_S3_CREDENTIALS, a shared-credentials file/,
  ],
  [
    'trail-s3-credentials',
    ['/credentials'],
    /KEYWARD_TRAIL_S3_CREDENTIALS needs KEYWARD_TRAIL_S3_ENDPOINT, the URL of an S3 server/,
  ],
  [
    'http-limits',
    ['connectionsMax', 'connectionsMax=', 'connectionsMax=1.5', 'constructor=1', 'connections-max=5', 'x=5'],
    /KEYWARD_HTTP_LIMITS .*NAME=NUMBER, where NAME is one of connectionsMax, /,
  ],
  [
    'http-limits',
    ['headersTimeoutMillis=999', 'headersMax=50,headersTimeoutMillis=3600001'],
    /KEYWARD_HTTP_LIMITS .*'headersTimeoutMillis=\d+'; it must be from 1000 to 3600000/,
  ],
  ['tls-port', ['x', '65536', 'on', 'Off'], /KEYWARD_TLS_PORT .*a number from 0 to 65535, or off/],
  ['metrics-port', ['x', '65536', 'on', 'Off'], /KEYWARD_METRICS_PORT .*a number from 0 to 65535, or off/],
  ['metrics-host', [' '], /KEYWARD_METRICS_HOST .*a text that is not empty/],
  ['metrics-per-key', ['yes'], /KEYWARD_METRICS_PER_KEY .*one of true, false/],
  [
    'traces-endpoint',
    [
      '127.0.0.1:4318',
      'grpc://a.example:4317',
      'http://a:b@a.example',
      'http://:b@a.example',
      'http://a.example/?x=y',
    ],
    /KEYWARD_TRACES_ENDPOINT .*a URL such as http:\/\/127\.0\.0\.1:4318/,
  ],
  ['traces-endpoint', ['http://127.0.0.1:4318'], /needs the entry 127\.0\.0\.1 in the setting outbound/],
  ['tls-groups', ['pq', 'Hybrid', 'hybrid,classical'], /KEYWARD_TLS_GROUPS .*one of hybrid, hybrid-only/],
  ['allow-plain-http', ['yes'], /KEYWARD_ALLOW_PLAIN_HTTP .*one of true, false/],
  ['tls-cert', ['/a.pem'], /Set both KEYWARD_TLS_CERT and KEYWARD_TLS_KEY, or neither of them/],
  ['tls-key', ['/a.pem'], /Set both KEYWARD_TLS_CERT and KEYWARD_TLS_KEY, or neither of them/],
  [
    'tls-names',
    ['*.example.com', 'a,,b', '10.0.0.0/8', `${'a,'.repeat(100)}a`],
    /KEYWARD_TLS_NAMES .*(a host name without a wildcard, or an IP address|more than 100 names)/,
  ],
  ['config', ['/no/such/file.yaml'], /The configuration file \/no\/such\/file.yaml cannot be read/],
]
for (const [name, values, says] of badValues) {
  test(`a bad value of ${name} is refused in every place`, async () => {
    const variable = `KEYWARD_${name.toUpperCase().replaceAll('-', '_')}`
    for (const value of values) {
      await isRefused([], { [variable]: value }, says)
      if (name !== 'insecure-no-auth') await isRefused([`--${name}=${value}`], {}, says)
      if (name !== 'config') {
        await isRefused(['--config', writeConfig(`${name}: '${value}'\n`)], {}, says)
      }
    }
  })
}

// An empty host would mean every address, and an empty data directory the working directory of the command.
for (const name of ['host', 'port', 'data-dir', 'account-id', 'regions', 'log-level']) {
  test(`an empty ${name} is refused, as a flag and in a file`, async () => {
    await isRefused([`--${name}=`], {}, new RegExp(name))
    await isRefused(['--config', writeConfig(`${name}: ''\n`)], {}, new RegExp(name))
  })
}

test('names are refused beside a certificate from files, which has its own', async () => {
  const files = ['--tls-cert', '/a.pem', '--tls-key', '/a.pem']
  await isRefused(
    [...files, '--tls-names', 'a.example'],
    {},
    /KEYWARD_TLS_NAMES is for the certificate of the own CA/,
  )
  const config = writeConfig('tls-cert: /a.pem\ntls-key: /a.pem\ntls-names: [a.example, 10.0.0.1]\n')
  await isRefused(['--config', config], {}, /KEYWARD_TLS_NAMES is for/)
  await isRefused(['--tls-cert', ' ', '--tls-key', '/a'], {}, /must be the paths of files/)
})

test('bad values that only a start notices are refused, too', async () => {
  const refused: [flags: string[], says: RegExp][] = [
    [['--root-key', 'vault:key'], /KEYWARD_ROOT_KEY must be file:PATH/],
    [['--root-key', 'file:'], /KEYWARD_ROOT_KEY must be file:PATH/],
    [['--seed', '/no/such/seed.yaml'], /The seed file \/no\/such\/seed.yaml cannot be read/],
    [['--host', '0.0.0.0', '--insecure-no-auth'], /loopback address only, and KEYWARD_HOST is 0.0.0.0/],
    [['--host', 'not a host', '--allow-plain-http'], /cannot listen on not a host/],
  ]
  for (const [flags, says] of refused) {
    const said = await refusedStart({ flags })
    assert.match(said, says)
    assert.match(said, /^keyward: [^\n]+\n$/)
  }
})

test('a file that is not a configuration is refused with its line', async () => {
  const texts: [text: string, says: RegExp][] = [
    ['host: [\n', /yaml:[12]: /],
    ['- host\n', /yaml:1: the file must be a mapping/],
    ['host: a\nhost: b\n', /yaml:2: .*unique/],
    ['\nport:\n  number: 1\n', /yaml:3: port must be a text/],
    ['regions:\n- us-east-1\n- [eu-west-1]\n', /yaml:3: regions\[2\] must be a text/],
  ]
  for (const [text, says] of texts) await isRefused(['--config', writeConfig(text)], {}, says)
  assert.equal(
    await directoryOf(['--config', writeConfig(''), '--data-dir', directories.flag]),
    directories.flag,
  )
})

test('a file that names a second file is refused, since the server would not read the second file', async () => {
  const { flag, file } = directories
  const other = writeConfig(`data-dir: ${file}\n`)
  const config = writeConfig(`data-dir: ${flag}\nconfig: ${other}\n`)
  await isRefused(['--config', config], {}, new RegExp(`${config}:2: config`))
})

test('env says that no server has run on a data directory', async () => {
  const missing = join(scratch, 'missing')
  await isRefused(
    ['--data-dir', missing],
    {},
    new RegExp(`No Keyward has run on the data directory ${missing} yet`),
  )
  await isRefused(['--data-dir', scratch], {}, /No Keyward has run/)
  assert.equal(readdirSync(scratch).includes('missing'), false)
})

test('env prints lines that a shell can run for any path', async () => {
  const odd = join(scratch, "it's a directory")
  cpSync(directories.flag, odd, { recursive: true })
  const { stdout } = await runKeyward(['env', '--data-dir', odd])
  const shell = spawnSync('sh', ['-c', `${stdout}\nprintf %s "$AWS_SHARED_CREDENTIALS_FILE"`], {
    encoding: 'utf8',
  })
  assert.equal(shell.stdout, join(odd, 'credentials'))
})

test('help lists every subcommand and setting', async () => {
  const printed = await Promise.all([['help'], ['--help'], ['-h'], []].map(args => runKeyward(args)))
  for (const { code, stdout, stderr } of printed) {
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.equal(stdout, printed[0]?.stdout)
  }
  const directory = join(checkout, 'src/cli')
  const files = readdirSync(directory).filter(file =>
    readFileSync(join(directory, file), 'utf8').includes(': Subcommand = {'),
  )
  const subcommands = files.map(file => file.replace(/\.ts$/, ''))
  assert.ok(subcommands.includes('start') && subcommands.includes('operator'))
  for (const name of [...subcommands, ...Object.keys(settings)]) {
    assert.match(printed[0]?.stdout ?? '', new RegExp(`^ +(--)?${name} `, 'm'))
  }
})

test('an unknown subcommand is refused', async () => {
  for (const name of ['begin', 'toString', '__proto__', '']) {
    const { code, stdout, stderr } = await runKeyward([name])
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.equal(stderr, `keyward: keyward has no subcommand ${name}. keyward help lists the subcommands.\n`)
  }
})
