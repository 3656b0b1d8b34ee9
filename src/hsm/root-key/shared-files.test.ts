import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, test } from 'node:test'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { OperatorError } from '../../std/index.ts'
import { fileProvider } from './file-provider.ts'
import type { RootKeyProvider } from './provider.ts'
import { protectedBySample } from './samples.test.ts'

// A root key in a file that stands elsewhere, or that more than one database looks at.

let directory = ''
let path = ''
let provider: RootKeyProvider

beforeEach(() => {
  directory = temporaryDirectory()
  const place = temporaryDirectory()
  path = join(place, 'key')
  provider = fileProvider(path, directory)
})

const lineOf = (bytes: Buffer) => `keyward-root-key-v1:${bytes.toString('base64')}\n`

describe('a file outside the data directory', () => {
  test('keeps a new root key that a different database may have committed', async () => {
    const old = await protectedBySample(provider)
    const changed = await protectedBySample(provider, undefined, old.envelope)
    // A copy of the database from before the change, in a data directory of its own.
    const drill = fileProvider(path, temporaryDirectory())
    for (const envelope of [old.envelope, undefined]) {
      await drill.completeChange(envelope)
      assert.deepEqual(await provider.recover(changed.envelope, {}), changed.bytes)
    }
    const again = protectedBySample(drill, undefined, old.envelope)
    await assert.rejects(again, /There is a root key in .*key\.next that this database does not use/)
    assert.deepEqual(await provider.recover(changed.envelope, {}), changed.bytes)
  })

  test('is not replaced while it has a root key that is not the one in use', async () => {
    const other = await protectedBySample(provider)
    const { envelope } = await protectedBySample(fileProvider(join(directory, 'root.key'), directory))
    for (const before of [envelope, undefined])
      await assert.rejects(protectedBySample(provider, undefined, before), /it is not the one in use/)
    assert.deepEqual(readdirSync(join(path, '..')), ['key'])
    assert.equal(readFileSync(path, 'utf8'), lineOf(other.bytes))
  })
})

test('recovering removes nothing that a running server may just write', async () => {
  const { envelope } = await protectedBySample(provider)
  copyFileSync(path, `${path}.new`)
  await provider.recover(envelope, {})
  assert.deepEqual(readdirSync(join(path, '..')).sort(), ['key', 'key.new'])
  await provider.completeChange(envelope)
  assert.deepEqual(readdirSync(join(path, '..')), ['key'])
})

test('a new root key that was copied into its place by hand is not kept twice', async () => {
  const old = await protectedBySample(provider)
  const changed = await protectedBySample(provider, undefined, old.envelope)
  copyFileSync(`${path}.next`, path)
  await provider.completeChange(changed.envelope)
  assert.deepEqual(readdirSync(join(path, '..')), ['key'])
  assert.deepEqual(await provider.recover(changed.envelope, {}), changed.bytes)
})

test('a symbolic link is followed: the secret and the old one stay where it leads', async () => {
  const old = await protectedBySample(provider)
  const link = join(directory, 'root.key')
  symlinkSync(path, link)
  const linked = fileProvider(link, directory)
  const changed = await protectedBySample(linked, undefined, old.envelope)
  assert.deepEqual(await linked.recover(changed.envelope, {}), changed.bytes)
  const aside = (await changed.finish()) ?? assert.fail()
  assert.deepEqual(readdirSync(directory), ['root.key'])
  assert.ok(lstatSync(link).isSymbolicLink())
  assert.equal(readFileSync(path, 'utf8'), lineOf(changed.bytes))
  assert.ok(aside.startsWith(`${path}.before-`))
  assert.equal(readFileSync(aside, 'utf8'), lineOf(old.bytes))
  // The other name of the same file has the new root key now, and setting the old one aside must not take that away.
  assert.equal(await linked.setAside(old.envelope.rootKeyId), undefined)
  // A link that leads nowhere is not replaced.
  rmSync(path)
  assert.equal(linked.exists(), false)
  await assert.rejects(protectedBySample(linked), /The root key cannot be written to/)
})

describe('a file that is mounted alone', () => {
  // The child works in a mount namespace of its own, in which the file is a mount point.
  const inNamespace = (script: string) =>
    spawnSync('unshare', ['-Urm', 'sh', '-ec', script, process.execPath], { encoding: 'utf8' })
  const why = inNamespace('file=$(mktemp); mount --bind $file $file; umount $file; rm $file')
  const skip = why.status === 0 ? false : `needs unshare and mount --bind: ${why.stderr ?? why.error}`
  const imports = `
    import { fileProvider } from ${JSON.stringify(join(import.meta.dirname, 'file-provider.ts'))}
    import { protectedBySample } from ${JSON.stringify(join(import.meta.dirname, 'samples.test.ts'))}
    const [, path, directory, text] = process.argv
    const provider = fileProvider(path, directory)
    const envelope = JSON.parse(text)
  `
  const run = (lines: string, envelope: unknown) => {
    const args = [path, directory, JSON.stringify(envelope)].map(word => `'${word}'`).join(' ')
    const program = `"$0" --input-type=module -e '${imports}${lines}' -- ${args}`
    const { status, stdout, stderr } = inNamespace(`mount --bind '${path}' '${path}'\n${program}`)
    assert.equal(status, 0, stderr)
    return stdout
  }

  test('is not changed: the commit would come before the file can be put aside', { skip }, async () => {
    const { envelope } = await protectedBySample(provider)
    const said = run(
      'await provider.protect(Buffer.alloc(32, 1), {}, envelope).catch(e => console.log(e.message))',
      envelope,
    )
    assert.match(said, /The root key .*key cannot be put aside for a new one: .*mount its directory/)
    assert.deepEqual(readdirSync(join(path, '..')), ['key'])
  })

  test('keeps a new root key that was committed, and opens', { skip }, async () => {
    const old = await protectedBySample(provider)
    const { envelope, bytes } = await protectedBySample(provider, undefined, old.envelope)
    const said = run(
      `await provider.completeChange(envelope).catch(e => console.log(e.message))
      console.log((await provider.recover(envelope, {})).toString("hex"))`,
      envelope,
    )
    assert.match(said, /root key .* cannot be put aside/)
    assert.ok(said.includes(bytes.toString('hex')))
    await provider.completeChange(envelope)
    assert.equal(readFileSync(path, 'utf8'), lineOf(bytes))
  })
})

test('a directory below a file is refused with a text', async () => {
  await protectedBySample(provider)
  const below = fileProvider(join(path, 'below'), directory)
  await assert.rejects(protectedBySample(below), error => {
    assert.ok(error instanceof OperatorError)
    assert.match(error.message, /^The root key cannot be written to .*ENOTDIR/)
    return true
  })
  mkdirSync(join(directory, 'folder'))
  const folder = fileProvider(join(directory, 'folder'), directory)
  await assert.rejects(protectedBySample(folder), /root key cannot be read from .*it is not a regular file/)
})
