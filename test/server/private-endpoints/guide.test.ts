import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { readVpcSettings } from '../../../src/app/config/vpcs/vpc-settings.ts'
import { skipWithoutAwsCli } from '../../acceptance/clients/aws-cli.ts'
import {
  checkout,
  inNamespace,
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
const [network = '', groups = '', tenants = ''] = bodiesOf('yaml')
const run = promisify(execFile)

test('the networks of two tenants are a configuration', () => {
  const setting = temporaryFile('vpcs.yaml', tenants.replace(/^vpcs:\n/, ''))
  assert.deepEqual(
    readVpcSettings(setting, ['us-east-1']).map(({ accountId }) => accountId),
    ['111111111111', '222222222222'],
  )
})

test('the guide leads to endpoints that decide', {
  skip: skipWithoutNamespaces || skipWithoutAwsCli,
}, async t => {
  const namespaces = new Namespaces()
  const [server, client] = [namespaces.add('guide'), namespaces.add('guest')]
  namespaces.connect({
    ...{ from: server, to: client },
    ...{ fromAddress: '10.20.1.5/24', toAddress: '10.20.1.100/24' },
  })
  namespaces.addAddress(server, '10.20.1.6/32')
  const config = `${network.slice(0, network.indexOf('    securityGroups:'))}${groups}`
  const { dataDirectory, url } = await started(t, {
    namespace: server,
    flags: ['--config', temporaryFile('keyward.yaml', config)],
  })
  const cwd = temporaryDirectory()
  const env = {
    ...{ PATH: process.env['PATH'] ?? '', AWS_PAGER: '', AWS_REGION: 'us-east-1' },
    AWS_SHARED_CREDENTIALS_FILE: join(dataDirectory, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
  }
  const keyward = `'${process.execPath}' '${join(checkout, 'bin/keyward.mjs')}'`
  let exported = ''
  let output = ''
  for (const body of bodiesOf('sh')) {
    const isClient = body.startsWith('# On a client\n')
    assert.ok(isClient || body.startsWith('# On the machine of the server\n'), body)
    const commands = body
      .replaceAll('npm run -s env --', `${keyward} env --data-dir '${dataDirectory}'`)
      .replaceAll('/etc/keyward/ca.pem', join(dataDirectory, 'tls/ca.pem'))
    const script = `${isClient ? `export AWS_CA_BUNDLE='${join(dataDirectory, 'tls/ca.pem')}'\n` : exported}${commands}`
    const [program = '', ...args] = inNamespace(isClient ? client : server)
    const { stdout } = await run(program, [...args, 'bash', '-euo', 'pipefail', '-c', script], { env, cwd })
    output += stdout
    // A reader has one shell on the machine of the server.
    const [, endpoint] = /"(vpce-[0-9a-f]{17})-/.exec(stdout) ?? []
    if (endpoint !== undefined)
      exported = `export AWS_ENDPOINT_URL=${url} AWS_ENDPOINT_URL_EC2=${url} ENDPOINT=${endpoint}\n`
  }
  assert.match(output, /^available$/m)
  assert.match(output, /^AQ[\w+/=]+$/m, 'the key of the network encrypts through the endpoint')
  const [, ofBilling = ''] = /^(arn:aws:kms:us-east-1:\d{12}:key\/\S+)$/m.exec(output) ?? assert.fail(output)

  const aws = (namespace: string, ...command: string[]) => {
    const [program = '', ...args] = [...inNamespace(namespace), 'aws', ...command]
    return run(program, args, { env: { ...env, AWS_CA_BUNDLE: join(dataDirectory, 'tls/ca.pem') } })
  }
  const isRefused = (calling: Promise<unknown>, expected: RegExp) =>
    assert.rejects(calling, ({ stderr }: { stderr: string }) => expected.test(stderr))
  const encrypt = (namespace: string, key: string, url: string) =>
    aws(namespace, 'kms', 'encrypt', '--plaintext', 'dGV4dA==', '--key-id', key, '--endpoint-url', url)
  const vault = readFileSync(join(cwd, 'vault-key'), 'utf8').trim()
  const untagged = ['--query', 'KeyMetadata.KeyId', '--output', 'text', '--endpoint-url', url]
  const { stdout: other } = await aws(server, 'kms', 'create-key', ...untagged)
  await isRefused(encrypt(server, vault, url), /with an explicit deny in a resource-based policy/)
  const ofApplication = 'https://10.20.1.6'
  await encrypt(client, ofBilling, ofApplication)
  await isRefused(
    encrypt(client, other.trim(), ofApplication),
    /because no VPC endpoint policy allows the kms:Encrypt action/,
  )
})
