import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runAwsCli, skipWithoutAwsCli } from '../acceptance/clients/aws-cli.ts'
import {
  checkout,
  type KeywardProcess,
  runKeyward,
  started,
  startKeyward,
  temporaryFile,
} from '../fixtures/keyward-process.ts'
import { refusedStart } from '../fixtures/refused-start.ts'
import {
  type MadeCertificate,
  madeWithOpenssl,
  skipWithoutOpenssl,
} from '../fixtures/tls/openssl-certificates.ts'

// How clients come to trust the server: the server and the command are processes of their own.

const environment = { KEYWARD_TLS_PORT: '0' }
/** On all addresses, plain HTTP is not served. */
const httpsAlone = ['--host', '0.0.0.0']

async function envLines({ dataDirectory }: KeywardProcess, ...flags: string[]): Promise<string> {
  const { code, stdout, stderr } = await runKeyward(['env', '--data-dir', dataDirectory, ...flags])
  assert.equal(code, 0, stderr)
  return stdout
}

function withFiles({ certificate, key }: MadeCertificate): string[] {
  const keyPath = temporaryFile('key.pem', key)
  chmodSync(keyPath, 0o600)
  return ['--tls-cert', temporaryFile('crt.pem', certificate), '--tls-key', keyPath]
}

/** Asks the server to explain a decision, as the administrator. */
function explain({ dataDirectory }: KeywardProcess, ...flags: string[]) {
  const question = ['--principal', 'arn:aws:iam::000000000000:user/administrator', '--action', 'kms:ListKeys']
  return runKeyward(['policy', 'explain', '--data-dir', dataDirectory, ...question, ...flags])
}

test('the AWS CLI works with the lines of env --tls, with and without the public roots', {
  skip: skipWithoutAwsCli,
}, async t => {
  const keyward = await started(t, { environment })
  for (const flags of [['--tls'], ['--tls', '--with-public-roots']]) {
    const shellLines = await envLines(keyward, ...flags)
    assert.ok(shellLines.includes(`AWS_ENDPOINT_URL_KMS=${keyward.tlsUrl}\n`))
    assert.deepEqual(await runAwsCli(['kms', 'list-keys'], { shellLines }), { Keys: [] })
  }
})

test('the SDK for JavaScript works with the lines of env --tls', async t => {
  const keyward = await started(t, { environment })
  const program =
    "import { KMS } from '@aws-sdk/client-kms'; console.log(JSON.stringify((await new KMS({}).listKeys({})).Keys))"
  const script = `${await envLines(keyward, '--tls')}\nexec "$0" --input-type=module -e "$1"`
  const { stdout, stderr } = spawnSync('sh', ['-c', script, process.execPath, program], {
    cwd: checkout,
    encoding: 'utf8',
  })
  assert.equal(stdout, '[]\n', stderr)
})

test('subcommands reach a server that has HTTPS alone, and trust only its certificate', {
  skip: skipWithoutOpenssl,
}, async t => {
  const own = await started(t, { environment, flags: httpsAlone })
  assert.match(own.url, /^https:/)
  const { code, stdout, stderr } = await explain(own)
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /allow/i)
  const issuer = madeWithOpenssl({ extensions: ['basicConstraints=critical,CA:true'], altName: '' })
  // The certificate is for a name that does not lead to this machine, and the file lacks the root.
  const files = withFiles(madeWithOpenssl({ issuer, altName: 'DNS:kms.example.com' }))
  const named = await started(t, { environment, flags: [...httpsAlone, ...files] })
  assert.equal((await explain(named, ...files)).stdout, stdout)
  const other = madeWithOpenssl({ issuer, altName: 'IP:127.0.0.1' })
  const otherFiles = withFiles({ ...other, certificate: other.certificate + issuer.certificate })
  assert.match(
    (await explain(named, ...otherFiles)).stderr,
    /^keyward: No server answers at https:\/\/127\.0\.0\.1:\d+: its certificate is not that of .*crt\.pem\.\n$/,
  )
  // This server has no CA of its own.
  assert.match((await explain(named)).stderr, /^keyward: There is no .*ca\.pem/)
})

test('a certificate that no client could accept is an error at start', {
  skip: skipWithoutOpenssl,
}, async () => {
  const files = withFiles({ ...madeWithOpenssl(), key: madeWithOpenssl().key })
  const said = await refusedStart({ environment, flags: files })
  assert.match(
    said,
    /^keyward: The file .*crt\.pem does not have the public key of the private key [^\n]*\n$/,
  )
})

test('a private key of TLS that other users can read is logged at start', {
  skip: skipWithoutOpenssl,
}, async t => {
  const first = await startKeyward({ environment })
  assert.ok(!first.stderr().includes('other users'))
  await first.stop()
  const own = ['issuer.pem', 'server.pem'].map(name => join(first.dataDirectory, 'tls', name))
  const files = withFiles(madeWithOpenssl())
  const [, , , key = ''] = files
  const open = [...own, key]
  for (const path of open) chmodSync(path, 0o640)
  const second = await started(t, { environment, dataDirectory: first.dataDirectory, flags: files })
  for (const path of open) assert.ok(second.stderr().includes(`"path":"${path}"`), second.stderr())
})
