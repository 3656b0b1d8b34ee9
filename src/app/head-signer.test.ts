import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTestStore, testKeys } from '../../test/fixtures/test-store.ts'
import { systemClock } from '../std/index.ts'
import { DataDirectory } from './parts/data-directory.ts'
import { StoredHeadSigner } from './parts/head-signer.ts'

test('heads are signed with the same key after its domain key is destroyed', async t => {
  const path = mkdtempSync(join(tmpdir(), 'keyward-signer-'))
  const { hsm, rootKey, domainKeys } = testKeys
  const directory = new DataDirectory(path)
  const store = await openTestStore(directory.database)
  t.after(async () => {
    await store.close()
    rmSync(path, { recursive: true })
  })
  const [accountId, region] = ['000000000000', 'us-east-1']
  await store.write(writer => writer.accounts.insert(accountId, 1))
  const signer = new StoredHeadSigner({ store, hsm, clock: systemClock, directory, accountId, region })
  const first = await signer.sign('first head')

  const change = hsm.ring.rotate(rootKey, domainKeys, [region], 1)
  change.apply()
  const [retired = ''] = change.put.map(({ domainKeyId }) => domainKeyId)
  await store.write(async writer => {
    let place = await writer.rewraps.begin({ startedAt: 1, domains: [region], retiringIds: [retired] })
    while (place.table !== '') place = await writer.rewraps.step(place, 10)
  })
  const stored = [...domainKeys.filter(({ domain }) => domain !== region), ...change.put]
  hsm.ring.destroy(rootKey, stored, retired).apply()
  hsm.ring.forget(retired)
  const [key] = await store.reader.signingKeys.list('head', region)
  hsm.forget({ accountId, region }, key?.keyId ?? '')

  const second = await signer.sign('second head')
  assert.equal(second.key, first.key)
  const publicKey = createPublicKey(readFileSync(directory.auditHeadKeys))
  assert.ok(verify(null, Buffer.from('first head'), publicKey, first.signature))
  assert.ok(verify(null, Buffer.from('second head'), publicKey, second.signature))
})
