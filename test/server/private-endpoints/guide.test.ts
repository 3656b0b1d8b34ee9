import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { skipWithoutAwsCli } from '../../acceptance/clients/aws-cli.ts'
import {
  checkout,
  inNamespace,
  type KeywardProcess,
  started,
  temporaryDirectory,
  temporaryFile,
} from '../../fixtures/keyward-process.ts'
import { Namespaces, skipWithoutNamespaces } from '../../fixtures/private-endpoints/namespaces.ts'

// The commands of docs/private-endpoints.md, in the order of the document: those of the server in one network namespace, those of a client in
// a different one.

const fence = /^```(sh|yaml)\n([\s\S]*?)^```$/gm
const blocks = Array.from(
  readFileSync(join(checkout, 'docs/private-endpoints.md'), 'utf8').matchAll(fence),
  ([, kind, body = '']) => ({ kind, body }),
)
const bodiesOf = (kind: string) => blocks.flatMap(block => (block.kind === kind ? [block.body] : []))
const [network = '', groups = '', seed = '', tenants = ''] = bodiesOf('yaml')
const commands = bodiesOf('sh')
const isOfTenants = (body: string) => body.includes('TENANT')
const run = promisify(execFile)
const skip = skipWithoutNamespaces || skipWithoutAwsCli
const vaultKey = 'vault-key'

/** A server whose document a reader follows, with the directory in which the reader works. */
class Reader {
  readonly #server: KeywardProcess
  readonly #directory = temporaryDirectory()
  readonly #environment: Readonly<Record<string, string>>
  readonly #ca: string
  /** The lines that the shell on the machine of the server has read before. */
  shellLines = ''

  constructor(server: KeywardProcess) {
    this.#server = server
    this.#ca = join(server.dataDirectory, 'tls/ca.pem')
    this.#environment = {
      ...{ PATH: process.env['PATH'] ?? '', AWS_PAGER: '', AWS_REGION: 'us-east-1' },
      ...{ AWS_SHARED_CREDENTIALS_FILE: join(server.dataDirectory, 'credentials') },
      ...{ AWS_EC2_METADATA_DISABLED: 'true', AWS_CA_BUNDLE: this.#ca },
    }
  }

  /** Runs commands of the document in a namespace, and returns their output. */
  async run(namespace: string, body: string): Promise<string> {
    const { dataDirectory } = this.#server
    const keyward = `'${process.execPath}' '${join(checkout, 'bin/keyward.mjs')}'`
    const script = body
      .replaceAll('npm run -s env --', `${keyward} env --data-dir '${dataDirectory}'`)
      .replaceAll('/etc/keyward/ca.pem', this.#ca)
    const lines = body.startsWith('# On a client\n') ? '' : this.shellLines
    return await this.#in(namespace, 'bash', '-euo', 'pipefail', '-c', `${lines}${script}`)
  }

  /** Runs `aws` in a namespace. */
  aws(namespace: string, ...args: string[]): Promise<string> {
    return this.#in(namespace, 'aws', ...args)
  }

  /** Encrypts with a key through a way to the server, or fails with the error of the AWS CLI. */
  encrypt(namespace: string, key: string, url: string): Promise<string> {
    const plaintext = ['--plaintext', 'dGV4dA==']
    return this.aws(namespace, 'kms', 'encrypt', ...plaintext, '--key-id', key, '--endpoint-url', url)
  }

  /** The content of a file that the commands wrote. */
  file(name: string): string {
    return readFileSync(join(this.#directory, name), 'utf8').trim()
  }

  async #in(namespace: string, ...command: string[]): Promise<string> {
    const [program = '', ...args] = [...inNamespace(namespace), ...command]
    return (await run(program, args, { env: this.#environment, cwd: this.#directory })).stdout
  }
}

const isRefused = (calling: Promise<unknown>, expected: RegExp) =>
  assert.rejects(calling, ({ stderr }: { stderr: string }) => {
    assert.match(stderr, expected)
    return true
  })

test('the guide leads to endpoints that decide', { skip }, async t => {
  const namespaces = new Namespaces()
  const [server, client] = [namespaces.add('guide'), namespaces.add('guest')]
  namespaces.connect({
    ...{ from: server, to: client },
    ...{ fromAddress: '10.20.1.5/24', toAddress: '10.20.1.100/24' },
  })
  for (const address of ['10.20.1.6/32', '10.20.1.7/32']) namespaces.addAddress(server, address)
  const config = `${network.slice(0, network.indexOf('    securityGroups:'))}${groups}`
  const flags = ['--config', temporaryFile('keyward.yaml', config)]
  const keyward = await started(t, { namespace: server, flags })
  const reader = new Reader(keyward)
  let output = ''
  for (const body of commands) {
    if (isOfTenants(body)) continue
    const isClient = body.startsWith('# On a client\n')
    assert.ok(isClient || body.startsWith('# On the machine of the server\n'), body)
    const printed = await reader.run(isClient ? client : server, body)
    output += printed
    const [, endpoint] = /"(vpce-[0-9a-f]{17})-/.exec(printed) ?? []
    if (endpoint !== undefined && reader.shellLines === '')
      reader.shellLines = `export AWS_ENDPOINT_URL=${keyward.url} AWS_ENDPOINT_URL_EC2=${keyward.url} ENDPOINT=${endpoint}\n`
  }
  assert.match(output, /"available",\n +null,/)
  assert.match(output, /^AQ[\w+/=]+$/m, 'the key of the network encrypts through the endpoint')
  assert.match(output, /:user\/administrator"/, 'STS answers through its endpoint')
  await isRefused(
    reader.encrypt(server, reader.file(vaultKey), keyward.url),
    /with an explicit deny in a resource-based policy/,
  )
  await reader.encrypt(client, reader.file('billing-key'), 'https://10.20.1.7')
  await isRefused(
    reader.encrypt(client, reader.file('orders-key'), 'https://10.20.1.7'),
    /because no VPC endpoint policy allows the kms:Encrypt action/,
  )
  await isRefused(
    reader.encrypt(client, reader.file('orders-key'), 'https://10.20.1.5'),
    /Connection was closed|Could not connect|reset/i,
  )
})

test('two tenants reach their own keys from their own networks alone', { skip }, async t => {
  const namespaces = new Namespaces()
  const [server, one, two] = [namespaces.add('shared'), namespaces.add('one'), namespaces.add('two')]
  for (const [to, fromAddress, toAddress] of [
    [one, '10.20.1.5/24', '10.20.1.100/24'],
    [two, '10.30.1.5/24', '10.30.1.100/24'],
  ] as const)
    namespaces.connect({ from: server, to, fromAddress, toAddress })
  const flags = [
    ...['--config', temporaryFile('keyward.yaml', tenants)],
    ...['--seed', temporaryFile('seed.yaml', seed)],
  ]
  const keyward = await started(t, { namespace: server, flags })
  const reader = new Reader(keyward)
  reader.shellLines = `export AWS_ENDPOINT_URL=${keyward.url} AWS_ENDPOINT_URL_EC2=${keyward.url}\n`
  for (const body of commands.filter(isOfTenants))
    assert.equal((await reader.run(server, body)).trim().split('\n').length, 2)
  const as = (tenant: 'one' | 'two') =>
    `export AWS_ACCESS_KEY_ID=AKIATENANT${tenant.toUpperCase()}0000000 AWS_SECRET_ACCESS_KEY='secret of ${tenant}'\n`
  const call = (namespace: string, tenant: 'one' | 'two', command: string, url: string) =>
    reader.run(namespace, `# On a client\n${as(tenant)}aws kms ${command} --endpoint-url ${url}`)
  const [urlOne, urlTwo] = ['https://10.20.1.5', 'https://10.30.1.5']
  const made = await call(server, 'two', 'create-key --query KeyMetadata.Arn --output text', keyward.url)
  const open = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' },
  })
  const put = `put-key-policy --policy-name default --policy '${open}' --key-id ${made.trim()}`
  await call(two, 'two', put, urlTwo)
  const encrypt = `encrypt --plaintext dGV4dA== --key-id ${made.trim()}`
  await call(two, 'two', encrypt, urlTwo)
  await call(server, 'one', encrypt, keyward.url)
  for (const [namespace, tenant, url] of [
    [one, 'one', urlOne],
    [one, 'two', urlOne],
    [two, 'one', urlTwo],
  ] as const)
    await isRefused(call(namespace, tenant, encrypt, url), /no VPC endpoint policy allows the kms:Encrypt/)
})
