import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, flipBit } from '../../fixtures/bytes.ts'
import { base64, makeKey, policyOf, type TestKey } from '../../fixtures/caller.ts'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { allow, deny } from '../../fixtures/seed.ts'
import { here, ours, rootOf, theirs, userArn } from '../../fixtures/worlds/two-accounts.ts'
import {
  absentId,
  benArn,
  bobArn,
  ciphertextText,
  crossAccountWorld,
  delegation,
  foreignText,
  notAllowedAtHome,
  sharedId,
} from './world.ts'

// Calls on keys of a different account: the permissions that they need, and the facts that they must not reveal.

const { keyward, as, alice, bob, keyWith } = await crossAccountWorld()

/** The inputs of the operations that work across accounts, for a key and a ciphertext under it. */
const acrossAccounts = {
  DescribeKey: (KeyId: string) => ({ KeyId }),
  Encrypt: (KeyId: string) => ({ KeyId, Plaintext: base64('x') }),
  Decrypt: (KeyId: string, CiphertextBlob: string) => ({ KeyId, CiphertextBlob }),
  GenerateDataKey: (KeyId: string) => ({ KeyId, KeySpec: 'AES_256' }),
  GenerateDataKeyWithoutPlaintext: (KeyId: string) => ({ KeyId, KeySpec: 'AES_256' }),
}

for (const [operation, input] of Object.entries(acrossAccounts)) {
  test(`${operation} across accounts needs the permission of both accounts`, async () => {
    const action = `kms:${operation}`
    const isRefused = async (name: string, key: TestKey) => {
      const principal = name === 'theirroot' ? rootOf(theirs) : userArn(name, theirs)
      const text = foreignText(principal, action, key.arn)
      const blob = await alice.encrypt(key.id)
      await as(name).isRefused(operation, input(key.arn, blob), 'AccessDeniedException', text)
    }
    const open = [
      await keyWith(allow(action, '*', rootOf(theirs))),
      await keyWith(allow(action, '*', theirs)),
      await keyWith({ ...allow(action), Principal: '*' }),
    ]
    for (const key of open) {
      const answer = await bob.answer(operation, input(key.arn, await alice.encrypt(key.id)))
      assert.ok(JSON.stringify(answer).includes(key.arn))
      await as('theirroot').answer(operation, input(key.arn, await alice.encrypt(key.id)))
      const blob = await alice.encrypt(key.id)
      const text = notAllowedAtHome(benArn, action)
      await as('ben').isRefused(operation, input(key.arn, blob), 'AccessDeniedException', text)
    }
    const onlyBob = await keyWith(allow(action, '*', bobArn))
    await bob.answer(operation, input(onlyBob.arn, await alice.encrypt(onlyBob.id)))
    const onlyBen = await keyWith(allow(action, '*', benArn))
    const blob = await alice.encrypt(onlyBen.id)
    const text = notAllowedAtHome(benArn, action)
    await as('ben').isRefused(operation, input(onlyBen.arn, blob), 'AccessDeniedException', text)
    for (const key of [
      onlyBen,
      await keyWith(),
      await keyWith(allow(action, '*', theirs), deny(action, '*', bobArn)),
    ]) {
      await isRefused('bob', key)
    }
    await isRefused('theirroot', await keyWith())
  })
}

test('a ciphertext decrypts across accounts without the name of its key if both policies allow it', async () => {
  const key = await keyWith(allow(['kms:Decrypt', 'kms:ReEncrypt*'], '*', bobArn))
  const CiphertextBlob = await alice.encrypt(key.id)
  assert.equal((await bob.answer('Decrypt', { CiphertextBlob }))['KeyId'], key.arn)
  const moved = await bob.answer('ReEncrypt', { CiphertextBlob, DestinationKeyId: sharedId })
  assert.equal(moved['SourceKeyId'], key.arn)
  assert.equal(moved['KeyId'], `arn:aws:kms:${here}:${theirs}:key/${sharedId}`)
  const back = { CiphertextBlob: moved['CiphertextBlob'], DestinationKeyId: key.arn }
  const text = ciphertextText(userArn('alice'), 'kms:ReEncryptFrom')
  await alice.isRefused('ReEncrypt', back, 'AccessDeniedException', text)
  assert.equal((await bob.answer('ReEncrypt', back))['KeyId'], key.arn)
  const toBen = await keyWith(allow('kms:Decrypt', '*', benArn))
  const ofBen = notAllowedAtHome(benArn, 'kms:Decrypt', 'the resource associated with this ciphertext')
  const input = { CiphertextBlob: await alice.encrypt(toBen.id) }
  await as('ben').isRefused('Decrypt', input, 'AccessDeniedException', ofBen)
})

test('the ARN of an alias names a key of a different account', async () => {
  const key = await keyWith(allow(['kms:Encrypt', 'kms:DescribeKey'], '*', theirs))
  await alice.sdk.createAlias({ AliasName: 'alias/lent', TargetKeyId: key.id })
  const KeyId = `arn:aws:kms:${here}:${ours}:alias/lent`
  assert.equal((await bob.answer('Encrypt', { KeyId, Plaintext: base64('x') }))['KeyId'], key.arn)
  const own = `Alias arn:aws:kms:${here}:${theirs}:alias/lent is not found.`
  await bob.isRefused('DescribeKey', { KeyId: 'alias/lent' }, 'NotFoundException', own)
})

const policyForAll = policyOf(delegation, allow('kms:*', '*', theirs))
/** The inputs of the operations that never work across accounts, whatever the policies say. */
const neverAcross: Readonly<Record<string, (arn: string) => object>> = {
  CancelKeyDeletion: KeyId => ({ KeyId }),
  CreateAlias: TargetKeyId => ({ AliasName: 'alias/taken', TargetKeyId }),
  DisableKey: KeyId => ({ KeyId }),
  EnableKey: KeyId => ({ KeyId }),
  GetKeyPolicy: KeyId => ({ KeyId }),
  ListKeyPolicies: KeyId => ({ KeyId }),
  ListResourceTags: KeyId => ({ KeyId }),
  PutKeyPolicy: KeyId => ({ KeyId, Policy: policyForAll }),
  ScheduleKeyDeletion: KeyId => ({ KeyId }),
  TagResource: KeyId => ({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
  UntagResource: KeyId => ({ KeyId, TagKeys: ['of'] }),
  UpdateAlias: TargetKeyId => ({ AliasName: 'alias/shared', TargetKeyId }),
  UpdateKeyDescription: KeyId => ({ KeyId, Description: 'mine' }),
}

for (const [operation, input] of Object.entries(neverAcross)) {
  test(`${operation} is never performed across accounts`, async () => {
    const { id, arn } = await makeKey(alice, { Policy: policyForAll, Description: 'whole' })
    const before = await alice.describe(id)
    for (const name of ['bob', 'theirroot']) {
      await as(name).isRefused(operation, input(arn), 'AccessDeniedException')
    }
    assert.deepEqual(await alice.describe(id), before)
    assert.deepEqual((await alice.sdk.listAliases({ KeyId: id })).Aliases, [])
    assert.deepEqual((await alice.sdk.listResourceTags({ KeyId: id })).Tags, [])
  })
}

/** Calls that name a key of a different account, in every member that names a key. */
const probes: Readonly<Record<string, (arn: string, own: string) => object>> = {
  ...acrossAccounts,
  ...neverAcross,
  ListAliases: KeyId => ({ KeyId }),
  'DescribeKey with a grant token': KeyId => ({ KeyId, GrantTokens: ['AQpA'] }),
  'Encrypt with a grant token': KeyId => ({ KeyId, Plaintext: base64('x'), GrantTokens: ['AQpA'] }),
  'Encrypt as a dry run': KeyId => ({ KeyId, Plaintext: base64('x'), DryRun: true }),
  'Encrypt with a different algorithm': KeyId => ({
    KeyId,
    Plaintext: base64('x'),
    EncryptionAlgorithm: 'SM2PKE',
  }),
  'ReEncrypt to the key': (DestinationKeyId, CiphertextBlob) => ({ CiphertextBlob, DestinationKeyId }),
  'ReEncrypt from the key': (SourceKeyId, CiphertextBlob) => ({
    CiphertextBlob,
    SourceKeyId,
    DestinationKeyId: sharedId,
  }),
}

for (const [probe, input] of Object.entries(probes)) {
  test(`${probe}: the answer does not reveal whether a key of a different account exists`, async () => {
    const operation = probe.replace(/ .*/, '')
    const own = await bob.encrypt(sharedId)
    const disabled = await makeKey(alice)
    await alice.sdk.disableKey({ KeyId: disabled.id })
    const prefix = `arn:aws:kms:${here}:${ours}:`
    for (const name of ['bob', 'ben', 'theirroot']) {
      const ask = async (resource: string) => {
        const { status, text } = await as(name).call(operation, input(prefix + resource, own))
        return [status, text.replaceAll(prefix + resource, 'ARN')]
      }
      const absent = await ask(`key/${absentId}`)
      assert.equal(absent[0], 400)
      assert.deepEqual(await ask(`key/${disabled.id}`), absent)
      assert.deepEqual(await ask(`key/${sharedId}`), absent)
      assert.deepEqual(await ask('alias/shared'), await ask('alias/absent'))
    }
  })
}

test('Decrypt does not reveal whether the key of a ciphertext exists in a different account', async () => {
  const blob = bytesOf(await alice.encrypt(sharedId))
  // Bytes 7 to 22 are the key id (docs/ciphertext.md), so this ciphertext names a key that does not exist.
  const ofNoKey = flipBit(blob, 10)
  const variants = [
    {},
    { GrantTokens: ['AQpA'] },
    { DryRun: true },
    { EncryptionAlgorithm: 'SM2PKE' },
    { EncryptionContext: { a: '1' } },
    { KeyId: sharedId },
    { KeyId: 'alias/shared', GrantTokens: ['AQpA'] },
  ]
  for (const name of ['bob', 'ben', 'theirroot']) {
    const ask = async (bytes: Buffer, variant: object) => {
      const { status, text } = await as(name).call('Decrypt', { CiphertextBlob: base64(bytes), ...variant })
      return [status, text]
    }
    for (const variant of variants) assert.deepEqual(await ask(blob, variant), await ask(ofNoKey, variant))
  }
})

// CloudTrail user guide, "sharedEventID"; AWS KMS developer guide, "Logging AWS KMS API calls with AWS CloudTrail".
test('a call on a key of a different account is in the trails of both accounts, a refusal only in the caller’s', async () => {
  const key = await keyWith(allow('kms:Encrypt', '*', bobArn))
  await bob.answer('Encrypt', { KeyId: key.arn, Plaintext: base64('x') })
  await bob.isRefused('DescribeKey', { KeyId: key.arn }, 'AccessDeniedException')
  const records = readAuditRecords(keyward.dataDirectory).filter(record =>
    JSON.stringify(record).includes(key.id),
  )
  const [mine, other, ...more] = records.filter(({ eventName }) => eventName === 'Encrypt')
  assert.deepEqual(more, [])
  assert.deepEqual([mine?.['recipientAccountId'], other?.['recipientAccountId']], [theirs, ours])
  assert.match(String(mine?.['sharedEventID']), /^[0-9a-f-]{36}$/)
  assert.notEqual(mine?.['eventID'], other?.['eventID'])
  // IAM user guide, "Logging IAM and AWS STS API calls": the second example of a call between accounts.
  const { type, principalId, accountId, arn } = (mine?.['userIdentity'] ?? {}) as Record<string, unknown>
  assert.deepEqual([type, accountId, arn], ['IAMUser', theirs, bobArn])
  const { eventID: _, ...others } = other ?? {}
  const copied = { userIdentity: { type: 'AWSAccount', principalId, accountId }, recipientAccountId: ours }
  const { eventID: __, ...own } = mine ?? {}
  assert.deepEqual(others, { ...own, ...copied })
  const refusals = records.filter(({ eventName }) => eventName === 'DescribeKey')
  assert.deepEqual(
    refusals.map(record => [record['recipientAccountId'], record['sharedEventID']]),
    [[theirs, undefined]],
  )
  const { KeyLastUsage } = await alice.sdk.getKeyLastUsage({ KeyId: key.id })
  assert.equal(KeyLastUsage?.CloudTrailEventId, other?.['eventID'])
})

test('the record of the owner of a key has no more of each caller than ids', async () => {
  const key = await keyWith(allow('kms:DescribeKey', '*', rootOf(theirs)))
  for (const name of ['bob', 'theirroot', 'bob']) await as(name).answer('DescribeKey', { KeyId: key.arn })
  const identities = readAuditRecords(keyward.dataDirectory)
    .filter(record => JSON.stringify(record).includes(key.id))
    .filter(({ recipientAccountId, eventName }) => recipientAccountId === ours && eventName === 'DescribeKey')
    .map(({ userIdentity }) => userIdentity as { type: string; principalId: string })
  assert.equal(identities.length, 3)
  for (const identity of identities) {
    assert.deepEqual(Object.keys(identity), ['type', 'principalId', 'accountId'])
    assert.equal(identity.type, 'AWSAccount')
  }
  assert.deepEqual(
    identities.map(({ principalId }) => principalId === theirs),
    [false, true, false],
  )
  // The caller's own records still have all of it.
  await bob.answer('DescribeKey', { KeyId: key.arn })
  const own = readAuditRecords(keyward.dataDirectory).findLast(
    ({ recipientAccountId }) => recipientAccountId === theirs,
  )
  assert.partialDeepStrictEqual(own?.['userIdentity'], { arn: bobArn })
})

test('the record of the owner of a key lists no key of a different account', async () => {
  const key = await keyWith(allow('kms:ReEncryptFrom', '*', bobArn))
  const CiphertextBlob = await alice.encrypt(key.id)
  await bob.answer('ReEncrypt', { CiphertextBlob, DestinationKeyId: sharedId })
  const records = readAuditRecords(keyward.dataDirectory).filter(
    record => record['eventName'] === 'ReEncrypt' && JSON.stringify(record).includes(key.id),
  )
  const bobsKey = `arn:aws:kms:${here}:${theirs}:key/${sharedId}`
  assert.deepEqual(
    records.map(({ recipientAccountId, resources }) => [
      recipientAccountId,
      (resources as { ARN: string }[]).map(({ ARN }) => ARN),
    ]),
    [
      [theirs, [key.arn, bobsKey]],
      [ours, [key.arn]],
    ],
  )
})
