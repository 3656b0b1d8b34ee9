import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { shellCommand, typeAtTerminal, whyNoTerminal } from '../fixtures/castle/operator-command.ts'
import {
  addToken,
  makeToken,
  type SoftToken,
  softhsmLibrary,
  whyNoTokens,
  writePin,
} from '../fixtures/hsm/softhsm.ts'
import { runKeyward, temporaryDirectory, temporaryFile } from '../fixtures/keyward-process.ts'

// `keyward hsm`, with SoftHSM2.

const skip = whyNoTokens
const listed = `[{name: soft, library: ${softhsmLibrary}}]`

const run = (args: readonly string[], { environment }: Pick<SoftToken, 'environment'>, pkcs11 = listed) =>
  runKeyward(['hsm', ...args, '--data-dir', temporaryDirectory()], {
    environment: { ...environment, KEYWARD_PKCS11: pkcs11 },
  })

test('tokens lists the tokens of each library', { skip }, async () => {
  const token = makeToken('first')
  addToken(token, 'second')
  const { code, stdout } = await run(['tokens', '--json'], token)
  assert.equal(code, 0)
  const { libraries } = JSON.parse(stdout)
  const [{ name, library, tokens }] = libraries
  assert.deepEqual([libraries.length, name, library], [1, 'soft', softhsmLibrary])
  const made = tokens.filter((one: { isInitialized: boolean }) => one.isInitialized)
  assert.deepEqual(made.map((one: { label: string }) => one.label).sort(), ['first', 'second'])
  for (const one of made) {
    assert.deepEqual(
      [one.manufacturer, one.model, one.pin, one.hasUserPin],
      ['SoftHSM project', 'SoftHSM v2', 'ok', true],
    )
    assert.match(one.serial, /^[0-9a-f]{16}$/)
    // reference: pkcs11-tool --list-mechanisms
    for (const mechanism of ['AES-KEY-GEN', 'AES-GCM', 'AES-KEY-WRAP', 'RSA-OAEP'])
      assert.ok(one.mechanisms.includes(mechanism), mechanism)
  }
  const text = (await run(['tokens'], token)).stdout
  assert.match(
    text,
    /^soft \(\S+\)\n(?:.*\n)* {2}slot \d+: first\n {4}made by SoftHSM project, model SoftHSM v2, serial [0-9a-f]{16}\n {4}user PIN: ok\n {4}mechanisms: AES-GCM, AES-KEY-GEN, /,
  )
})

test('tokens says which library cannot be loaded, and lists the others', { skip }, async () => {
  const token = makeToken('first')
  const config = temporaryFile(
    'keyward.yaml',
    `pkcs11:\n  - { name: soft, library: ${softhsmLibrary} }\n  - { name: gone, library: /nonexistent.so }\n`,
  )
  const { code, stdout } = await runKeyward(['hsm', 'tokens', '--config', config], token)
  assert.equal(code, 1)
  assert.match(stdout, /: first\n/)
  assert.match(
    stdout,
    /^gone \(\/nonexistent\.so\)\n {2}The tokens of \/nonexistent\.so cannot be listed: it cannot be loaded: .*No such file/m,
  )
  const none = await runKeyward(['hsm', 'tokens'])
  assert.equal(none.code, 1)
  assert.match(none.stderr, /^keyward: The settings have no PKCS#11 library\. Set KEYWARD_PKCS11, /)
})

test('test tries a token, and counts the published answer among its steps', { skip }, async () => {
  const token = makeToken()
  for (const library of ['soft', softhsmLibrary]) {
    const { code, stdout, stderr } = await run(
      ['test', library, '--token', 'root', '--pin-file', token.pinPath],
      token,
    )
    assert.equal(stderr, '')
    assert.equal(code, 0)
    assert.equal(
      stdout,
      [
        'passed   login and random bytes',
        'passed   AES-256 key of the session',
        'passed   the key can never leave the token',
        'passed   AES-GCM round trip',
        'passed   AES-GCM refuses a wrong tag',
        'passed   AES-GCM refuses wrong associated data',
        'passed   AES-GCM known answer',
        '',
      ].join('\n'),
    )
  }
})

test('test ends with 1 for a token that cannot be used, and never shows a PIN', { skip }, async () => {
  const token = makeToken()
  const pinPath = writePin('wrong-pin-4711\n')
  const wrong = await run(['test', 'soft', '--token', 'root', '--pin-file', pinPath], token)
  assert.equal(wrong.code, 1)
  assert.equal(wrong.stdout, 'failed   login and random bytes: the PIN is wrong\n')
  assert.equal(wrong.stderr, 'keyward: The token root does not work as Keyward needs it.\n')
  const other = await run(['test', 'soft', '--token', 'other', '--pin-file', token.pinPath], token)
  assert.match(other.stdout, /^failed .*: there is no token other\n$/)
  assert.equal(other.code, 1)
  for (const { stdout, stderr } of [wrong, other])
    for (const pin of ['wrong-pin-4711', token.pin]) assert.ok(!`${stdout}${stderr}`.includes(pin))
})

test('test takes the PIN from standard input if no file is named', { skip }, async () => {
  const token = makeToken()
  const attempt = (input: string) =>
    runKeyward(['hsm', 'test', softhsmLibrary, '--token', 'root'], { environment: token.environment, input })
  const right = await attempt(`${token.pin}\n`)
  assert.deepEqual([right.code, right.stderr], [0, ''])
  assert.match(right.stdout, /^passed {3}login and random bytes\n/)
  const wrong = await attempt('wrong-pin-4711\n')
  assert.equal(wrong.code, 1)
  assert.equal(wrong.stdout, 'failed   login and random bytes: the PIN is wrong\n')
  assert.match((await attempt('')).stderr, /^keyward: No PIN was given\./)
  const long = await attempt(`${'1'.repeat(256)}\n`)
  assert.match(long.stdout, /^failed .*: the PIN must have 1 to 255 bytes; it was not tried\n$/)
})

test('a PIN that is typed at a terminal is not shown', { skip: skip || whyNoTerminal }, async () => {
  const token = makeToken()
  const { SOFTHSM2_CONF } = token.environment
  const command = `SOFTHSM2_CONF=${SOFTHSM2_CONF} ${shellCommand(`hsm test ${softhsmLibrary} --token root`)}`
  const { code, screen } = await typeAtTerminal(command, [['User PIN of the token root: ', `${token.pin}\r`]])
  assert.equal(code, 0, screen)
  assert.match(screen, /^User PIN of the token root: \r\npassed {3}login and random bytes\r\n/)
  assert.ok(!screen.includes(token.pin))
})

test('no secret of the server reaches the process of a library, and its own variables do', {
  skip,
}, async t => {
  const token = makeToken()
  // The library waits for its configuration, which is a pipe, so that its process can be looked at.
  const pipe = join(temporaryDirectory(), 'softhsm2.conf')
  execFileSync('mkfifo', [pipe])
  const secrets = {
    ...{ AWS_SECRET_ACCESS_KEY: 'secret-1', DB_PASSWORD: 'secret-2', VAULT_TOKEN: 'secret-3' },
    ...{ DATABASE: 'postgres://keyward:secret-4@db/keyward', CONNINFO: 'host=db password=secret-5' },
    KEYWARD_SEED: '/secret-6',
  }
  const own = { SOFTHSM2_CONF: pipe, VENDOR_PASSWORD: 'of-the-vendor' }
  let command: ChildProcess | undefined
  const done = runKeyward(['hsm', 'tokens', '--data-dir', temporaryDirectory()], {
    environment: {
      ...{ ...secrets, SOFTHSM2_CONF: '/of-the-server', VENDOR_CONF: '/vendor.conf' },
      KEYWARD_PKCS11: JSON.stringify([{ name: 'soft', library: softhsmLibrary, environment: own }]),
    },
    spawned(child) {
      command = child
    },
  })
  t.after(() => command?.kill('SIGKILL'))
  const variables = await environmentOfLibrary(Number(command?.pid))
  writeFileSync(pipe, readFileSync(token.environment.SOFTHSM2_CONF))
  const { code, stdout } = await done
  assert.equal(code, 0, stdout)
  assert.match(stdout, /: root\n/)
  assert.ok(!variables.some(variable => variable.includes('secret-')), 'a secret is in its environment')
  for (const variable of [
    'VENDOR_CONF=/vendor.conf',
    `SOFTHSM2_CONF=${pipe}`,
    'VENDOR_PASSWORD=of-the-vendor',
  ])
    assert.ok(variables.includes(variable), variable)
})

/** The environment of the process of a library that this process starts. */
async function environmentOfLibrary(parent: number): Promise<string[]> {
  for (let waits = 0; waits < 500; waits++, await sleep(20)) {
    const child = readdirSync('/proc').find(name => /^\d+$/.test(name) && isLibraryOf(parent, name))
    const variables = child === undefined ? '' : readFileSync(`/proc/${child}/environ`, 'utf8')
    if (variables !== '') return variables.split('\0')
  }
  return assert.fail('the process of the library did not start')
}

function isLibraryOf(parent: number, child: string): boolean {
  try {
    const status = readFileSync(`/proc/${child}/status`, 'utf8')
    const isChild = new RegExp(`^PPid:\\s*${parent}$`, 'm').test(status)
    return isChild && readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('library-process')
  } catch {
    // A process that ended meanwhile.
    return false
  }
}

test('a wrong command line is refused with the forms of the command', async () => {
  for (const [args, says] of [
    [[], 'needs a command'],
    [['list'], 'needs a command: tokens, test'],
    [['tokens', 'soft'], 'takes no arguments'],
    [['tokens', '--token', 'a'], '--token does not go with keyward hsm tokens'],
    [['test', 'soft', '--json'], '--json does not go with keyward hsm test'],
    [['test', 'soft', '--pin-file', 'a'], 'needs a LIBRARY and --token'],
    [['test', '--token', 'a'], 'needs a LIBRARY and --token'],
  ] as const) {
    const { code, stderr, stdout } = await runKeyward(['hsm', ...args])
    assert.deepEqual([code, stdout], [1, ''])
    assert.ok(stderr.startsWith('keyward: ') && stderr.includes(says), stderr)
    assert.match(stderr, /keyward hsm test LIBRARY --token LABEL \[--pin-file PATH\]\n/)
  }
})
