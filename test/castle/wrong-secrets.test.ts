import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { assertDone, backUp, contentsOf, makeVault, restore } from '../fixtures/castle/backups.ts'
import { copyOf, stoppedDirectory } from '../fixtures/castle/doctor.ts'
import { assertOneLine, command, operate, statusOf } from '../fixtures/castle/operator-command.ts'
import { callSigned } from '../fixtures/clients.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  runKeyward,
  started,
  temporaryDirectory,
} from '../fixtures/keyward-process.ts'
import { refusedStart } from '../fixtures/refused-start.ts'

// Wrong secrets for a root key: one line that says what is wrong, and a data directory in which no byte has changed.

const passphrase = 'correct horse battery staple'

/** The digests of the files of a data directory, without the audit log, which seals its own lines meanwhile. */
function filesOf(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.filter(name => statSync(join(directory, name)).isFile() && !name.startsWith('audit'))
  return Object.fromEntries(
    files.map(name => [
      name,
      createHash('sha256')
        .update(readFileSync(join(directory, name)))
        .digest('hex'),
    ]),
  )
}

/** Asserts that the server refuses these lines one by one, stays sealed, and changes none of its files. */
async function stayClosed(keyward: KeywardProcess, wrong: Readonly<Record<string, RegExp>>): Promise<void> {
  const { dataDirectory } = keyward
  const before = [filesOf(dataDirectory), readAuditRecords(dataDirectory)]
  for (const [line, message] of Object.entries(wrong)) {
    const end = await operate(dataDirectory, 'unseal', [line])
    assertOneLine(end)
    assert.match(end.stderr, message)
    // An error shows nothing of a secret.
    assert.ok(end.stderr.length < 400 && !end.stderr.includes(line))
  }
  assert.equal((await statusOf(keyward)).state, 'sealed')
  assert.deepEqual([filesOf(dataDirectory), readAuditRecords(dataDirectory)], before)
}

/** A share with one bit changed, and with the last part that fits to it. */
function changeBit(share: string): string {
  const parts = share.split(':')
  const bytes = Buffer.from(parts[4] ?? '', 'base64url')
  bytes[0] = (bytes[0] ?? 0) ^ 1
  const text = [...parts.slice(0, 4), bytes.toString('base64url')].join(':')
  return `${text}:${createHash('sha256').update(text).digest('hex').slice(0, 8)}`
}

/** Makes a sealed server whose root key has three shares, all of which open it. */
async function serverWithShares(t: TestContext): Promise<{ keyward: KeywardProcess; shares: string[] }> {
  const keyward = await started(t, { flags: ['--root-key', 'shares:'] })
  const made = (await command(keyward, 'init', { shares: 3, threshold: 3 })) as { shares: string[] }
  return { keyward, shares: made.shares }
}

test('wrong shares open nothing, and neither do two of three', async t => {
  const { keyward, shares } = await serverWithShares(t)
  const [one = '', two = '', three = ''] = shares
  const { shares: others } = await serverWithShares(t)
  const changed = changeBit(three)
  assert.notEqual(changed, three)
  for (const [have, given] of [[0], [1, one], [2, two]] as const) {
    if (given !== undefined) await command(keyward, 'unseal', {}, [given])
    await stayClosed(keyward, {
      [changed]: new RegExp(`Share 3 is not one of the shares that were made.* ${have} of 3 shares`),
      [others[2] ?? '']: /The share is one of quorum [0-9a-f]{16}, and the root key needs shares of quorum/,
      [`${three.slice(0, -1)}${three.endsWith('0') ? '1' : '0'}`]: /The share has a typing error/,
      [`keyward-share-v1:${'a'.repeat(3000)}`]: /This is not a share/,
      ['keyward-share-v1:'.repeat(100_000)]: /at most 4096 bytes/,
      ...(given === undefined ? {} : { [given]: new RegExp(`was given already: ${have} of 3 shares`) }),
    })
    assert.deepEqual((await statusOf(keyward)).shares, { have, need: 3 })
    assert.equal((await callSigned(keyward, 'ListKeys', '{}', anyCredentials)).status, 500)
  }
  await command(keyward, 'unseal', {}, [three])
  assert.equal((await statusOf(keyward)).state, 'open')
})

const anyCredentials = {
  credentials: {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  },
}

test('a wrong passphrase opens nothing', async t => {
  const first = await started(t, { flags: ['--root-key', 'passphrase:'] })
  await command(first, 'init', {}, [passphrase])
  assert.equal(await first.stop(), 0)
  const keyward = await started(t, {
    dataDirectory: first.dataDirectory,
    flags: ['--root-key', 'passphrase:'],
  })
  await stayClosed(keyward, {
    'correct horse battery stable': /The passphrase is wrong/,
    x: /passphrase/,
    [' '.repeat(1000)]: /passphrase/,
    ['x'.repeat(2000)]: /passphrase/,
    ['x'.repeat(10_000_000)]: /at most 4096 bytes/,
  })
  await command(keyward, 'unseal', {}, [passphrase])
})

test('a data directory without its root key, or with an empty or different one, opens nothing', async () => {
  const whole = await stoppedDirectory()
  const other = await stoppedDirectory()
  const rootKeys: Readonly<Record<string, (path: string) => void>> = {
    'is missing': path => rmSync(path),
    'is not a Keyward root key': path => writeFileSync(path, ''),
    'root key': path => cpSync(join(other, 'root.key'), path),
  }
  for (const [message, spoil] of Object.entries(rootKeys)) {
    const directory = copyOf(whole)
    spoil(join(directory, 'root.key'))
    // SQLite makes its files when somebody reads the database, and the lock is empty.
    const before = databaseOf(directory)
    assert.match(await refusedStart({ dataDirectory: directory }), new RegExp(message))
    const verified = await runKeyward(['verify', '--data-dir', directory])
    assertOneLine(verified)
    assert.match(verified.stderr, new RegExp(message))
    assert.deepEqual(databaseOf(directory), before)
  }
})

const databaseOf = (directory: string) =>
  Object.entries(contentsOf(directory)).filter(([name]) => !/^keyward\.(db-|lock)|^audit-index/.test(name))

test('an identity file that is empty or huge is refused before a restore changes anything', async () => {
  const vault = await makeVault()
  const made = await backUp(vault, await stoppedDirectory())
  assertDone(made)
  const directory = temporaryDirectory()
  const identityPath = join(temporaryDirectory(), 'identity.txt')
  for (const text of ['', '# no identity\n', 'AGE-SECRET-KEY-1\n', 'x'.repeat(10_000_000)]) {
    writeFileSync(identityPath, text)
    const end = await restore({ ...vault, identityPath }, made.path, directory)
    assertOneLine(end)
    assert.match(end.stderr, /identity/i)
    assert.deepEqual(readdirSync(directory), [])
  }
})
