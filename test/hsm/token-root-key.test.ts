import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TestCaller } from '../fixtures/caller.ts'
import { command, operate, statusOf } from '../fixtures/castle/operator-command.ts'
import { callRaw } from '../fixtures/clients.ts'
import { ClusterWorld } from '../fixtures/hsm/cluster-world.ts'
import {
  makeToken,
  pkcs11Tool,
  type SoftToken,
  settingOf,
  softhsmLibrary,
  whyNoTokens,
} from '../fixtures/hsm/softhsm.ts'
import { type KeywardProcess, runKeyward, started, temporaryFile } from '../fixtures/keyward-process.ts'

// A server whose root key is wrapped by a key of a SoftHSM2 token.

const skip = whyNoTokens

/** The name under which the logins to a token are counted. */
const countedAs = ({ label }: SoftToken) => `${label} of ${softhsmLibrary}`
const startOn = (token: SoftToken, setting = settingOf(token)) => ({
  flags: ['--root-key', setting],
  environment: token.environment,
})

async function encrypted(server: KeywardProcess): Promise<Uint8Array> {
  const { sdk } = new TestCaller(server)
  const { KeyMetadata } = await sdk.createKey({})
  const { CiphertextBlob } = await sdk.encrypt({
    KeyId: String(KeyMetadata?.KeyId),
    Plaintext: Buffer.from('secret'),
  })
  return CiphertextBlob ?? assert.fail('no ciphertext')
}

async function assertDecrypts(server: KeywardProcess, CiphertextBlob: Uint8Array): Promise<void> {
  const { Plaintext } = await new TestCaller(server).sdk.decrypt({ CiphertextBlob })
  assert.equal(Buffer.from(Plaintext ?? []).toString(), 'secret')
}

const readiness = async (server: KeywardProcess) =>
  (await callRaw(server, '', {}, { method: 'GET', path: '/readyz' })).json['status']

/** Every file below a directory as one text. */
function textOf(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

test('a server keeps its root key under a key that never leaves the token', { skip }, async t => {
  const token = makeToken()
  const first = await started(t, startOn(token))
  const { dataDirectory } = first
  const ciphertext = await encrypted(first)
  const { provider, opensItself } = await statusOf(first)
  assert.deepEqual([provider, opensItself], ['pkcs11', true])
  const status = await operate(dataDirectory, 'status')
  assert.match(status.stdout, /^Root key: .*, kept by a key in a PKCS#11 token$/m)
  assert.equal(await first.stop(), 0)
  assert.equal(existsSync(join(dataDirectory, 'root.key')), false)

  const listed = pkcs11Tool(token, '--list-objects', '--type', 'secrkey')
  assert.match(listed, /Secret Key Object; AES length 32\n\s+label:\s+keyward\n/)
  assert.match(listed, /Usage:\s+encrypt, decrypt\n/)
  assert.match(listed, /Access:\s+sensitive, always sensitive, never extractable, local\n/)

  const second = await started(t, { dataDirectory, ...startOn(token) })
  await assertDecrypts(second, ciphertext)
  // The sealed process is a new one, which still finds the token.
  assert.equal((await operate(dataDirectory, 'seal')).code, 0)
  for (let waits = 0; waits < 200 && (await readiness(second).catch(() => '')) !== 'sealed'; waits++)
    await sleep(100)
  assert.equal((await operate(dataDirectory, 'unseal')).code, 0)
  await assertDecrypts(second, ciphertext)
  assert.equal(await second.stop(), 0)
  // One key in the token, however often the server starts.
  assert.equal(pkcs11Tool(token, '--list-objects', '--type', 'secrkey').match(/label:/g)?.length, 1)
})

test('the PIN is in no argument, environment, log or file of the server', { skip }, async t => {
  const token = makeToken()
  const server = await started(t, {
    ...startOn(token),
    flags: [...startOn(token).flags, '--log-level', 'debug'],
  })
  await command(server, 'rekey')
  const { pid } = server.process
  for (const file of ['cmdline', 'environ'])
    assert.ok(!readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(token.pin), file)
  assert.equal(await server.stop(), 0)
  const seen = [server.stdout(), server.stderr(), textOf(server.dataDirectory)]
  assert.ok(!seen.some(text => text.includes(token.pin)))
})

test('a data directory without its token opens nothing', { skip }, async t => {
  const token = makeToken()
  const first = await started(t, startOn(token))
  const { dataDirectory } = first
  await encrypted(first)
  assert.equal(await first.stop(), 0)
  // A different token with the same labels has a different key.
  const other = makeToken()
  pkcs11Tool(other, '--keygen', '--key-type', 'AES:32', '--label', 'keyward', '--sensitive')
  const wrong = await runKeyward(['start', '--data-dir', dataDirectory, '--root-key', settingOf(other)], {
    environment: other.environment,
  })
  assert.equal(wrong.code, 1)
  assert.match(
    wrong.stderr,
    /^keyward: The token root of \S+ does not open the root key: the ciphertext does not decrypt\.\n$/,
  )
  // The database names neither a library nor a PIN file, so that a writer of it cannot choose what is loaded.
  const unset = await runKeyward(['start', '--data-dir', dataDirectory])
  assert.equal(unset.code, 1)
  assert.match(
    unset.stderr,
    /kept by the key keyward of the token root, .* Set KEYWARD_ROOT_KEY=pkcs11:LIBRARY\?token=root&key=keyward&pin-file=PATH\.\n$/,
  )
  const otherKey = await runKeyward(
    ['start', '--data-dir', dataDirectory, '--root-key', settingOf(token, 'other')],
    { environment: token.environment },
  )
  assert.match(
    otherKey.stderr,
    /is kept by the key keyward of the token root, and KEYWARD_ROOT_KEY is pkcs11:/,
  )
})

test('rekey leads from a file to a token, and on to a passphrase', { skip }, async t => {
  const token = makeToken()
  // The configuration names the library, as docs/root-key.md has it.
  const setting = settingOf(token, 'keyward', 'soft')
  const config = temporaryFile('keyward.yaml', `pkcs11:\n  - { name: soft, library: ${softhsmLibrary} }\n`)
  const { environment } = token
  const server = await started(t, { flags: ['--config', config], environment })
  const ciphertext = await encrypted(server)
  const { dataDirectory } = server
  const moved = await operate(dataDirectory, `rekey --to ${setting}`)
  assert.equal(moved.code, 0, moved.stderr)
  assert.match(moved.stdout, /kept by a key in a PKCS#11 token/)
  assert.equal((await statusOf(server)).provider, 'pkcs11')
  await assertDecrypts(server, ciphertext)
  assert.equal(await server.stop(), 0)

  assert.match(moved.stdout, /KEYWARD_ROOT_KEY=pkcs11:soft\?token=root&key=keyward&pin-file=/)
  writeFileSync(config, `${readFileSync(config, 'utf8')}root-key: ${setting}\n`)
  const second = await started(t, { dataDirectory, flags: ['--config', config], environment })
  await assertDecrypts(second, ciphertext)
  const next = await operate(dataDirectory, 'rekey --to passphrase:', ['correct horse battery'])
  assert.equal(next.code, 0, next.stderr)
  assert.equal(await second.stop(), 0)
  const passphrase = join(dataDirectory, '..', 'passphrase')
  writeFileSync(passphrase, 'correct horse battery', { mode: 0o600 })
  const third = await started(t, { dataDirectory, flags: ['--root-key', `passphrase-file:${passphrase}`] })
  await assertDecrypts(third, ciphertext)
})

test('a rekey to a token of a cluster is refused, since its PIN will change', { skip }, async t => {
  const { tokens, environment } = new ClusterWorld(1)
  const token = tokens[0] ?? assert.fail('no token')
  const server = await started(t, { environment: { ...token.environment, ...environment } })
  await assert.rejects(
    command(server, 'rekey', { to: settingOf(token) }),
    /The token belongs to cluster-\w+, and its PIN changes/,
  )
  assert.equal((await statusOf(server)).provider, 'file')
  assert.equal(pkcs11Tool(token, '--list-objects', '--type', 'secrkey'), '')
})

test('a rekey to a key that can leave the token, or to several, is refused', { skip }, async t => {
  const token = makeToken()
  const server = await started(t, { environment: token.environment })
  const before = await statusOf(server)
  pkcs11Tool(token, '--keygen', '--key-type', 'AES:32', '--label', 'open', '--extractable')
  pkcs11Tool(token, '--keygen', '--key-type', 'AES:16', '--label', 'short', '--sensitive')
  for (const id of ['01', '02'])
    pkcs11Tool(token, '--keygen', '--key-type', 'AES:32', '--label', 'twice', '--id', id, '--sensitive')
  await assert.rejects(
    command(server, 'rekey', { to: settingOf(token, 'open') }),
    /CKA_\w+ of the key open is not/,
  )
  await assert.rejects(
    command(server, 'rekey', { to: settingOf(token, 'short') }),
    /short is not an AES-256 key/,
  )
  await assert.rejects(
    command(server, 'rekey', { to: settingOf(token, 'twice') }),
    /several secret keys have the label twice/,
  )
  await assert.rejects(
    command(server, 'rekey', { to: settingOf(token, 'k', 'nowhere') }),
    /has no library nowhere/,
  )
  assert.deepEqual(await statusOf(server), before)
})

test('a wrong PIN ends the start with one try, and the sixth start tries none', { skip }, async t => {
  const token = makeToken()
  const first = await started(t, startOn(token))
  const { dataDirectory } = first
  assert.equal(await first.stop(), 0)
  writeFileSync(token.pinPath, 'wrong-pin-4711\n')
  const fails = () =>
    runKeyward(['start', '--data-dir', dataDirectory, '--root-key', settingOf(token)], token)
  const logins = join(dataDirectory, 'token-logins.json')
  for (let wrong = 1; wrong <= 5; wrong++) {
    const { code, stderr } = await fails()
    assert.equal(code, 1)
    assert.match(stderr, /^keyward: The token root of \S+ does not open the root key: the PIN is wrong\.\n$/)
    assert.deepEqual(JSON.parse(readFileSync(logins, 'utf8')), { [countedAs(token)]: wrong })
  }
  writeFileSync(token.pinPath, `${token.pin}\n`)
  const locked = await fails()
  assert.equal(locked.code, 1)
  assert.match(
    locked.stderr,
    /the last 5 logins had a wrong PIN or no answer, so none is tried\. .* remove \S+token-logins\.json\.\n$/,
  )
  assert.doesNotMatch(locked.stderr, /wrong-pin-4711/)
  writeFileSync(logins, JSON.stringify({ [countedAs(token)]: 4 }))
  const open = await started(t, { dataDirectory, ...startOn(token) })
  assert.deepEqual(JSON.parse(readFileSync(logins, 'utf8')), {})
  assert.equal(await open.stop(), 0)
})

test('a server whose token is away starts sealed, and opens when the token is there again', {
  skip,
}, async t => {
  const token = makeToken()
  const first = await started(t, startOn(token))
  const { dataDirectory } = first
  const ciphertext = await encrypted(first)
  assert.equal(await first.stop(), 0)
  const [name = ''] = readdirSync(token.directory)
  const [place, away] = [join(token.directory, name), join(token.directory, '..', 'away')]
  renameSync(place, away)
  const server = await started(t, { dataDirectory, ...startOn(token) })
  assert.equal(await readiness(server), 'sealed')
  renameSync(away, place)
  for (let waits = 0; waits < 300 && (await readiness(server)) !== 'ok'; waits++) await sleep(100)
  await assertDecrypts(server, ciphertext)
})

test('a sealed server tries a wrong PIN once', { skip }, async t => {
  const token = makeToken()
  const first = await started(t, startOn(token))
  const { dataDirectory } = first
  assert.equal(await first.stop(), 0)
  const [name = ''] = readdirSync(token.directory)
  const [place, away] = [join(token.directory, name), join(token.directory, '..', 'away')]
  renameSync(place, away)
  const server = await started(t, { dataDirectory, ...startOn(token) })
  writeFileSync(token.pinPath, 'wrong-pin-4711\n')
  renameSync(away, place)
  const problem = async () => (await statusOf(server)).problem ?? ''
  for (let waits = 0; waits < 200 && !/PIN/.test(await problem()); waits++) await sleep(100)
  assert.match(await problem(), /the PIN is wrong/)
  // The attempts before were 5 seconds apart, and the next would be after 10.
  await sleep(12_000)
  const logins = readFileSync(join(dataDirectory, 'token-logins.json'), 'utf8')
  assert.deepEqual(JSON.parse(logins), { [countedAs(token)]: 1 })
  writeFileSync(token.pinPath, `${token.pin}\n`)
  assert.equal((await operate(dataDirectory, 'unseal')).code, 0)
  assert.equal(await readiness(server), 'ok')
})
