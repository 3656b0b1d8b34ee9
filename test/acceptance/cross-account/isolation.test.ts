import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeKey, type TestCaller } from '../../fixtures/caller.ts'
import { here, ours, rootOf, theirs, there, userArn } from '../../fixtures/worlds/two-accounts.ts'
import { absentId, benArn, bobArn, ciphertextText, crossAccountWorld, sharedId } from './world.ts'

// Accounts and Regions do not share keys, aliases, tags or ciphertexts.

const { as, alice, bob } = await crossAccountWorld()

test('the same id and alias name a different key in every account and Region', async () => {
  for (const [name, region, description] of [
    ['alice', here, 'ours here'],
    ['alice', there, 'ours there'],
    ['bob', here, 'theirs here'],
  ] as const) {
    const caller = as(name, region)
    const account = name === 'alice' ? ours : theirs
    for (const KeyId of [sharedId, 'alias/shared']) {
      const metadata = await caller.describe(KeyId)
      assert.equal(metadata.Description, description)
      assert.equal(metadata.Arn, `arn:aws:kms:${region}:${account}:key/${sharedId}`)
      assert.equal(metadata.AWSAccountId, account)
    }
    const { Tags } = await caller.sdk.listResourceTags({ KeyId: sharedId })
    assert.deepEqual(Tags, [{ TagKey: 'of', TagValue: description }])
  }
})

test('lists show the account and Region of the caller only', async () => {
  const { id } = await makeKey(alice)
  await alice.sdk.createAlias({ AliasName: 'alias/only-ours-here', TargetKeyId: id })
  for (const [name, region, count] of [
    ['alice', there, 1],
    ['bob', here, 1],
    ['bob', there, 0],
  ] as const) {
    const { Keys = [] } = await as(name, region).sdk.listKeys({ Limit: 1000 })
    assert.equal(Keys.length, count)
    const { Aliases = [] } = await as(name, region).sdk.listAliases({ Limit: 100 })
    assert.deepEqual(
      Aliases.filter(alias => alias.TargetKeyId).map(alias => alias.AliasName),
      count === 0 ? [] : ['alias/shared'],
    )
  }
  const { NextMarker: Marker } = await alice.sdk.listKeys({ Limit: 1 })
  await assert.rejects(as('bob', there).sdk.listKeys({ Marker }), { name: 'InvalidMarkerException' })
})

test('a change in one account and Region changes nothing in the others', async () => {
  await alice.sdk.disableKey({ KeyId: sharedId })
  await alice.sdk.deleteAlias({ AliasName: 'alias/shared' })
  for (const caller of [as('alice', there), bob]) {
    assert.equal((await caller.describe('alias/shared')).KeyState, 'Enabled')
  }
  await alice.sdk.enableKey({ KeyId: sharedId })
  await alice.sdk.createAlias({ AliasName: 'alias/shared', TargetKeyId: sharedId })
})

test('an ARN is valid in its own Region only, and a Region that is not served is refused', async () => {
  for (const resource of [`key/${sharedId}`, 'alias/shared', `key/${absentId}`]) {
    const input = { KeyId: `arn:aws:kms:${here}:${ours}:${resource}` }
    await as('alice', there).isRefused('DescribeKey', input, 'NotFoundException', `Invalid arn ${here}`)
    await as('bob', there).isRefused('DescribeKey', input, 'NotFoundException', `Invalid arn ${here}`)
  }
  const text = 'Credential should be scoped to a valid region.'
  await as('alice', 'ap-south-1').isRefused('ListKeys', {}, 'InvalidSignatureException', text)
})

test('a ciphertext decrypts in its own account and Region only', async () => {
  const { id, arn } = await makeKey(alice)
  const CiphertextBlob = await alice.encrypt(id)
  const [aliceArn, theirRoot] = [userArn('alice'), rootOf(theirs)]
  const [from, decrypt] = ['kms:ReEncryptFrom', 'kms:Decrypt']
  const isRefused = (caller: TestCaller, principalArn: string) =>
    caller.isRefused(
      'Decrypt',
      { CiphertextBlob },
      'AccessDeniedException',
      ciphertextText(principalArn, decrypt),
    )
  for (const caller of [bob, as('bob', there)]) await isRefused(caller, bobArn)
  await isRefused(as('alice', there), aliceArn)
  await isRefused(as('ben'), benArn)
  await isRefused(as('theirroot'), theirRoot)
  const input = { CiphertextBlob, DestinationKeyId: sharedId }
  await bob.isRefused('ReEncrypt', input, 'AccessDeniedException', ciphertextText(bobArn, from))
  const fromHere = ciphertextText(aliceArn, from)
  await as('alice', there).isRefused('ReEncrypt', input, 'AccessDeniedException', fromHere)
  await bob.isRefused('Decrypt', { CiphertextBlob, KeyId: sharedId }, 'IncorrectKeyException')
  assert.equal((await alice.answer('Decrypt', { CiphertextBlob }))['KeyId'], arn)
})

test('a ciphertext does not decrypt under the key of a different account or Region with the same id', async () => {
  const CiphertextBlob = await alice.encrypt(sharedId)
  for (const caller of [as('alice', there), bob]) {
    for (const KeyId of [undefined, sharedId]) {
      const { status, json } = await caller.call('Decrypt', { CiphertextBlob, KeyId })
      assert.equal(status, 400)
      assert.equal('Plaintext' in json, false)
    }
  }
})
