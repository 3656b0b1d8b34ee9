import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { scanFolders } from '../fixtures/scan/scan.ts'
import { type ObservedValue, ObservedValues } from './secrets/observed-values.ts'
import { sensitiveMembers } from './secrets/sensitive-members.ts'
import { formsOf, ValueSearch } from './secrets/value-search.ts'
import { runTests, scanOutputs } from './secrets.ts'

// The short form of `npm run long -- secrets`.

const none: ReadonlySet<string> = new Set()
const noise = (bytes: number) => Buffer.from(randomBytes(bytes).toString('base64'))
const bytesOf = (length: number): ObservedValue => ({
  bytes: randomBytes(length),
  isText: false,
  origin: 'bytes',
})
const token: ObservedValue = {
  bytes: Buffer.from('a "token" with / and \\ and & that is no Base64, and longer than two windows'),
  isText: true,
  origin: 'text',
}

test('a search finds a value in each form, whole or in part, and nothing else', () => {
  const values = [bytesOf(32), bytesOf(300), token]
  const search = new ValueSearch([...values, ...Array.from({ length: 500 }, () => bytesOf(48))])
  for (const value of values) {
    const forms = [...formsOf(value).values()]
    for (const form of forms) {
      for (const part of [form, form.subarray(3, -2)]) {
        const [before, after] = [noise(3000), noise(2000)]
        const found = search.find(Buffer.concat([before, part, after]), none)
        assert.deepEqual(
          found.map(finding => finding.value),
          [value],
        )
      }
    }
  }
  assert.deepEqual(search.find(noise(1_000_000), none), [])
})

test('the forms of a value are those of other programs', () => {
  // RFC 4648, section 10, and the bytes of section 5 that differ.
  const forms = formsOf({
    bytes: Buffer.from([0xfb, 0xff, 0xbf, 0x66, 0x6f, 0x6f]),
    isText: false,
    origin: '',
  })
  const texts = new Set([...forms.values()].map(form => form.toString('latin1')))
  for (const text of [
    'fbffbf666f6f',
    'FBFFBF666F6F',
    '+/+/Zm9v',
    '-_-_Zm9v',
    '%2B%2F%2B%2FZm9v',
    '+\\/+\\/Zm9v',
  ])
    assert.ok(texts.has(text), text)
})

test('the sensitive members of all services are known', () => {
  const { requests, answers } = sensitiveMembers
  for (const name of [
    'Plaintext',
    'CiphertextBlob',
    'Message',
    'GrantTokens',
    'Password',
    'WebIdentityToken',
  ])
    assert.ok(requests.has(name), name)
  for (const name of [
    'Plaintext',
    'PrivateKeyPlaintext',
    'SharedSecret',
    'Mac',
    'SecretAccessKey',
    'SessionToken',
  ])
    assert.ok(answers.has(name), name)
  assert.ok(![...requests, ...answers].includes('PublicKey'))
})

test('a scan of a test finds nothing in the outputs, and then each value that is put there', async t => {
  // A scan of the whole suite must not find what is put there.
  const directory = mkdtempSync(join(tmpdir(), 'keyward-planted-'))
  t.after(() => rmSync(directory, { recursive: true }))
  assert.ok(await runTests(directory, ['test/long/secrets/sample.ts']))
  const { sizes, leaks } = scanOutputs(directory)
  assert.deepEqual(leaks, [])
  for (const [kind, bytes] of Object.entries(sizes)) assert.ok(bytes > 0, `there are no ${kind}`)
  const observed = ObservedValues.read(directory).values()
  const outputs = readdirSync(join(directory, scanFolders.outputs))
  const planted = origins.map((origin, index) => {
    const value = observed.find(item => item.origin.startsWith(origin)) ?? assert.fail(origin)
    const forms = [...formsOf(value).values()]
    const output = outputs[index % outputs.length] ?? assert.fail()
    appendFileSync(join(directory, scanFolders.outputs, output), forms[index % forms.length] ?? assert.fail())
    return [output, value.origin]
  })
  const found = scanOutputs(directory).leaks.map(({ output, finding }) => [output, finding.value.origin])
  assert.deepEqual(found.sort(), planted.sort())
})

/** The values that go through the sample. */
const origins = [
  'Plaintext of a request',
  'CiphertextBlob of an answer',
  'PrivateKeyPlaintext of an answer',
  'Plaintext of an answer',
  'imported key material',
  'EncryptedKeyMaterial of a request',
  'ImportToken',
  'SecretAccessKey of an answer',
  'Signature of a head',
  'aws_secret_access_key',
  'the root key',
]
