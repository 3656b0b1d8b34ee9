import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { base64, TestCaller } from '../../fixtures/caller.ts'
import { checkout, type KeywardProcess } from '../../fixtures/keyward-process.ts'
import { credentialsOf, duringSeed } from '../../fixtures/seed.ts'
import { callerOf, fullSeed, keyArn, keyId, keyPolicy, otherId, startSeeded, stateOf } from './full-seed.ts'
import { decrypts, encrypt, environment, europe, metadataOf } from './seeded-keys.ts'

// A server that starts with a seed file has what the file describes.

describe('a seeded server', () => {
  let keyward: KeywardProcess
  let alice: TestCaller
  before(async () => {
    keyward = await startSeeded(fullSeed)
    alice = callerOf(keyward, 'alice')
  })
  after(() => keyward.stop())

  test('has the keys as the seed describes them', async () => {
    const { metadata, Tags = [], Policy, targets } = await stateOf(alice)
    assert.equal(metadata?.Arn, keyArn)
    assert.equal(metadata.Description, 'orders')
    assert.equal(metadata.KeyState, 'Enabled')
    const tags = Object.fromEntries(Tags.map(({ TagKey, TagValue }) => [TagKey, TagValue]))
    assert.deepEqual(tags, { team: 'blue', empty: '' })
    assert.equal(Policy, keyPolicy)
    assert.deepEqual(targets, { 'alias/orders': keyId, 'alias/bills': keyId })
    const { KeyMetadata } = await alice.sdk.describeKey({ KeyId: otherId })
    assert.equal(KeyMetadata?.KeyState, 'Disabled')
    assert.match(
      (await alice.sdk.getKeyPolicy({ KeyId: otherId })).Policy ?? '',
      /Enable IAM User Permissions/,
    )
  })

  test('has the root user, which needs no user policies', async () => {
    const root = callerOf(keyward, 'root')
    assert.equal((await root.sdk.listKeys({})).Keys?.length, 2)
    const text =
      /^User: arn:aws:iam::111122223333:root is not authorized to perform: kms:DescribeKey on resource: /
    const foreign = { KeyId: `arn:aws:kms:us-east-1:000000000042:key/${keyId}` }
    await root.isRefused('DescribeKey', foreign, 'AccessDeniedException', text)
  })

  test('accepts temporary credentials only with their session token, and until they expire', async () => {
    const temporary = { accessKeyId: 'ASIAALICE00000000000', secretAccessKey: 'temporary' }
    const withToken = (sessionToken?: string) =>
      new TestCaller(keyward, {
        credentials: sessionToken === undefined ? temporary : { ...temporary, sessionToken },
      })
    await withToken('a-token').sdk.listKeys({})
    const invalid = 'The security token included in the request is invalid.'
    for (const token of [undefined, 'A-token', 'a-token2', 'old-token']) {
      await withToken(token).isRefused('ListKeys', {}, 'UnrecognizedClientException', invalid)
    }
    const over = { accessKeyId: 'ASIAEXPIRED000000000', secretAccessKey: 'over', sessionToken: 'old-token' }
    const expired = 'The security token included in the request is expired'
    await new TestCaller(keyward, { credentials: over }).isRefused(
      'ListKeys',
      {},
      'ExpiredTokenException',
      expired,
    )
    const lasting = { ...credentialsOf('alice'), sessionToken: 'a-token' }
    const caller = new TestCaller(keyward, { credentials: lasting })
    await caller.isRefused('ListKeys', {}, 'UnrecognizedClientException', invalid)
  })

  test('also has the administrator of its first start', async () => {
    await new TestCaller(keyward).sdk.createKey({})
  })

  test('has the same key material, so that another server with the seed decrypts its ciphertexts', async () => {
    const EncryptionContext = { order: '7' }
    const input = { KeyId: 'alias/orders', Plaintext: base64('secret'), EncryptionContext }
    const { CiphertextBlob } = await alice.answer('Encrypt', input)
    const other = await startSeeded(fullSeed)
    try {
      const stranger = callerOf(other, 'alice')
      const answer = await stranger.answer('Decrypt', { CiphertextBlob, EncryptionContext })
      assert.equal(answer['Plaintext'], base64('secret'))
      assert.equal(answer['KeyId'], keyArn)
      const { KeyMetadata } = await alice.sdk.describeKey({ KeyId: keyId })
      assert.equal(answer['KeyMaterialId'], KeyMetadata?.CurrentKeyMaterialId)

      // Without material in the seed each server makes its own, and neither decrypts what the other encrypted.
      for (const caller of [alice, stranger]) await caller.sdk.enableKey({ KeyId: otherId })
      const { CiphertextBlob: foreign } = await alice.answer('Encrypt', { ...input, KeyId: otherId })
      const { status, json } = await stranger.call('Decrypt', { CiphertextBlob: foreign, EncryptionContext })
      assert.equal(status, 400)
      assert.equal('Plaintext' in json, false)
    } finally {
      await other.stop()
    }
  })

  test('has the key material that the same bytes in PEM give', async () => {
    const material = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
    const pem = `|\n          -----BEGIN AES KEY-----\n          ${material}\n          -----END AES KEY-----`
    const wrapped = await startSeeded(fullSeed.replace(material, pem))
    try {
      const ids = [keyward, wrapped].map(async server => {
        const { KeyMetadata } = await callerOf(server, 'alice').sdk.describeKey({ KeyId: keyId })
        return KeyMetadata?.CurrentKeyMaterialId
      })
      const [bareId, wrappedId] = await Promise.all(ids)
      assert.match(bareId ?? '', /^[0-9a-f]{64}$/)
      assert.equal(wrappedId, bareId)
    } finally {
      await wrapped.stop()
    }
  })
})

test('the example of docs/seed.md is a valid seed', async () => {
  const docs = readFileSync(join(checkout, 'docs/seed.md'), 'utf8')
  const example = /```yaml\n(.*?)```/s.exec(docs)?.[1]
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  await duringSeed(example, { environment }, async server => {
    const { sdk } = new TestCaller(server, { credentials })
    const { Keys = [] } = await sdk.listKeys({})
    assert.equal(Keys.length, 6)
    const near = new TestCaller(server, { credentials, region: europe }).sdk
    await decrypts(near, await encrypt(sdk, 'alias/everywhere'))
    for (const alias of ['alias/orders', 'alias/rotated', 'alias/imported']) {
      await decrypts(sdk, await encrypt(sdk, alias))
    }
    assert.equal((await metadataOf(sdk, 'alias/signer')).KeySpec, 'ECC_NIST_P256')
    const { Grants = [] } = await sdk.listGrants({ KeyId: '1234abcd-12ab-34cd-56ef-1234567890ab' })
    assert.deepEqual(
      Grants.map(({ Name }) => Name),
      ['reports'],
    )
  })
})
