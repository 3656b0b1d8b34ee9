import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { temporaryDirectory } from '../../../../test/fixtures/keyward-process.ts'
import { parseRootKeySetting, type RootKeyEnvelope, renderEnvelope } from '../../../hsm/index.ts'
import { openSqliteStore } from '../../../store/index.ts'
import { loadConfig } from '../../config/config.ts'
import { DataDirectory } from '../data-directory.ts'
import { findKeeper, makeProvider, reachingFor } from './keeper.ts'

const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
// The endpoint of AWS KMS in a Region (AWS General Reference, "AWS KMS endpoints and quotas").
const host = 'kms.eu-west-1.amazonaws.com'
const envelope: RootKeyEnvelope = {
  ...{ v: 1, kind: 'kms', keyArn, rootKeyId: '1234abcd-12ab-84cd-96ef-1234567890ab' },
  ciphertext: Buffer.alloc(100).toString('base64'),
}
const notAsked = new RegExp(
  `^The root key cannot be fetched from https://${host}: ${host} is not in the setting`,
)

/** The keeper of a database that names a KMS, as a start with these settings finds it. */
async function keeperOf(t: TestContext, environment: Readonly<Record<string, string>> = {}) {
  const directory = new DataDirectory(temporaryDirectory())
  const locked = await openSqliteStore(directory.database)
  t.after(() => locked.close())
  await locked.rootKeys.put(renderEnvelope(envelope))
  const config = loadConfig({ 'data-dir': directory.path }, environment)
  return { config, directory, keeper: await findKeeper({ config }, { directory, locked }) }
}

test('a KMS that only the database names is not asked', async t => {
  const { keeper } = await keeperOf(t)
  assert.equal(keeper.provider.kind, 'kms')
  await assert.rejects(keeper.provider.recover(envelope, {}), { message: notAsked })
})

test('a KMS that the operator names is asked, unless the setting of connections leaves it out', async t => {
  const named = await keeperOf(t, { KEYWARD_ROOT_KEY: `kms:${keyArn}` })
  assert.equal(named.config.outbound.problemOf(host), undefined)
  const setting = parseRootKeySetting(`kms:${keyArn}`)
  const { config, directory } = await keeperOf(t)
  assert.equal(reachingFor(config, setting).outbound.problemOf(host), undefined)
  const closed = loadConfig({ 'data-dir': directory.path }, { KEYWARD_OUTBOUND: '192.0.2.1' })
  const provider = makeProvider(reachingFor(closed, setting), setting, directory.path, undefined)
  await assert.rejects(provider.recover(envelope, {}), { message: notAsked })
})
