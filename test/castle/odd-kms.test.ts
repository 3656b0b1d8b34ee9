import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { keyServices } from '../../src/app/parts/seal/key-service.ts'
import {
  parseRootKeySetting,
  type RootKeyEnvelope,
  type RootKeyProvider,
  rootKeyProvider,
} from '../../src/hsm/index.ts'
import { AddressRanges, OutboundPolicy } from '../../src/std/index.ts'
import { endless, fault, type OddAnswer, oddKms, trickle } from '../fixtures/castle/odd-kms.ts'
import { operate } from '../fixtures/castle/operator-command.ts'
import { started, temporaryDirectory } from '../fixtures/keyward-process.ts'

// A KMS that keeps a root key is not always a good one. No real KMS answers like these.

const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const envelope: RootKeyEnvelope = {
  ...{ v: 1, kind: 'kms', keyArn, rootKeyId: '0'.repeat(32) },
  ciphertext: randomBytes(100).toString('base64'),
}

function credentialsFile(): string {
  const path = join(temporaryDirectory(), 'credentials')
  const lines = [
    '[default]',
    'aws_access_key_id = AKIA0000000000000000',
    'aws_secret_access_key = secret',
    '',
  ]
  writeFileSync(path, lines.join('\n'), { mode: 0o600 })
  return path
}

const settingOf = (url: string) => `kms:${keyArn}?endpoint=${url}&credentials=${credentialsFile()}`

const noToken = () => Promise.reject(new Error('a KMS needs no token'))

function providerOf(url: string, stopping?: AbortSignal): RootKeyProvider {
  const outbound = new OutboundPolicy({ hosts: [], ranges: AddressRanges.of('127.0.0.1') })
  const keyService = keyServices({ outbound, host: '127.0.0.1', port: 1, tls: undefined }, stopping)
  return rootKeyProvider(parseRootKeySetting(settingOf(url)), {
    directory: temporaryDirectory(),
    keyService,
    tokenKey: noToken,
  })
}

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error as Error,
  )
  return error.message
}

async function millisOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

test('a whole call ends after ten seconds, over all attempts', async t => {
  const silent: OddAnswer = () => undefined
  const failingSlowly: OddAnswer = response => void setTimeout(() => response.writeHead(500).end(), 4000)
  const ends = [trickle, silent, failingSlowly].map(async answer => {
    const { url } = await oddKms(t, answer)
    const millis = await millisOf(async () =>
      assert.match(
        await messageOf(providerOf(url).recover(envelope, {})),
        /^The KMS does not answer for the root key under \S+ at \S+: there is no whole answer after 10 seconds\.$/,
      ),
    )
    assert.ok(millis > 9500 && millis < 12_000, `${millis} ms`)
  })
  await Promise.all(ends)
})

test('an answer has 64 KiB at most', async t => {
  const { url, sentBytes } = await oddKms(t, endless)
  const message = await messageOf(providerOf(url).recover(envelope, {}))
  assert.match(message, /^The KMS does not answer .*: more than 65536 bytes\.$/)
  for (let waits = 0; waits < 50 && sentBytes() === 0; waits++) await sleep(20)
  // The buffers of the two sockets hold more than was read.
  assert.ok(sentBytes() < 32 * 1024 * 1024, `${sentBytes()} bytes`)
})

test('a KMS sends nobody to a different place', async t => {
  const other = await oddKms(t, trickle)
  const { url } = await oddKms(t, response => {
    response.writeHead(307, { location: other.url }).end()
  })
  assert.match(await messageOf(providerOf(url).recover(envelope, {})), /does not answer/)
  assert.equal(other.requests(), 0)
})

test('a stop ends a call at once', async t => {
  const { url } = await oddKms(t, trickle)
  const stopping = new AbortController()
  const work = messageOf(providerOf(url, stopping.signal).recover(envelope, {}))
  setTimeout(() => stopping.abort(), 300)
  const millis = await millisOf(async () => assert.match(await work, /: the server stops\.$/))
  assert.ok(millis < 2000, `${millis} ms`)
  assert.match(
    await messageOf(providerOf(url, stopping.signal).recover(envelope, {})),
    /: the server stops\.$/,
  )
})

/** Stops a server while a command waits for its KMS. */
async function stopsWhile(
  t: TestContext,
  command: (url: string) => string,
  flags: (url: string) => readonly string[],
) {
  const kms = await oddKms(t, trickle)
  const environment = { KEYWARD_OUTBOUND: '127.0.0.1' }
  const server = await started(t, { flags: flags(kms.url), environment })
  const ended = operate(server.dataDirectory, command(kms.url))
  for (let waits = 0; waits < 500 && kms.requests() === 0; waits++) await sleep(20)
  assert.equal(kms.requests(), 1)
  const millis = await millisOf(async () => assert.equal(await server.stop(), 0))
  assert.ok(millis < 5000, `${millis} ms`)
  const { code, stderr } = await ended
  assert.equal(code, 1)
  assert.match(stderr, /does not answer .*: the server stops\./)
}

test('a server stops while unseal waits for its KMS', t =>
  stopsWhile(
    t,
    () => 'unseal',
    url => ['--sealed', '--root-key', settingOf(url)],
  ))

test('a server stops while rekey waits for the new KMS', t =>
  stopsWhile(
    t,
    url => `rekey --to ${settingOf(url)}`,
    () => [],
  ))

test('an error of a KMS steers no terminal, and is cut', async t => {
  const text = `red \u001b[31m\r\u009b2J\u0007\u202e\u2028 ${'long '.repeat(100)}`
  const { url } = await oddKms(
    t,
    fault(400, 'Odd\u001b]0;titleException', () => text),
  )
  const message = await messageOf(providerOf(url).recover(envelope, {}))
  assert.match(message, /^The KMS refuses the root key under .*Exception: red \\u\{1b\}\[31m/)
  assert.doesNotMatch(message, /[\p{C}\p{Zl}\p{Zp}]/u)
  assert.ok(message.length < 500, message)
})

test('an error of a KMS that repeats the root key is not shown', async t => {
  const sent = (body: string) => Buffer.from((JSON.parse(body) as { Plaintext: string }).Plaintext, 'base64')
  const encodings: ((secret: Buffer) => string)[] = [
    secret => secret.toString('base64'),
    secret => secret.toString('base64url'),
    secret => secret.toString('hex').toUpperCase(),
    secret => (secret.toString('hex').match(/../g) ?? []).join(':'),
    secret => `${'x'.repeat(285)}${secret.toString('base64')}`,
    secret => secret.subarray(0, 12).toString('base64'),
  ]
  for (const encode of encodings) {
    const { url } = await oddKms(
      t,
      fault(400, 'ValidationException', body => `bad value: ${encode(sent(body))}`),
    )
    const message = await messageOf(providerOf(url).protect(randomBytes(32), {}))
    assert.match(message, /: its error is withheld, because it may repeat the root key\.$/)
  }
  const { url } = await oddKms(
    t,
    fault(400, 'ValidationException', () => 'bad value'),
  )
  assert.match(
    await messageOf(providerOf(url).protect(randomBytes(32), {})),
    /: ValidationException: bad value\.$/,
  )
})

test('no piece of an answer that cannot be read is shown', async t => {
  const plaintext = randomBytes(32).toString('base64')
  for (const body of [`{"Plaintext":"${plaintext}",${plaintext}`, `{"Plaintext":{"${plaintext}":1}}`, '{}']) {
    const { url } = await oddKms(t, response => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(body)
    })
    const message = await messageOf(providerOf(url).recover(envelope, {}))
    assert.match(message, /: the answer cannot be read \(\w+Error\)\.$/)
  }
})
