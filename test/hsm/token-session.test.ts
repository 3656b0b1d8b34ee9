import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { RootKeyProblem } from '../../src/hsm/index.ts'
import { TokenProblem, type TokenProblemCode } from '../../src/hsm/pkcs11/problem.ts'
import { tokenKey } from '../../src/hsm/pkcs11/token-key.ts'
import { TokenLibrary } from '../../src/hsm/pkcs11/token-library.ts'
import { TokenSession } from '../../src/hsm/pkcs11/token-session.ts'
import {
  addToken,
  makeToken,
  type SoftToken,
  softhsmLibrary,
  whyNoTokens,
  writePin,
} from '../fixtures/hsm/softhsm.ts'
import { temporaryDirectory, temporaryFile } from '../fixtures/keyward-process.ts'

// The process of a PKCS#11 library, with SoftHSM2 in it.

const skip = whyNoTokens

interface Changes {
  readonly path?: string
  readonly pinPath?: string
  readonly timeoutMillis?: number
  readonly loginsPath?: string
}

function sessionWith(token: SoftToken, changes: Changes = {}): TokenSession {
  const environment = { PATH: process.env['PATH'] ?? '', ...token.environment }
  const { pinPath = token.pinPath, ...others } = changes
  return new TokenSession({
    path: softhsmLibrary,
    environment,
    token: token.label,
    pin: { path: pinPath },
    loginsPath: undefined,
    ...others,
  })
}

async function fails(work: Promise<unknown>, code: TokenProblemCode, says: RegExp): Promise<void> {
  const error = await work.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof TokenProblem, String(error))
  assert.match(error.message, says)
  assert.equal(error.code, code)
}

const iv = Buffer.alloc(12, 1)
const data = Buffer.from('data')
const lasting = { label: 'key', isLasting: true }

test('a library that was killed starts again, logs in, and finds its keys', { skip }, async t => {
  const session = sessionWith(makeToken())
  t.after(() => session.close())
  await session.makeKey('key', true)
  const ciphertext = await session.encrypt(lasting, iv, data, Buffer.from('secret'))
  const first = session.processId ?? assert.fail('no process')
  process.kill(first, 'SIGKILL')
  for (let waits = 0; session.processId !== undefined && waits < 100; waits++)
    await new Promise(done => setTimeout(done, 20))
  assert.equal(String(await session.decrypt(lasting, iv, data, ciphertext)), 'secret')
  assert.notEqual(session.processId, first)
})

test('a request under way fails when its library is killed', { skip }, async t => {
  const session = sessionWith(makeToken())
  t.after(() => session.close())
  await session.random(1)
  const process_ = session.processId ?? assert.fail('no process')
  process.kill(process_, 'SIGSTOP')
  const waiting = session.random(1)
  process.kill(process_, 'SIGKILL')
  await fails(waiting, 'Away', /its process ended with SIGKILL/)
  assert.equal((await session.random(16)).length, 16)
})

test('a token that went away during its use answers again when it is there', { skip }, async t => {
  const token = makeToken()
  const session = sessionWith(token)
  t.after(() => session.close())
  await session.makeKey('key', true)
  const ciphertext = await session.encrypt(lasting, iv, data, Buffer.from('secret'))
  const [name = ''] = readdirSync(token.directory)
  const [place, away] = [join(token.directory, name), join(token.directory, '..', 'away')]
  renameSync(place, away)
  await fails(session.decrypt(lasting, iv, data, ciphertext), 'Away', /there is no token root/)
  renameSync(away, place)
  assert.equal(String(await session.decrypt(lasting, iv, data, ciphertext)), 'secret')
})

test('a library that hangs is killed after its time, and the next request has a new one', {
  skip,
}, async t => {
  const session = sessionWith(makeToken(), { timeoutMillis: 3000 })
  t.after(() => session.close())
  await session.random(1)
  const hung = session.processId ?? assert.fail('no process')
  process.kill(hung, 'SIGSTOP')
  await fails(session.random(1), 'Away', /does not answer after 3 seconds/)
  for (let waits = 0; existsSync(`/proc/${hung}`) && waits < 100; waits++)
    await new Promise(done => setTimeout(done, 20))
  assert.equal(existsSync(`/proc/${hung}`), false)
  assert.equal((await session.random(16)).length, 16)
  assert.notEqual(session.processId, hung)
})

test('the stop of the server ends a call for its root key', {
  skip,
}, async () => {
  const { label, pinPath, environment } = makeToken()
  const stopping = new AbortController()
  const run = { path: softhsmLibrary, environment, loginsPath: undefined, stopping: stopping.signal }
  const key = tokenKey({ library: 'softhsm', token: label, key: 'key', pinPath }, run)
  const waiting = key.wrap(Buffer.alloc(32, 7), data)
  setTimeout(() => stopping.abort(), 50)
  await assert.rejects(
    waiting,
    (error: unknown) =>
      error instanceof RootKeyProblem &&
      error.code === 'KeyServiceUnreachable' &&
      /the server stops/.test(error.message),
  )
})

test('the PIN is not in the arguments and the environment of the process of a library', { skip }, async t => {
  const token = makeToken()
  const session = sessionWith(token)
  t.after(() => session.close())
  await session.random(1)
  const place = `/proc/${session.processId}`
  const [commandLine, variables] = ['cmdline', 'environ'].map(name =>
    readFileSync(join(place, name), 'latin1'),
  )
  assert.match(String(commandLine), /library-process\.ts/)
  assert.match(String(variables), /SOFTHSM2_CONF=/)
  for (const text of [commandLine, variables]) assert.ok(!text?.includes(token.pin))
  // The core dumps and the user of the process are those of this one.
  const uidOf = (path: string) => /^Uid:.*$/m.exec(readFileSync(`${path}/status`, 'latin1'))?.[0]
  assert.equal(uidOf(place), uidOf('/proc/self'))
})

test('a token that is broken is listed with its problem, and the others as they are', { skip }, async t => {
  const token = makeToken('first')
  const [broken = ''] = readdirSync(token.directory)
  addToken(token, 'second')
  const library = new TokenLibrary({ path: softhsmLibrary, environment: token.environment })
  t.after(() => library.close())
  const before = await library.tokens()
  renameSync(join(token.directory, broken), join(token.directory, '..', 'away'))
  const after = await library.tokens()
  assert.equal(after.length, before.length)
  for (const [index, listed] of before.entries()) {
    assert.ok('label' in listed)
    // SoftHSM2 answers CKR_GENERAL_ERROR for a token whose directory is gone.
    const problem = { slot: listed.slot, problem: 'C_GetTokenInfo answered with 0x5' }
    assert.deepEqual(after[index], listed.label === 'first' ? problem : listed)
  }
})

test('a file that is no library, and a PIN that cannot be one, are refused before a login', {
  skip,
}, async () => {
  const token = makeToken()
  const attempt = async (changes: Changes, code: TokenProblemCode, says: RegExp) => {
    const session = sessionWith(token, changes)
    await fails(session.random(1), code, says)
    await session.close()
  }
  await attempt({ path: '/nonexistent/library.so' }, 'NotLoaded', /cannot be loaded: .*No such file/)
  await attempt({ path: temporaryFile('library.so', 'text') }, 'NotLoaded', /cannot be loaded/)
  await attempt({ pinPath: writePin('\n') }, 'WrongPin', /must have 1 to 255 bytes; it was not tried/)
  await attempt(
    { pinPath: writePin('1'.repeat(256)) },
    'WrongPin',
    /must have 1 to 255 bytes; it was not tried/,
  )
  const missing = sessionWith(token, { pinPath: join(temporaryDirectory(), 'none') })
  await assert.rejects(missing.random(1), /The PIN cannot be read from .*ENOENT/)
  await missing.close()
  const gone = sessionWith({ ...token, label: 'other' })
  await fails(gone.random(1), 'Away', /there is no token other/)
  await gone.close()
})

test('a ciphertext opens with its key, IV and associated data alone', { skip }, async t => {
  const session = sessionWith(makeToken())
  t.after(() => session.close())
  await session.makeKey('key', true)
  await session.checkKey(lasting)
  await session.makeKey('other', true)
  const ciphertext = await session.encrypt(lasting, iv, data, Buffer.from('secret'))
  assert.equal(ciphertext.length, 6 + 16)
  const open = (key = 'key', with_ = iv, more = data, sealed = ciphertext) =>
    session.decrypt({ label: key, isLasting: true }, with_, more, sealed)
  assert.equal(String(await open()), 'secret')
  for (const wrong of [
    open('other'),
    open('key', Buffer.alloc(12)),
    open('key', iv, Buffer.from('date')),
    open('key', iv, data, Buffer.alloc(22)),
    open('key', iv, data, Buffer.alloc(3)),
  ])
    await fails(wrong, 'Undecryptable', /does not decrypt/)
  await fails(open('none'), 'NoKey', /no secret key none/)
  await session.makeKey('key', true).then(
    () => assert.fail('a second key has the label'),
    (error: unknown) => assert.ok(error instanceof TokenProblem && error.code === 'SeveralKeys'),
  )
  // The second key is gone again.
  assert.equal(String(await open()), 'secret')
})
