import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { assertOneLine, command, operate, statusOf } from '../../fixtures/castle/operator-command.ts'
import { callSigned } from '../../fixtures/clients.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { started } from '../../fixtures/keyward-process.ts'
import { freeBytes, SmallDisk } from '../../fixtures/small-disk.ts'

// keyward operator rekey on a disk that is full: the new root key is in use, or the old one is and an error says why.

const disk = new SmallDisk('rekey on a full disk', { file: import.meta.filename, size: '24m' })

const start = (t: TestContext, dataDirectory: string, setting: string) =>
  started(t, { dataDirectory, flags: ['--root-key', setting] })

/** A server with its root key in a file, and a ciphertext of it. */
async function serverWithKey(t: TestContext) {
  const dataDirectory = disk.directory(t)
  const keyward = await start(t, dataDirectory, 'file:root.key')
  const { json } = await callSigned(keyward, 'CreateKey', '{}')
  const { KeyId } = json['KeyMetadata'] as { KeyId: string }
  const encrypted = await callSigned(keyward, 'Encrypt', JSON.stringify({ KeyId, Plaintext: 'c2VjcmV0' }))
  return { keyward, dataDirectory, ciphertext: encrypted.json['CiphertextBlob'] }
}

async function decrypts(keyward: KeywardProcess, CiphertextBlob: unknown): Promise<void> {
  const { status, text, json } = await callSigned(keyward, 'Decrypt', JSON.stringify({ CiphertextBlob }))
  assert.deepEqual([status, json['Plaintext']], [200, 'c2VjcmV0'], text)
}

const rootKeysIn = (dataDirectory: string) =>
  readdirSync(dataDirectory).filter(name => name.startsWith('root.key'))

/** Begins to split the root key, and returns the new shares. */
async function beginShares(keyward: KeywardProcess): Promise<string[]> {
  const begun = await command(keyward, 'rekey', { to: 'shares:', shares: 2, threshold: 2, given: 0 })
  return (begun as { shares: string[] }).shares
}

for (const space of freeBytes) {
  disk.test(`from a file to a file, with ${space} bytes`, async t => {
    const { keyward, dataDirectory, ciphertext } = await serverWithKey(t)
    const { rootKeyId } = await statusOf(keyward)
    disk.fill(space)
    const tried = await operate(dataDirectory, 'rekey')
    const after = await statusOf(keyward)
    if (space === 0 || tried.code !== 0) {
      assertOneLine(tried)
      assert.match(tried.stderr, /ENOSPC|is full/)
      assert.equal(after.rootKeyId, rootKeyId)
      assert.deepEqual(rootKeysIn(dataDirectory), ['root.key'])
    } else assert.notEqual(after.rootKeyId, rootKeyId)
    await keyward.kill()
    disk.free()
    const again = await start(t, dataDirectory, 'file:root.key')
    assert.equal((await statusOf(again)).rootKeyId, after.rootKeyId)
    await command(again, 'rekey', { given: 0 })
    await decrypts(again, ciphertext)
  })

  disk.test(`from a file to shares, with ${space} bytes`, async t => {
    const { keyward, dataDirectory, ciphertext } = await serverWithKey(t)
    const { rootKeyId } = await statusOf(keyward)
    let shares = await beginShares(keyward)
    disk.fill(space)
    // The last share that is needed brings the new root key into use.
    const tried = await operate(dataDirectory, 'rekey --verify', shares)
    if (space === 0 || tried.code !== 0) {
      assertOneLine(tried)
      assert.match(tried.stderr, /is full/)
      const { provider, ...after } = await statusOf(keyward)
      assert.deepEqual([provider, after.rootKeyId], ['file', rootKeyId])
      assert.deepEqual(rootKeysIn(dataDirectory), ['root.key'])
      disk.free()
      // The server needs a moment until its log writes again.
      await callUntilServed(keyward)
      shares = await beginShares(keyward)
      for (const share of shares) await command(keyward, 'rekey-verify', {}, [share])
    }
    disk.free()
    await keyward.kill()
    const again = await start(t, dataDirectory, 'shares:')
    for (const share of shares) await command(again, 'unseal', {}, [share])
    await decrypts(again, ciphertext)
  })
}

async function callUntilServed(keyward: KeywardProcess): Promise<void> {
  for (const giveUpAt = Date.now() + 10_000; ; ) {
    if ((await callSigned(keyward, 'ListKeys', '{}')).status === 200) return
    assert.ok(Date.now() < giveUpAt, 'it does not serve')
  }
}
