import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { softhsmLibrary, whyNoTokens } from '../fixtures/hsm/softhsm.ts'
import { checkout, started, temporaryDirectory } from '../fixtures/keyward-process.ts'

// The commands of docs/hsm.md, in the order of the document, in a directory that stands for the machine.

const fence = /^```(sh|yaml)\n([\s\S]*?)^```$/gm
const blocks = Array.from(
  readFileSync(join(checkout, 'docs/hsm.md'), 'utf8').matchAll(fence),
  ([, kind, body = '']) => ({ kind, body }),
)
const bodiesOf = (kind: string) => blocks.flatMap(block => (block.kind === kind ? [block.body] : []))

const missing = ['aws', 'openssl'].find(
  program => spawnSync(program, [program === 'aws' ? '--version' : 'version']).status !== 0,
)
const skip = whyNoTokens || (missing !== undefined && `needs ${missing}`)
const bash = promisify(execFile)

test('the guide leads to a key in two tokens, and to the operator who finds it', { skip }, async t => {
  const machine = temporaryDirectory()
  for (const place of ['run/keyward', 'etc/keyward', 'var/lib', 'bin'])
    mkdirSync(join(machine, place), { recursive: true })
  const local = (text: string) =>
    text
      .replace(/(file:\/\/|(?<![\w.$/]))\/(run|etc|var\/lib)(?=\/)/g, `$1${machine}/$2`)
      .replaceAll('/usr/lib/softhsm/libsofthsm2.so', softhsmLibrary)
  const keyward = join(machine, 'bin/keyward')
  writeFileSync(
    keyward,
    `#!/bin/sh\nexec '${process.execPath}' '${join(checkout, 'bin/keyward.mjs')}' "$@" --data-dir '${machine}/data'\n`,
  )
  chmodSync(keyward, 0o700)
  const run = async (commands: string, more: Record<string, string> = {}) => {
    const { PATH } = process.env
    const env = { ...process.env, PATH: `${machine}/bin:${PATH}`, ...more }
    return (await bash('bash', ['-euo', 'pipefail', '-c', local(commands)], { env, timeout: 120_000 })).stdout
  }

  const [makeTokens = '', tryTokens = '', ...others] = bodiesOf('sh')
  await run(makeTokens)
  const config = join(machine, 'etc/keyward/keyward.yaml')
  writeFileSync(config, local(bodiesOf('yaml').join('')))
  const tried = await run(tryTokens)
  assert.equal(tried.match(/^passed {3}AES-GCM known answer$/gm)?.length, 2)

  const server = await started(t, { dataDirectory: join(machine, 'data'), flags: ['--config', config] })
  const credentials = {
    ...{ AWS_ENDPOINT_URL: server.url, AWS_REGION: 'us-east-1', AWS_PAGER: '' },
    AWS_SHARED_CREDENTIALS_FILE: join(server.dataDirectory, 'credentials'),
  }
  // The document leaves the variables to the shell of the reader.
  const pins = {
    SO_PIN: readFileSync(join(machine, 'run/keyward/so-pin'), 'utf8'),
    USER_PIN: 'set-by-the-officer',
  }
  const output = await run(
    `export KEYWARD_CONFIG=${config}\n${others.join('')}` +
      'until aws kms describe-custom-key-stores --query "CustomKeyStores[].ConnectionState" --output text | grep -qx CONNECTED; do sleep 0.5; done\n' +
      'aws kms encrypt --key-id "$KEY" --plaintext dGV4dA== --query KeyId --output text\n',
    { ...credentials, ...pins },
  )
  // Once by the server, which is logged in, and once with the PIN that the security officer has set.
  assert.match(output, /^CONNECTED\n[\s\S]*\nNo findings\.\nDISCONNECTED\n[\s\S]*\nNo findings\.\n/)
  const [, arn = ''] = /label: +(arn:aws:kms:us-east-1:\d+:key\/\S+)\n/.exec(output) ?? assert.fail(output)
  assert.equal(output.match(new RegExp(`label: +${arn}\n`, 'g'))?.length, 2)
  assert.equal(
    output.match(new RegExp(`secret key, AES: ${arn}\n.*\n.*extractable, wrap with trusted`, 'g'))?.length,
    4,
  )
  assert.ok(output.endsWith(`${arn}\n`), output)
  assert.match(server.stderr(), /trusts the transport key/)
})
