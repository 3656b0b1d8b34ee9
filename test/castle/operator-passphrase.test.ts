import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  assertOneLine,
  command,
  operate,
  shellCommand,
  statusOf,
  type Typing,
  typeAtTerminal,
  whyNoTerminal,
} from '../fixtures/castle/operator-command.ts'
import { callSigned } from '../fixtures/clients.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  runKeyward,
  started,
  temporaryDirectory,
} from '../fixtures/keyward-process.ts'

const passphrase = 'correct horse battery staple'
const onTerminal = { skip: whyNoTerminal }

async function start(t: TestContext, flags: readonly string[], dataDirectory = temporaryDirectory()) {
  return await started(t, { dataDirectory, flags })
}

const startWithPassphrase = (t: TestContext, dataDirectory?: string) =>
  start(t, ['--root-key', 'passphrase:'], dataDirectory)

async function isServing(keyward: KeywardProcess): Promise<boolean> {
  return (await callSigned(keyward, 'ListKeys', '{}')).status === 200
}

/** Seals a server, and waits for the process that takes its place. */
async function seal({ dataDirectory }: KeywardProcess): Promise<void> {
  assert.equal((await operate(dataDirectory, 'seal')).stdout, 'The server is sealed.\n')
}

/** All files of a directory that contain a text. */
function filesWith(directory: string, text: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map(name => join(directory, name))
    .filter(path => statSync(path).isFile() && readFileSync(path).includes(text))
}

test('status says how the server stands, and its exit status does too', async t => {
  const dataDirectory = temporaryDirectory()
  const none = await operate(dataDirectory, 'status')
  assert.deepEqual([none.code, none.stdout], [1, ''])
  assert.equal(none.stderr, `keyward: No Keyward runs on the data directory ${dataDirectory}.\n`)
  const keyward = await start(t, [], dataDirectory)
  const open = await operate(dataDirectory, 'status')
  assert.equal(open.code, 0)
  assert.match(open.stdout, /^State: +open\nRoot key: +[0-9a-f-]{36}, kept by a file\n/)
  assert.match(open.stdout, /Domain key: +global, version 1, current\n/)
  const changed = await operate(dataDirectory, 'rekey')
  const [, place = ''] = /need the old root key, which is in (\S+)\. Take/.exec(changed.stdout) ?? []
  assert.match(readFileSync(place, 'utf8'), /^keyward-root-key-v1:/)
  await keyward.stop()
  await start(t, ['--sealed'], dataDirectory)
  const sealed = await operate(dataDirectory, 'status')
  assert.equal(sealed.code, 2)
  assert.match(sealed.stdout, /^State: +sealed: open it with keyward operator unseal\n/)
})

test('a passphrase comes as a line of standard input, at init and at unseal', async t => {
  const keyward = await startWithPassphrase(t)
  const { dataDirectory } = keyward
  assert.match(keyward.stdout(), /It has no root key yet. Make one with keyward operator init.\n/)
  await assert.rejects(command(keyward, 'unseal', {}, [passphrase]), /There is no root key yet/)
  await assert.rejects(command(keyward, 'init', {}, ['1234567']), /^Error: The passphrase is too short/)
  assert.equal((await statusOf(keyward)).state, 'uninitialized')
  const made = await operate(dataDirectory, 'init', [passphrase])
  assert.match(made.stdout, /^The root key [0-9a-f-]{36} is made, and the server is open.\n$/)
  assert.ok(await isServing(keyward))
  const forced = command(keyward, 'init', { force: true }, [passphrase])
  await assert.rejects(forced, /has a root key. keyward operator rekey replaces it/)
  await keyward.stop()

  const second = await startWithPassphrase(t, dataDirectory)
  assert.match(second.stdout(), /It is sealed. Unseal it with keyward operator unseal.\n/)
  for (const wrong of [`${passphrase} `, ` ${passphrase}`])
    await assert.rejects(command(second, 'unseal', {}, [wrong]), { code: 'WrongPassphrase' })
  const wrong = await operate(dataDirectory, 'unseal', ['correct horse battery stapl'])
  assert.deepEqual([wrong.code, wrong.stdout], [1, ''])
  assert.match(wrong.stderr, /^keyward: The passphrase is wrong[^\n]+\n$/)
  const nothing = await operate(dataDirectory, 'unseal')
  assert.equal(nothing.stderr, 'keyward: Nothing was given.\n')
  const long = await operate(dataDirectory, 'unseal', ['x'.repeat(4097)])
  assert.equal(long.stderr, 'keyward: A passphrase, share or PIN has at most 4096 bytes.\n')
  assert.equal((await statusOf(keyward)).state, 'sealed')
  // As `printf %s "$P" | keyward operator unseal` does, without a line end.
  const args = ['operator', 'unseal', '--data-dir', dataDirectory]
  const right = await runKeyward(args, { input: passphrase })
  assert.deepEqual([right.code, right.stdout, right.stderr], [0, 'The server is open.\n', ''])
  assert.ok(await isServing(second))
  const half = await operate(dataDirectory, 'rekey', [passphrase])
  assert.match(half.stderr, /There is no new passphrase\. Standard input has the present passphrase first, /)
  assertOneLine(half)

  const names = readAuditRecords(dataDirectory).map(record => record['eventName'])
  assert.deepEqual(
    names.filter(name => /RootKey|seal/i.test(String(name))),
    ['InitializeRootKey', 'UnsealServer', 'UnsealServer'],
  )
  assert.deepEqual(filesWith(dataDirectory, passphrase), [])
  assert.doesNotMatch(second.stderr() + keyward.stderr(), new RegExp(passphrase))
})

test('a change of the root key that waits behind seal is refused, and the server comes back', async t => {
  const keyward = await start(t, [])
  const { dataDirectory } = keyward
  const [sealed, again, changed] = await Promise.allSettled([
    command(keyward, 'seal'),
    command(keyward, 'seal'),
    command(keyward, 'rekey', { to: 'passphrase:' }, [passphrase]),
  ])
  assert.equal(sealed.status, 'fulfilled')
  assert.ok(again.status === 'fulfilled' || again.reason.code === 'Stopping')
  assert.ok(changed.status === 'rejected' && ['Sealed', 'Stopping'].includes(changed.reason.code))
  let status = await operate(dataDirectory, 'status')
  // No server answers while the process is replaced.
  for (let tries = 1; status.code === 1 && tries < 20; tries++)
    status = await operate(dataDirectory, 'status')
  assert.equal(status.code, 2, status.stderr)
  assert.match(status.stdout, /kept by a file/)
  const seals = readAuditRecords(dataDirectory).filter(record => record['eventName'] === 'SealServer')
  assert.equal(seals.length, 1)
})

test('a passphrase is typed without an echo, and a new one twice', onTerminal, async t => {
  const keyward = await startWithPassphrase(t)
  const { dataDirectory } = keyward
  const init = shellCommand(`operator init --data-dir ${dataDirectory}`)
  const twice = (first: string, second: string): Typing[] => [
    ['New passphrase: ', `${first}\r`],
    ['New passphrase, again: ', `${second}\r`],
  ]
  const differing = await typeAtTerminal(init, twice(passphrase, `${passphrase}r`))
  assert.equal(differing.code, 1)
  assert.match(differing.screen, /The two passphrases differ. Nothing was changed/)
  assert.equal((await statusOf(keyward)).state, 'uninitialized')
  const made = await typeAtTerminal(init, twice(passphrase, passphrase))
  assert.equal(made.code, 0)
  assert.match(made.screen, /is made, and the server is open/)
  assert.doesNotMatch(differing.screen + made.screen, /correct|horse|staple/)

  await seal(keyward)
  const unseal = shellCommand(`operator unseal --data-dir ${dataDirectory}`)
  const wrong = await typeAtTerminal(unseal, [['Passphrase: ', 'something else\r']])
  assert.equal(wrong.code, 1)
  // A character of several bytes goes with one key, and Ctrl-U takes all.
  const typed = 'nonsense\x15correct horse bâ\x7fattery stapleé😀\x7f\x7f\r'
  const right = await typeAtTerminal(unseal, [['Passphrase: ', typed]])
  assert.deepEqual([right.code, /The server is open/.test(right.screen)], [0, true])
})

test('Ctrl-C at a prompt changes nothing, and gives the terminal its echo back', onTerminal, async t => {
  const keyward = await startWithPassphrase(t)
  await command(keyward, 'init', {}, [passphrase])
  await seal(keyward)
  const unseal = shellCommand(`operator unseal --data-dir ${keyward.dataDirectory}`)
  const { code, screen } = await typeAtTerminal(`${unseal}; echo ended with $?; stty -a`, [
    ['Passphrase: ', `${passphrase.slice(0, 5)}\x03`],
  ])
  assert.equal(code, 0)
  assert.match(screen, /ended with 130/)
  assert.match(screen, / echo /)
  assert.match(screen, / icanon /)
  assert.equal((await statusOf(keyward)).state, 'sealed')
})

test('a start on a terminal asks for the passphrase, and comes up open', onTerminal, async () => {
  const dataDirectory = temporaryDirectory()
  // In place of the shell, which a Ctrl-C would end with a status of its own.
  const command = `exec env KEYWARD_TLS_PORT=off KEYWARD_METRICS_PORT=off ${shellCommand(
    `start --root-key passphrase: --port 0 --data-dir ${dataDirectory}`,
  )}`
  const first = await typeAtTerminal(command, [
    ['New passphrase of the root key: ', `${passphrase}\r`],
    ['New passphrase of the root key, again: ', `${passphrase}\r`],
    ['aws kms create-key', '\x03'],
  ])
  assert.equal(first.code, 0, first.screen)
  assert.match(first.screen, /Keyward is up at[\s\S]*Keyward has stopped/)
  const second = await typeAtTerminal(command, [
    ['Passphrase of the root key: ', 'something else\r'],
    ['Passphrase of the root key: ', `${passphrase}\r`],
    ['aws kms create-key', '\x03'],
  ])
  assert.equal(second.code, 0, second.screen)
  assert.match(second.screen, /The passphrase is wrong/)
  assert.doesNotMatch(second.screen, /It is sealed/)
})

test('verify asks for the passphrase of a stopped server', async t => {
  const keyward = await startWithPassphrase(t)
  const { dataDirectory } = keyward
  await command(keyward, 'init', {}, [passphrase])
  await keyward.stop()
  const args = ['verify', '--data-dir', dataDirectory]
  const wrong = await runKeyward(args, { input: 'something else\n' })
  assert.match(wrong.stderr, /^keyward: The passphrase is wrong/)
  const right = await runKeyward(args, { input: `${passphrase}\n` })
  assert.match(right.stdout, /The database is whole/)
})

test('a command without the words before it, and a check without its file, is said in one line', async () => {
  const mistakes: Record<string, RegExp> = {
    seal: /has no subcommand seal\. Did you mean keyward operator seal\?/,
    'rotate-domain-keys --wait': /Did you mean keyward operator rotate-domain-keys\?/,
    toString: /has no subcommand toString\. keyward help lists the subcommands\./,
    'backup verify': /keyward backup verify needs the FILE of a backup/,
  }
  const ends = await Promise.all(Object.keys(mistakes).map(args => runKeyward(args.split(' '))))
  for (const [index, message] of Object.values(mistakes).entries()) {
    const end = ends[index] ?? assert.fail()
    assertOneLine(end)
    assert.match(end.stderr, message)
  }
})

test('a mistake in the command is said in one line, before anything is asked', async () => {
  const directory = temporaryDirectory()
  const mistakes: Record<string, RegExp> = {
    destroy: /needs a command: init, unseal, seal, status, rekey, rotate-domain-keys, audit-credentials/,
    'seal --force': /--force does not go with keyward operator seal/,
    'rekey --verify --to shares:': /--verify confirms the shares that were made before/,
    'audit-credentials': /There is no .*audit-credentials/,
  }
  for (const [args, message] of Object.entries(mistakes)) {
    const { code, stdout, stderr } = await operate(directory, args)
    assert.deepEqual([code, stdout], [1, ''], args)
    assert.match(stderr, message)
  }
})
