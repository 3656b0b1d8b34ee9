import assert from 'node:assert/strict'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { DecryptCommand } from '@aws-sdk/client-kms'
import { kmsClient } from '../fixtures/clients.ts'
import {
  type KeywardProcess,
  runKeyward,
  startKeyward,
  temporaryDirectory,
} from '../fixtures/keyward-process.ts'
import { refusedStart } from '../fixtures/refused-start.ts'
import { copyDatabase, verify } from '../fixtures/stopped-database.ts'

async function start(t: TestContext, dataDirectory: string): Promise<KeywardProcess> {
  const server = await startKeyward({ dataDirectory })
  t.after(() => server.kill())
  return server
}

/** A data directory that Keyward made at commit 107fbef, before rows had MACs. */
const facts = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/before-macs/facts.json'), 'utf8'),
) as { keyId: string; ciphertext: string; ann: { accessKeyId: string; secret: string } }

function oldDataDirectory(): string {
  const dataDirectory = temporaryDirectory()
  const source = join(import.meta.dirname, '../fixtures/before-macs')
  for (const name of ['root.key', 'credentials']) {
    writeFileSync(join(dataDirectory, name), readFileSync(join(source, name)), { mode: 0o600 })
  }
  writeFileSync(join(dataDirectory, 'keyward.db'), gunzipSync(readFileSync(join(source, 'keyward.db.gz'))))
  return dataDirectory
}

test('a data directory from before MACs is upgraded once, and its users and keys work', async t => {
  const dataDirectory = oldDataDirectory()
  assert.match((await verify({ dataDirectory })).stderr, /The rows of the database have no MACs yet/)
  const first = await start(t, dataDirectory)
  assert.match(first.stderr(), /the rows of the database are authenticated from now on/)
  const { accessKeyId, secret } = facts.ann
  const credentials = { accessKeyId, secretAccessKey: secret }
  const decrypt = new DecryptCommand({ CiphertextBlob: Buffer.from(facts.ciphertext, 'base64') })
  for (const kms of [kmsClient(first), kmsClient(first, { credentials })]) {
    const { Plaintext } = await kms.send(decrypt)
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'kept')
  }
  await first.stop()
  assert.equal((await verify(first)).code, 0)
  const second = await start(t, dataDirectory)
  assert.doesNotMatch(second.stderr(), /authenticated from now on/)
  await second.stop()
})

test('a database from before MACs in place of one with MACs is refused', async t => {
  const dataDirectory = oldDataDirectory()
  const before = temporaryDirectory()
  copyDatabase(dataDirectory, before)
  const first = await start(t, dataDirectory)
  await first.stop()
  copyDatabase(before, dataDirectory)
  assert.match(await refusedStart({ dataDirectory }), /The rows of the database have no MACs yet/)
  truncateSync(join(dataDirectory, 'keyward.lock'))
  const accepted = await runKeyward(['accept-restore', '--data-dir', dataDirectory])
  assert.equal(accepted.code, 0, accepted.stderr)
  const second = await start(t, dataDirectory)
  await second.stop()
})
