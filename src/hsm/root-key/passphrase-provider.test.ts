import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { OperatorError } from '../../std/index.ts'
import type { PassphraseEnvelope, RootKeyEnvelope } from './envelope.ts'
import { passphraseProvider } from './passphrase-provider.ts'
import { failsWith, isWiped, protectedBySample } from './samples.test.ts'

const passphrase = 'correct horse battery staple'
const asked = passphraseProvider(undefined)
const recover = (envelope: RootKeyEnvelope, text: string) =>
  asked.recover(envelope, { passphrase: Buffer.from(text) })

test('a passphrase opens the root key at the cost of RFC 9106, and each use wipes it', async () => {
  const { envelope, bytes } = await protectedBySample(asked, passphrase)
  const { memoryKiB, passes, lanes, kdf } = envelope as PassphraseEnvelope
  // The second recommended option of RFC 9106, section 4.
  assert.deepEqual(
    { kdf, memoryKiB, passes, lanes },
    { kdf: 'argon2id', memoryKiB: 65_536, passes: 3, lanes: 4 },
  )
  const given = { passphrase: Buffer.from(passphrase), shares: [Buffer.alloc(33, 1)] }
  assert.deepEqual(await asked.recover(envelope, given), bytes)
  for (const secret of [given.passphrase, ...given.shares]) isWiped(secret)
  // The line end of a terminal or of a file is not part of it; other white space is.
  for (const end of ['\n', '\r\n']) assert.deepEqual(await recover(envelope, passphrase + end), bytes)
  await failsWith(recover(envelope, `${passphrase} `), 'WrongPassphrase')
})

test('a wrong passphrase is refused, and wiped', async () => {
  const { envelope } = await protectedBySample(asked, passphrase)
  const given = { passphrase: Buffer.from('Correct horse battery staple') }
  await failsWith(asked.recover(envelope, given), 'WrongPassphrase', /wrong/)
  isWiped(given.passphrase)
  for (const nothing of ['', '\n']) await failsWith(recover(envelope, nothing), 'NothingGiven')
  await failsWith(asked.recover(envelope, {}), 'NothingGiven')
  await assert.rejects(recover(envelope, 'x'.repeat(1025)), OperatorError)
})

test('a record in which one member was changed does not open', async () => {
  const { envelope } = await protectedBySample(asked, passphrase)
  const { rootKeyId, salt, wrapped } = envelope as PassphraseEnvelope
  const changes: Partial<PassphraseEnvelope>[] = [
    { memoryKiB: 65_528 },
    { passes: 2 },
    { lanes: 1 },
    { salt: Buffer.from(salt, 'base64').fill(1, 0, 1).toString('base64') },
    { rootKeyId: rootKeyId.replace(/^./, digit => (digit === '0' ? '1' : '0')) },
    { wrapped: Buffer.from(wrapped, 'base64').fill(0, 71).toString('base64') },
  ]
  for (const change of changes)
    await failsWith(
      recover({ ...(envelope as PassphraseEnvelope), ...change }, passphrase),
      'WrongPassphrase',
    )
})

test('a change of passphrase never lowers the cost', async () => {
  const { envelope } = await protectedBySample(asked, passphrase)
  const given = () => ({ passphrase: Buffer.from('another passphrase') })
  const before = { ...(envelope as PassphraseEnvelope), memoryKiB: 70_000, passes: 1, lanes: 5 }
  const { envelope: after } = await asked.protect(Buffer.alloc(32, 9), given(), before)
  const { memoryKiB, passes, lanes } = after as PassphraseEnvelope
  assert.deepEqual({ memoryKiB, passes, lanes }, { memoryKiB: 70_000, passes: 3, lanes: 5 })
  assert.deepEqual(await recover(after, 'another passphrase'), Buffer.alloc(32, 9))
})

test('a new passphrase of fewer than 8 bytes is refused', async () => {
  const given = { passphrase: Buffer.from('seven77') }
  await assert.rejects(asked.protect(Buffer.alloc(32), given), /too short: it must have at least 8/)
  isWiped(given.passphrase)
})

test('only a regular file is read: a pipe without a writer would stop everything', async () => {
  const pipe = join(temporaryDirectory(), 'pipe')
  execFileSync('mkfifo', [pipe])
  for (const path of [pipe, '/dev/zero', temporaryDirectory()])
    await assert.rejects(
      protectedBySample(passphraseProvider(path)),
      /cannot be read from .*it is not a regular file/,
    )
})

test('a passphrase in a file is read at each use', async () => {
  const path = join(temporaryDirectory(), 'passphrase')
  const inFile = passphraseProvider(path)
  assert.deepEqual([inFile.opensItself, asked.opensItself], [true, false])
  writeFileSync(path, `${passphrase}\n`)
  const { envelope, bytes } = await protectedBySample(inFile)
  assert.deepEqual(await inFile.recover(envelope, {}), bytes)
  assert.deepEqual(await recover(envelope, passphrase), bytes)
  writeFileSync(path, '\n')
  await failsWith(inFile.recover(envelope, {}), 'NothingGiven', /no passphrase in/)
  writeFileSync(path, 'x'.repeat(4097))
  await assert.rejects(inFile.recover(envelope, {}), /cannot be read from .*more than 4096 bytes/)
  await assert.rejects(passphraseProvider(`${path}.none`).recover(envelope, {}), /passphrase cannot be read/)
})

test('opening takes little more than one derivation', async () => {
  const { envelope } = await protectedBySample(asked, passphrase)
  const cheap = { ...(envelope as PassphraseEnvelope), memoryKiB: 8, passes: 1, lanes: 1 }
  const median = async (work: () => Promise<unknown>) => {
    const times: number[] = []
    for (let round = 0; round < 9; round++) {
      const begin = process.hrtime.bigint()
      await work().catch(() => undefined)
      times.push(Number(process.hrtime.bigint() - begin) / 1e6)
    }
    return times.sort((a, b) => a - b)[4] as number
  }
  // At the lowest cost a derivation takes no time, so this is all that is done besides it. The issue allows 50 ms.
  const overhead = await median(() => recover(cheap, passphrase))
  assert.ok(overhead < 25, `${overhead} ms`)
})
