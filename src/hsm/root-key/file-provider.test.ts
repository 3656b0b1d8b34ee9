import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, test } from 'node:test'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import type { RootKeyEnvelope } from './envelope.ts'
import { fileProvider } from './file-provider.ts'
import type { RootKeyProvider } from './provider.ts'
import { failsWith, isWiped, protectedBySample } from './samples.test.ts'

let directory = ''
let path = ''
let provider: RootKeyProvider

beforeEach(() => {
  directory = temporaryDirectory()
  path = join(directory, 'root.key')
  provider = fileProvider(path, directory)
})

const lineOf = (bytes: Buffer) => `keyward-root-key-v1:${bytes.toString('base64')}\n`
const files = () => readdirSync(directory).sort()

test('a first root key is a private file of one line', async () => {
  assert.equal(provider.exists(), false)
  const { envelope, bytes, finish } = await protectedBySample(provider)
  await finish()
  assert.equal(provider.exists(), true)
  assert.equal(readFileSync(path, 'utf8'), lineOf(bytes))
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(files(), ['root.key'])
  const given = { passphrase: Buffer.from('not needed') }
  assert.deepEqual(await provider.recover(envelope, given), bytes)
  isWiped(given.passphrase)
  // A directory from before envelopes has none.
  assert.deepEqual(await provider.recover(undefined, {}), bytes)
})

test('a root key that is not committed leaves nothing', async () => {
  const { undo } = await protectedBySample(provider)
  await undo()
  assert.deepEqual(files(), [])
})

test('a change keeps the old root key under a name with the time', async () => {
  const old = await protectedBySample(provider)
  const changed = await protectedBySample(provider, undefined, old.envelope)
  assert.equal(readFileSync(path, 'utf8'), lineOf(old.bytes))
  const aside = await changed.finish()
  const [kept = '', ...others] = files().filter(name => name !== 'root.key')
  assert.match(kept, /^root\.key\.before-\d{8}T\d{6}Z$/)
  assert.deepEqual(others, [])
  assert.equal(aside, join(directory, kept))
  assert.equal(readFileSync(join(directory, kept), 'utf8'), lineOf(old.bytes))
  assert.equal(readFileSync(path, 'utf8'), lineOf(changed.bytes))
})

test('a change that is given up leaves the old root key alone', async () => {
  const old = await protectedBySample(provider)
  const { undo } = await protectedBySample(provider, undefined, old.envelope)
  await undo()
  assert.deepEqual(files(), ['root.key'])
  assert.deepEqual(await provider.recover(old.envelope, {}), old.bytes)
})

test('a start after a kill takes the root key of the database, whichever file it is in', async () => {
  const old = await protectedBySample(provider)
  const changed = await protectedBySample(provider, undefined, old.envelope)
  // Killed before the commit, and after it: reading changes nothing, and the clean-up follows the database.
  const both = files()
  assert.deepEqual(both, ['root.key', 'root.key.next'])
  assert.deepEqual(await provider.recover(old.envelope, {}), old.bytes)
  assert.deepEqual(await provider.recover(changed.envelope, {}), changed.bytes)
  assert.deepEqual(files(), both)
  await provider.completeChange(changed.envelope)
  assert.deepEqual(await provider.recover(changed.envelope, {}), changed.bytes)
  assert.equal(existsSync(`${path}.next`), false)
  // Killed between the two renames.
  const again = await protectedBySample(provider, undefined, changed.envelope)
  rmSync(path)
  assert.deepEqual(await provider.recover(again.envelope, {}), again.bytes)
  await provider.completeChange(again.envelope)
  assert.equal(readFileSync(path, 'utf8'), lineOf(again.bytes))
})

test('a new root key that the database does not use is moved out of the way, and never deleted', async () => {
  const old = await protectedBySample(provider)
  const { bytes } = await protectedBySample(provider, undefined, old.envelope)
  assert.equal(await provider.completeChange(old.envelope), undefined)
  assert.equal(readFileSync(path, 'utf8'), lineOf(old.bytes))
  const [unused = '', ...others] = files().filter(name => name !== 'root.key')
  assert.match(unused, /^root\.key\.unused-\d{8}T\d{6}Z$/)
  assert.deepEqual(others, [])
  assert.equal(readFileSync(join(directory, unused), 'utf8'), lineOf(bytes))
})

test('a change after one that was committed and not completed keeps the only copy of the present root key', async () => {
  const old = await protectedBySample(provider)
  const committed = await protectedBySample(provider, undefined, old.envelope)
  const { undo } = await protectedBySample(provider, undefined, committed.envelope)
  assert.equal(readFileSync(path, 'utf8'), lineOf(committed.bytes))
  await undo()
  assert.deepEqual(await provider.recover(committed.envelope, {}), committed.bytes)
})

test('root keys that are put aside in one second have names of their own', async () => {
  const lines = new Set<string>()
  let before: RootKeyEnvelope | undefined
  for (let count = 0; count < 4; count++) {
    const { envelope, bytes, finish } = await protectedBySample(provider, undefined, before)
    await finish()
    before = envelope
    lines.add(lineOf(bytes))
  }
  assert.deepEqual(new Set(files().map(name => readFileSync(join(directory, name), 'utf8'))), lines)
  assert.equal(files().length, lines.size)
})

test('a change to a different provider sets the file aside', async () => {
  const { bytes, envelope } = await protectedBySample(provider)
  assert.equal(await provider.setAside('a different id'), undefined)
  const place = (await provider.setAside(envelope.rootKeyId)) ?? assert.fail()
  assert.equal(readFileSync(place, 'utf8'), lineOf(bytes))
  assert.equal(existsSync(path), false)
  assert.equal(await provider.setAside(envelope.rootKeyId), undefined)
})

test('a missing root key and a different one have errors of their own', async () => {
  const { envelope } = await protectedBySample(provider)
  writeFileSync(path, lineOf(Buffer.alloc(32, 7)))
  await failsWith(provider.recover(envelope, {}), 'WrongRootKey', /not the one of this database, which is/)
  rmSync(path)
  await failsWith(provider.recover(envelope, {}), 'NothingGiven', /is missing, and the database needs it/)
})

test('a file that is no root key is refused, without its content in the message', async () => {
  const good = lineOf(Buffer.alloc(32, 7))
  const wrong = [
    '',
    'secret',
    good.replace('v1', 'v2'),
    good.replace('=', ''),
    `${good}${good}`,
    good.replace('B', '!'),
  ]
  for (const content of wrong) {
    writeFileSync(path, content)
    await assert.rejects(provider.recover(undefined, {}), {
      message: `${path} is not a Keyward root key. Put the right file back, or name its place with KEYWARD_ROOT_KEY.`,
    })
  }
  writeFileSync(path, `\t${good}\r\n`)
  assert.deepEqual(await provider.recover(undefined, {}), Buffer.alloc(32, 7))
  rmSync(path)
  mkdirSync(path)
  await assert.rejects(
    provider.recover(undefined, {}),
    /root key cannot be read from .*it is not a regular file/,
  )
})

test('a place that cannot be written is named', async () => {
  const lost = fileProvider(join(directory, 'missing', 'root.key'), directory)
  await assert.rejects(protectedBySample(lost), /The root key cannot be written to .*missing/)
})
