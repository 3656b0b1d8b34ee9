import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkChain, readLogLines } from '../fixtures/audit/audit-chain.ts'
import { callSigned } from '../fixtures/clients.ts'
import { runKeyward, started, temporaryDirectory, temporaryFile } from '../fixtures/keyward-process.ts'

// `keyward audit verify`, as an operator or an auditor runs it.

const environment = { KEYWARD_AUDIT: JSON.stringify({ heads: '1s' }) }
const verify = (...args: string[]) => runKeyward(['audit', 'verify', ...args])

/** The names and sizes of the files of a data directory. */
function filesOf(dataDirectory: string): Record<string, number> {
  const names = readdirSync(dataDirectory, { recursive: true, encoding: 'utf8' })
  return Object.fromEntries(names.map(name => [name, statSync(join(dataDirectory, name)).size]))
}

test('verify works beside a running server, on a copy, and with the heads of a witness', async t => {
  const keyward = await started(t, { environment })
  const { dataDirectory } = keyward
  const audit = join(dataDirectory, 'audit')
  for (let calls = 0; calls < 40; calls++) {
    await callSigned(keyward, 'CreateKey', '{}')
    if (calls % 10 === 0) {
      const { code, stdout } = await verify('--data-dir', dataDirectory)
      assert.equal(code, 0, stdout)
    }
  }
  assert.equal(await keyward.stop(), 0)
  const { heads } = checkChain(audit, readFileSync(join(dataDirectory, 'audit-heads.pem'), 'utf8'))
  assert.ok(heads > 0)
  const witness = temporaryFile(
    'heads',
    readLogLines(audit)
      .filter(line => line.startsWith('{"auditHead":'))
      .join('\n'),
  )
  const copy = join(temporaryDirectory(), 'copy')
  cpSync(audit, copy, { recursive: true })
  const headKey = join(dataDirectory, 'audit-heads.pem')
  const onCopy = ['--directory', copy, '--head-key', headKey, '--witness', `file:${witness}`]
  const whole = await verify(...onCopy)
  assert.equal(whole.code, 0, whole.stdout)
  assert.match(
    whole.stdout,
    /^The audit log is whole: 40 records, \d+ sealed blocks, \d+ signed heads\.\nThe last head is from 2.*Z; 0 records came after the blocks that it signs\.\nThe log has the history of all \d+ heads of witnesses\.\n$/,
  )

  const [name = ''] = readdirSync(copy)
  const text = readFileSync(join(copy, name), 'utf8')
  writeFileSync(join(copy, name), text.replace('"CreateKey"', '"ListKeys"'))
  const edited = await verify(...onCopy.slice(0, 4))
  assert.equal(edited.code, 1)
  assert.match(
    edited.stdout,
    new RegExp(
      `^${name}:\\d+-\\d+, block(s \\d+ to)? \\d+, between .*Z and .*Z: the content differs\\.\nThe audit log is not whole: this is the first bad place\\.\n$`,
    ),
  )
  // The log without its end looks whole, except to a witness.
  writeFileSync(join(copy, name), text.slice(0, text.length / 2))
  assert.equal((await verify(...onCopy.slice(0, 4))).code, 0)
  const cut = await verify(...onCopy)
  assert.equal(cut.code, 1)
  assert.match(cut.stdout, /: its newest part is missing\.\n/)
  rmSync(join(copy, name))
  assert.match((await verify(...onCopy)).stderr, /^keyward: There is no audit log in /)
})

test('verify knows a key that a server makes after the file of keys was read', async t => {
  const dataDirectory = temporaryDirectory()
  const headsIn = () =>
    readLogLines(join(dataDirectory, 'audit')).filter(line => line.startsWith('{"auditHead":'))
  // The command reads the witness between the keys and the log. The server begins meanwhile, and signs its first head.
  const witness = createServer(async (_request, response) => {
    const keyward = await started(t, { dataDirectory, environment })
    await callSigned(keyward, 'CreateKey', '{}')
    for (let waited = 0; headsIn().length === 0 && waited < 200; waited++) await sleep(100)
    response.end(`${headsIn()[0]}\n`)
  }).listen(0, '127.0.0.1')
  await once(witness, 'listening')
  t.after(() => witness.close())
  const url = `http://127.0.0.1:${(witness.address() as AddressInfo).port}/heads`
  const { code, stdout, stderr } = await verify('--data-dir', dataDirectory, '--witness', url)
  assert.equal(code, 0, stdout + stderr)
  assert.match(stdout, /^The audit log is whole: 1 records, .* [1-9]\d* signed heads\.$/m)
})

test('verify says in one line why it cannot check', async () => {
  const dataDirectory = temporaryDirectory()
  const directory = join(dataDirectory, 'audit')
  mkdirSync(directory)
  writeFileSync(join(directory, 'keyward-2026-11-24.jsonl'), '{"eventVersion":"1.11"}\n')
  const { publicKey } = generateKeyPairSync('ed25519')
  const key = ['--head-key', temporaryFile('pem', `${publicKey.export({ type: 'spki', format: 'pem' })}`)]
  const copy = ['--directory', directory]
  for (const [args, says] of [
    [['--directory', join(directory, 'none'), ...key], /^The audit log .*none cannot be read: ENOENT/],
    [copy, /^The log in .*audit needs --head-key: the file audit-heads\.pem of the server that wrote it\.$/],
    [[...copy, '--head-key', join(directory, 'none')], /^The file .*none cannot be read/],
    [[...copy, '--head-key', temporaryFile('pem', 'text')], /pem has no public key in PEM\.$/],
    [
      [...copy, ...key, '--witness', temporaryFile('heads', '{"head":1}\n')],
      /heads does not have a head on each line\.$/,
    ],
    [[...copy, ...key, '--witness', 'https://127.0.0.1:1'], /^The witness https.* cannot be read/],
  ] as const) {
    const { code, stdout, stderr } = await verify(...args)
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^keyward: [^\n]+\n$/)
    assert.match(stderr.slice('keyward: '.length, -1), says)
  }
  const noAction = await runKeyward(['audit'])
  assert.match(noAction.stderr, /^keyward: keyward audit needs an action: verify/)
  // A log from before the chain is whole as far as anybody can see.
  const old = await verify('--data-dir', dataDirectory)
  assert.equal(old.code, 0)
  assert.match(
    old.stdout,
    /^No head is signed, so nothing shows .*\n1 lines before the first block are not chained\.\n$/m,
  )
})

test('an idle server writes nothing', async t => {
  const keyward = await started(t, { environment })
  await callSigned(keyward, 'CreateKey', '{}')
  const headsOf = () => checkChain(join(keyward.dataDirectory, 'audit')).heads
  // Each head pauses for a second, and the last ones come when the log rests.
  for (let quiet = 0, before = filesOf(keyward.dataDirectory), waited = 0; quiet < 4; waited++) {
    assert.ok(waited < 60, 'it goes on writing')
    await sleep(1000)
    const now = filesOf(keyward.dataDirectory)
    quiet = JSON.stringify(now) === JSON.stringify(before) ? quiet + 1 : 0
    before = now
  }
  const rested = filesOf(keyward.dataDirectory)
  assert.ok(headsOf() > 0)
  await sleep(8000)
  assert.deepEqual(filesOf(keyward.dataDirectory), rested)
})

test('the level written is shown in /healthz and at the start, and its log verifies', async t => {
  const keyward = await started(t, { environment: { KEYWARD_AUDIT: '{durability: written}' } })
  const health = await (await fetch(`${keyward.url}/healthz`)).text()
  assert.match(health, /audit-durability written: a power cut can lose the records of the last second/)
  await callSigned(keyward, 'CreateKey', '{}')
  assert.match(keyward.stderr(), /WARNING: the durability of the audit log is 'written'/)
  assert.equal(await keyward.stop(), 0)
  const { code, stdout } = await verify('--data-dir', keyward.dataDirectory)
  assert.equal(code, 0, stdout)
})

test('verify and the next start report a log whose chain was removed', async t => {
  const keyward = await started(t, { environment })
  const { dataDirectory } = keyward
  await callSigned(keyward, 'CreateKey', '{}')
  await sleep(2500)
  assert.equal(await keyward.stop(), 0)
  const audit = join(dataDirectory, 'audit')
  const rest = readLogLines(audit).filter(line => !line.startsWith('{"audit'))
  const [name = ''] = readdirSync(audit)
  writeFileSync(
    join(audit, name),
    rest
      .map(line => `${line}\n`)
      .join('')
      .replace('"CreateKey"', '"ListKeys"'),
  )
  const stripped = await verify('--data-dir', dataDirectory)
  assert.equal(stripped.code, 1)
  assert.match(stripped.stdout, /^The log has no chain, and .*audit-heads\.pem has the key of one: /)
  const again = await started(t, { dataDirectory, environment })
  assert.equal(await again.stop(), 0)
  assert.match(again.stderr(), /the audit log has no chain, and heads of one were signed before/)
})
