import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { systemClock } from '../../src/std/index.ts'
import { CertificateSource, wantedNames } from '../../src/tls/index.ts'
import { runKeyward, startKeyward, temporaryDirectory, temporaryFile } from '../fixtures/keyward-process.ts'
import { madeWithOpenssl, skipWithoutOpenssl } from '../fixtures/tls/openssl-certificates.ts'

const keyward = await startKeyward()
assert.equal(await keyward.stop(), 0)

/** A data directory after a server with this endpoint, with its own CA. */
async function directoryAfter(...endpoint: string[]): Promise<string> {
  const directory = temporaryDirectory()
  cpSync(keyward.dataDirectory, directory, { recursive: true })
  writeFileSync(join(directory, 'endpoint'), endpoint.map(line => `${line}\n`).join(''))
  await CertificateSource.open({
    files: undefined,
    directory: join(directory, 'tls'),
    names: wantedNames('127.0.0.1', [], 'box-1'),
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined },
    every: () => () => undefined,
  })
  return directory
}

const both = ['http://127.0.0.1:4599', 'eu-west-1', 'https://127.0.0.1:4600']

const variables = [
  ...['KMS', 'IAM', 'STS', 'CLOUDTRAIL'].map(service => `AWS_ENDPOINT_URL_${service}`),
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CA_BUNDLE',
  'NODE_EXTRA_CA_CERTS',
  'AWS_PROFILE',
]

/** Runs `env`, and returns the variables of a shell that evaluated its lines, with the warnings that are about TLS. */
async function environmentOf(directory: string, flags: string[] = [], environment = {}) {
  const args = ['env', '--data-dir', directory, ...flags]
  const { code, stdout, stderr } = await runKeyward(args, {
    environment: { PATH: '/nowhere', ...environment },
  })
  assert.equal(code, 0, stderr)
  const print = variables.map(name => `printf '%s\\n' "\${${name}-}"`).join(';')
  const shell = spawnSync('sh', ['-c', `AWS_PROFILE=other\n${stdout}\n${print}`], {
    encoding: 'utf8',
    env: { ...environment, PATH: process.env['PATH'] },
  })
  assert.equal(shell.stderr, '')
  const values = shell.stdout.split('\n')
  return { values: Object.fromEntries(variables.map((name, index) => [name, values[index]])), stderr }
}

const expectedFor = (directory: string, url: string, bundle: string, extra: string) => ({
  AWS_ENDPOINT_URL_KMS: url,
  AWS_ENDPOINT_URL_IAM: url,
  AWS_ENDPOINT_URL_STS: url,
  AWS_ENDPOINT_URL_CLOUDTRAIL: url,
  AWS_REGION: 'eu-west-1',
  AWS_DEFAULT_REGION: 'eu-west-1',
  AWS_SHARED_CREDENTIALS_FILE: join(directory, 'credentials'),
  AWS_CA_BUNDLE: bundle,
  NODE_EXTRA_CA_CERTS: extra,
  AWS_PROFILE: '',
})

test('env takes back the trust that env --tls has set in the same shell, and no other', async () => {
  const directory = await directoryAfter(...both)
  const bundle = join(directory, 'tls/bundle.pem')
  const { values } = await environmentOf(directory, [], {
    AWS_CA_BUNDLE: bundle,
    NODE_EXTRA_CA_CERTS: '/etc/other.pem',
  })
  assert.deepEqual([values['AWS_CA_BUNDLE'], values['NODE_EXTRA_CA_CERTS']], ['', '/etc/other.pem'])
})

test('env prints the lines for HTTPS if they are asked for, and warns that they replace the public roots', async () => {
  const directory = await directoryAfter(...both)
  const ca = join(directory, 'tls/ca.pem')
  const tls = await environmentOf(directory, ['--tls'])
  assert.deepEqual(tls.values, expectedFor(directory, 'https://127.0.0.1:4600', ca, ca))
  assert.match(
    tls.stderr,
    /^WARNING: AWS_CA_BUNDLE replaces the public roots, .* add --with-public-roots\.\n$/,
  )
  const plain = await environmentOf(directory)
  assert.deepEqual(plain.values, expectedFor(directory, 'http://127.0.0.1:4599', '', ''))
  assert.equal(plain.stderr, '')
})

test('env prints the lines for HTTPS unasked if the server has nothing else', async () => {
  const directory = await directoryAfter('', 'eu-west-1', 'https://0.0.0.0:4600')
  const ca = join(directory, 'tls/ca.pem')
  const { values } = await environmentOf(directory)
  assert.deepEqual(values, expectedFor(directory, 'https://127.0.0.1:4600', ca, ca))
})

test('env names EC2 if that is asked for, over HTTP and HTTPS, and says nothing about it otherwise', async () => {
  const directory = await directoryAfter(...both)
  const valueAfter = async (flags: readonly string[], before: string) => {
    const { code, stdout } = await runKeyward(['env', '--data-dir', directory, ...flags])
    assert.equal(code, 0)
    const print = 'printf %s "$AWS_ENDPOINT_URL_EC2"'
    const environment = { PATH: process.env['PATH'], AWS_ENDPOINT_URL_EC2: before }
    return spawnSync('sh', ['-c', `${stdout}\n${print}`], { encoding: 'utf8', env: environment }).stdout
  }
  assert.equal(await valueAfter(['--ec2'], ''), 'http://127.0.0.1:4599')
  assert.equal(await valueAfter(['--ec2', '--tls'], ''), 'https://127.0.0.1:4600')
  const aws = 'https://ec2.eu-west-1.amazonaws.com'
  for (const flags of [[], ['--tls'], ['--keys']]) assert.equal(await valueAfter(flags, aws), aws)
  const open = await directoryAfter('http://0.0.0.0:4599', 'eu-west-1', '')
  const { stdout } = await runKeyward(['env', '--data-dir', open, '--ec2'])
  assert.match(stdout, /^export AWS_ENDPOINT_URL_EC2=http:\/\/127\.0\.0\.1:4599$/m)
})

test('env writes a bundle with the public roots if they are asked for', async () => {
  const directory = await directoryAfter(...both)
  const ca = join(directory, 'tls/ca.pem')
  const path = join(directory, 'tls/bundle.pem')
  const { values, stderr } = await environmentOf(directory, ['--tls', '--with-public-roots'])
  assert.deepEqual(values, expectedFor(directory, 'https://127.0.0.1:4600', path, ca))
  assert.equal(stderr, '')
  const bundle = readFileSync(path, 'utf8')
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? []
  assert.equal(blocks.join(''), bundle)
  assert.equal(blocks.length, rootCertificates.length + 1)
  assert.equal(blocks.at(-1), readFileSync(ca, 'utf8'))
  assert.equal(statSync(path).mode & 0o777, 0o644)
  const { ino } = statSync(path)
  await environmentOf(directory, ['--tls', '--with-public-roots'])
  assert.equal(statSync(path).ino, ino)
})

test('env refuses to print lines for HTTPS that cannot work', async () => {
  const refused: [endpoint: string[], flags: string[], says: RegExp][] = [
    [['http://127.0.0.1:4599', 'eu-west-1', ''], ['--tls'], /has no HTTPS\. Start it without/],
    // An older version wrote two lines.
    [['http://127.0.0.1:4599', 'eu-west-1'], ['--tls'], /has no HTTPS\. Start it without/],
    [both, ['--with-public-roots'], /--with-public-roots goes with --tls/],
    [[''], [], /No Keyward has run/],
    [
      ['', 'eu-west-1', ''],
      [],
      /has private endpoints alone\. Add --endpoint-url https:\/\/NAME to each command\.$/m,
    ],
    [['', 'eu-west-1', ''], ['--tls'], /has private endpoints alone\. Add --endpoint-url/],
    [both, ['--tls', '--tls-cert', '/no/such', '--tls-key', '/no/such'], /\/no\/such cannot be used: ENOENT/],
  ]
  for (const [endpoint, flags, says] of refused) {
    const directory = await directoryAfter(...endpoint)
    const { code, stdout, stderr } = await runKeyward(['env', '--data-dir', directory, ...flags])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^keyward: [^\n]+\n$/)
    assert.match(stderr, says)
  }
  const older = await directoryAfter('http://127.0.0.1:4599', 'eu-west-1')
  rmSync(join(older, 'tls'), { recursive: true })
  assert.equal((await environmentOf(older)).values['AWS_ENDPOINT_URL_KMS'], 'http://127.0.0.1:4599')
  const lost = await directoryAfter(...both)
  rmSync(join(lost, 'tls'), { recursive: true })
  const { stderr } = await runKeyward(['env', '--data-dir', lost, '--tls'])
  assert.match(stderr, /^keyward: There is no .*tls\/ca\.pem\. A server without KEYWARD_TLS_CERT makes it; /)
})

test('with a certificate from files, env names a host that it is valid for, and its root if the file has it', {
  skip: skipWithoutOpenssl,
}, async () => {
  const directory = await directoryAfter(...both)
  rmSync(join(directory, 'tls'), { recursive: true })
  const run = (certificate: string) => {
    const path = temporaryFile('crt.pem', certificate)
    const flags = ['--tls', '--tls-cert', path, '--tls-key', '/never/read']
    return environmentOf(directory, flags).then(result => ({ path, ...result }))
  }
  const selfSigned = await run(
    madeWithOpenssl({ altName: 'DNS:*.example.com,DNS:kms.example.com' }).certificate,
  )
  assert.deepEqual(
    selfSigned.values,
    expectedFor(directory, 'https://kms.example.com:4600', selfSigned.path, selfSigned.path),
  )
  const issuer = madeWithOpenssl({ extensions: ['basicConstraints=critical,CA:true'], altName: '' })
  const local = madeWithOpenssl({ issuer, altName: 'DNS:kms.example.com,IP:127.0.0.1' }).certificate
  const withRoot = await run(local + issuer.certificate)
  assert.deepEqual(
    withRoot.values,
    expectedFor(directory, 'https://127.0.0.1:4600', withRoot.path, withRoot.path),
  )
  const withoutRoot = await run(local)
  assert.deepEqual(withoutRoot.values, expectedFor(directory, 'https://127.0.0.1:4600', '', ''))
  assert.match(withoutRoot.stderr, /^WARNING: The certificate is from KEYWARD_TLS_CERT, without the root/)
  const v6 = await run(madeWithOpenssl({ issuer, altName: 'IP:2001:db8::1' }).certificate)
  assert.equal(v6.values['AWS_ENDPOINT_URL_KMS'], 'https://[2001:db8::1]:4600')
})
