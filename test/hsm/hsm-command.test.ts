import assert from 'node:assert/strict'
import { test } from 'node:test'
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

test('a wrong command line is refused with the forms of the command', async () => {
  for (const [args, says] of [
    [[], 'needs a command'],
    [['audit'], 'needs a command'],
    [['tokens', 'soft'], 'takes no arguments'],
    [['tokens', '--token', 'a'], '--token does not go with keyward hsm tokens'],
    [['test', 'soft', '--json'], '--json does not go with keyward hsm test'],
    [['test', 'soft', '--token', 'a'], 'needs a LIBRARY, --token and --pin-file'],
  ] as const) {
    const { code, stderr, stdout } = await runKeyward(['hsm', ...args])
    assert.deepEqual([code, stdout], [1, ''])
    assert.ok(stderr.startsWith('keyward: ') && stderr.includes(says), stderr)
    assert.match(stderr, /keyward hsm test LIBRARY --token LABEL --pin-file PATH\n$/)
  }
})
