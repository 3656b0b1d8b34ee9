import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  openCryptokiLibrary,
  openCryptokiPin,
  startOpenCryptoki,
  whyNoOpenCryptoki,
} from '../fixtures/hsm/opencryptoki.ts'
import { whyNoTokens } from '../fixtures/hsm/softhsm.ts'

// A second implementation of PKCS#11, so that Keyward does not speak to SoftHSM2 alone. Its software token has no AES-GCM.

test("openCryptoki's token is listed and tried as far as it goes", { skip: whyNoOpenCryptoki }, async t => {
  const { keyward } = await startOpenCryptoki(t)
  const listed = keyward(['hsm', 'tokens', '--json'])
  assert.deepEqual([listed.code, listed.stderr], [0, ''])
  const [{ name, library, tokens }] = JSON.parse(listed.stdout).libraries
  assert.deepEqual([name, library, tokens.length], ['oc', openCryptokiLibrary, 1])
  const [{ label, manufacturer, model, mechanisms, ...token }] = tokens
  // reference: pkcsconf -t
  assert.deepEqual([label, manufacturer, model], ['root', 'IBM Corp.', 'IBM SoftTok'])
  assert.deepEqual([token.slot, token.isInitialized, token.hasUserPin, token.pin], ['3', true, true, 'ok'])
  // reference: pkcs11-tool --list-mechanisms
  assert.deepEqual(mechanisms.toSorted(), ['AES-KEY-GEN', 'RSA-OAEP', 'RSA-PSS', 'SHA256-HMAC'])

  const test = ['hsm', 'test', 'oc', '--token', 'root']
  const tried = keyward(test, `${openCryptokiPin}\n`)
  // CKR_MECHANISM_INVALID is 0x70.
  const refused = 'C_EncryptInit answered with 0x70'
  assert.equal(
    tried.stdout,
    [
      'passed   login and random bytes',
      'passed   AES-256 key of the session',
      'passed   the key can never leave the token',
      `failed   AES-GCM round trip: ${refused}`,
      `failed   AES-GCM refuses a wrong tag: ${refused}`,
      `failed   AES-GCM refuses wrong associated data: ${refused}`,
      `skipped  AES-GCM known answer: ${refused}`,
      '',
    ].join('\n'),
  )
  assert.deepEqual(
    [tried.code, tried.stderr],
    [1, 'keyward: The token root does not work as Keyward needs it.\n'],
  )

  const wrong = keyward(test, 'wrong\n')
  assert.deepEqual([wrong.code, wrong.stdout], [1, 'failed   login and random bytes: the PIN is wrong\n'])
  // CKF_USER_PIN_COUNT_LOW.
  assert.match(keyward(['hsm', 'tokens']).stdout, /user PIN: wrong PIN was given\n/)
  assert.equal(keyward(test, `${openCryptokiPin}\n`).stdout, tried.stdout)
})

test("the keys of openCryptoki's token are listed and judged", {
  skip: whyNoOpenCryptoki || whyNoTokens,
}, async t => {
  const { pkcs11Tool, keyward } = await startOpenCryptoki(t)
  assert.equal(pkcs11Tool('--keygen', '--key-type', 'AES:32', '--label', 'aes', '--id', '0a').code, 0)
  assert.equal(pkcs11Tool('--keypairgen', '--key-type', 'rsa:2048', '--label', 'rsa', '--id', '0b').code, 0)
  const audit = ['hsm', 'audit', '--library', 'oc', '--token', 'root']
  const { code, stdout, stderr } = keyward([...audit], `${openCryptokiPin}\n`)
  assert.deepEqual([code, stderr], [1, ''])
  // reference: pkcs11-tool --list-objects
  assert.match(
    stdout,
    / {2}secret key, AES: aes\n {4}id 0a\n {4}local, never extractable, modifiable, encrypt, decrypt, wrap, unwrap, /,
  )
  const [, fingerprint = ''] =
    / {2}private key, RSA: rsa\n {4}id 0b\n {4}SHA-256 ([0-9a-f]{64})\n {4}local, sensitive, always sensitive, extractable, /.exec(
      stdout,
    ) ?? assert.fail(stdout)
  // The halves of a pair have one fingerprint.
  assert.match(stdout, new RegExp(` {2}public key, RSA: rsa\n {4}id 0b\n {4}SHA-256 ${fingerprint}\n`))
  for (const finding of [
    'the secret key aes is not sensitive: its value can be read',
    'the private key rsa is extractable, and not under trusted keys alone',
    'the secret key aes is for wrap, unwrap',
    'the private key rsa is for unwrap',
  ])
    assert.ok(stdout.includes(`FINDING root of oc: ${finding}.\n`), finding)
  assert.match(stdout, /\n4 findings\.\n$/)
})
