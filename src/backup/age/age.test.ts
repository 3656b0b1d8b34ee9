import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { Decrypter, Encrypter } from 'age-encryption'
import {
  type AgeKeys,
  ageIsMissing,
  makeAgeKeys,
  runAge,
  writeIdentity,
} from '../../../test/fixtures/castle/age.ts'
import { OperatorError } from '../../std/index.ts'
import { BackupDamaged } from '../problems.ts'
import { readAge } from './age-reader.ts'
import { AgeWriter } from './age-writer.ts'
import { readIdentities } from './identities.ts'
import { checkRecipients } from './recipients.ts'
import { ChunkSealer, payloadKey } from './stream.ts'

const chunk = 64 * 1024
/** The ends of payloads around the ends of chunks. */
const sizes = [0, 1, chunk - 1, chunk, chunk + 1, 17 * chunk, 40 * chunk + 5]
const directory = mkdtempSync(join(tmpdir(), 'keyward-age-'))

let classical: AgeKeys
let hybrid: AgeKeys
before(async () => {
  classical = await makeAgeKeys()
  hybrid = await makeAgeKeys('hybrid')
})

async function encrypt(plaintext: Buffer, recipients: readonly string[], step = 100_000): Promise<Buffer> {
  const parts: Buffer[] = []
  const writer = await AgeWriter.open(recipients, async bytes => void parts.push(Buffer.from(bytes)))
  for (let at = 0; at < plaintext.length; at += step) await writer.write(plaintext.subarray(at, at + step))
  await writer.end()
  return Buffer.concat(parts)
}

async function decrypt(file: Buffer, identities: readonly string[], step = 50_000): Promise<Buffer> {
  async function* parts() {
    for (let at = 0; at < file.length; at += step) yield file.subarray(at, at + step)
  }
  const opened: Buffer[] = []
  for await (const part of readAge(parts(), identities)) opened.push(part)
  return Buffer.concat(opened)
}

async function typageDecrypt(file: Buffer, identity: string): Promise<Buffer> {
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  return Buffer.from(await decrypter.decrypt(file))
}

async function typageEncrypt(plaintext: Buffer, recipients: readonly string[]): Promise<Buffer> {
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  return Buffer.from(await encrypter.encrypt(plaintext))
}

for (const size of sizes)
  test(`the age library and Keyward open each other's payloads of ${size} bytes`, async () => {
    const plaintext = randomBytes(size)
    for (const keys of [classical, hybrid]) {
      const ours = await encrypt(plaintext, [keys.recipient])
      assert.ok((await typageDecrypt(ours, keys.identity)).equals(plaintext))
      const theirs = await typageEncrypt(plaintext, [keys.recipient])
      assert.equal(theirs.length, ours.length)
      assert.ok((await decrypt(theirs, [keys.identity])).equals(plaintext))
    }
  })

test('the age command opens what Keyward encrypts', { skip: ageIsMissing }, async () => {
  for (const keys of [classical, hybrid]) {
    const path = writeIdentity(directory, keys)
    for (const size of sizes) {
      const plaintext = randomBytes(size)
      const opened = runAge('age', ['-d', '-i', path], await encrypt(plaintext, [keys.recipient]))
      assert.ok(opened.equals(plaintext), `${size} bytes`)
    }
  }
})

test('Keyward opens what the age command encrypts, with identities of age-keygen', {
  skip: ageIsMissing,
}, async () => {
  for (const args of [[], ['-pq']]) {
    const path = join(directory, `made${args.length}.txt`)
    const text = runAge('age-keygen', args, Buffer.alloc(0)).toString()
    writeFileSync(path, text)
    const recipient = /public key: (\S+)/.exec(text)?.[1] ?? ''
    await checkRecipients([recipient])
    for (const size of sizes) {
      const plaintext = randomBytes(size)
      const file = runAge('age', ['-r', recipient], plaintext)
      assert.ok((await decrypt(file, readIdentities(path))).equals(plaintext), `${size} bytes`)
    }
  }
})

test('each of several recipients opens a file, and anyone else is refused', async () => {
  const other = await makeAgeKeys()
  const file = await encrypt(Buffer.from('secret'), [classical.recipient, other.recipient])
  for (const { identity } of [classical, other])
    assert.equal((await decrypt(file, [hybrid.identity, identity])).toString(), 'secret')
  await assert.rejects(
    decrypt(file, [(await makeAgeKeys()).identity]),
    (error: Error) => !(error instanceof BackupDamaged) && /does not open the backup/.test(error.message),
  )
})

test('a changed bit anywhere is noticed', async () => {
  const file = await encrypt(randomBytes(2 * chunk + 100), [classical.recipient])
  const headerLength = file.indexOf('\n', file.indexOf('\n--- ') + 1) + 1
  const places = [
    ...Array.from({ length: headerLength }, (_, at) => at),
    ...[headerLength, headerLength + 15, headerLength + 16, headerLength + 16 + chunk + 15, file.length - 1],
    headerLength + 16 + chunk + 16,
  ]
  for (const at of places) {
    const changed = Buffer.from(file)
    changed[at] = (changed[at] ?? 0) ^ 1
    await assert.rejects(decrypt(changed, [classical.identity]), OperatorError, `byte ${at}`)
  }
})

test('a file that is cut off anywhere, also between chunks, is damaged', async () => {
  const file = await encrypt(randomBytes(2 * chunk), [classical.recipient])
  const payload = file.length - 2 * (chunk + 16)
  for (const length of [0, 10, payload - 17, payload - 1, payload, payload + 15, payload + 16, payload + 99])
    await assert.rejects(decrypt(file.subarray(0, length), [classical.identity]), BackupDamaged, `${length}`)
  for (const length of [payload + chunk + 16, payload + chunk + 17, file.length - 1])
    await assert.rejects(decrypt(file.subarray(0, length), [classical.identity]), /its end is missing/)
})

test('chunks that are swapped or repeated, and bytes after the end, are damage', async () => {
  const file = await encrypt(randomBytes(3 * chunk), [classical.recipient])
  const sealed = chunk + 16
  const head = file.subarray(0, file.length - 3 * sealed)
  const [first, second, third] = [0, 1, 2].map(number =>
    file.subarray(head.length + number * sealed, head.length + (number + 1) * sealed),
  ) as [Buffer, Buffer, Buffer]
  for (const parts of [
    [second, first, third],
    [first, second, second, third],
    [first, second, third, third],
    [first, second, third, Buffer.of(0)],
    [first, second, third, Buffer.alloc(16)],
  ])
    await assert.rejects(decrypt(Buffer.concat([head, ...parts]), [classical.identity]), BackupDamaged)
})

test('an empty last chunk after others is damage (c2sp.org/age: only an empty payload has one)', async () => {
  let fileKey = new Uint8Array(0)
  const encrypter = new Encrypter()
  encrypter.addRecipient(classical.recipient)
  encrypter.addRecipient({
    wrapFileKey(key) {
      fileKey = Uint8Array.from(key)
      return []
    },
  })
  const file = Buffer.from(await encrypter.encrypt(new Uint8Array(0)))
  const [header, nonce] = [file.subarray(0, -32), file.subarray(-32, -16)]
  const sealer = new ChunkSealer(payloadKey(fileKey, nonce))
  const first = sealer.seal(randomBytes(chunk), false)
  const forged = Buffer.concat([header, nonce, ...first, ...sealer.seal(Buffer.alloc(0), true)])
  await assert.rejects(typageDecrypt(forged, classical.identity))
  await assert.rejects(decrypt(forged, [classical.identity]), BackupDamaged)
})

test('recipients that are none, mixed, misspelled or identities are refused', async () => {
  const { recipient } = classical
  await checkRecipients([recipient, (await makeAgeKeys()).recipient])
  await checkRecipients([hybrid.recipient])
  await assert.rejects(checkRecipients([]), /needs a recipient/)
  await assert.rejects(checkRecipients([recipient, hybrid.recipient]), /cannot be mixed/)
  const misspelled = `${recipient.slice(0, -1)}${recipient.endsWith('q') ? 'p' : 'q'}`
  for (const wrong of [misspelled, recipient.toUpperCase(), 'ssh-ed25519 AAAA', 'age1', 'age1tag1qqqqqq', ''])
    await assert.rejects(checkRecipients([wrong]), /is not a public key of age-keygen/)
  await assert.rejects(
    checkRecipients([classical.identity]),
    (error: Error) =>
      /is the identity itself/.test(error.message) && !error.message.includes(classical.identity.slice(20)),
  )
})

test('the age command refuses the same mixture of recipients', { skip: ageIsMissing }, () => {
  const args = ['-r', classical.recipient, '-r', hybrid.recipient]
  assert.throws(() => runAge('age', args, Buffer.from('x')), /incompatible recipients/)
})

test('identity files with comments are read, and others are refused without their text', () => {
  const path = join(directory, 'several.txt')
  const read = (text: string) => {
    writeFileSync(path, text)
    return readIdentities(path)
  }
  const both = `# first\n\n${classical.identity}\r\n  ${hybrid.identity}`
  assert.deepEqual(read(both), [classical.identity, hybrid.identity])
  assert.throws(() => read('# nothing\n'), /has no identity/)
  assert.throws(() => read('age-encryption.org/v1\n-> scrypt a 18\n'), /encrypted with a passphrase/)
  assert.throws(() => read('-----BEGIN AGE ENCRYPTED FILE-----\n'), /encrypted with a passphrase/)
  assert.throws(() => read(`${'#'.repeat(70_000)}\n${classical.identity}\n`), /too large/)
  assert.throws(
    () => read(`# a\n${classical.identity}\n${classical.identity}X\n`),
    (error: Error) => /^Line 3 of /.test(error.message) && !error.message.includes(classical.identity),
  )
  assert.throws(() => readIdentities(join(directory, 'missing.txt')), /cannot be read/)
})
