import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { base64, makeKey, policyOf, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, deny, seedAccessKey, seedUser, writeSeed } from '../../fixtures/seed.ts'

const [ours, theirs] = ['111111111111', '222222222222']
const [here, there] = ['us-east-1', 'eu-west-1']
const sharedId = '11111111-1111-4111-8111-111111111111'
const absentId = '99999999-9999-4999-8999-999999999999'
const rootOf = (account: string) => `arn:aws:iam::${account}:root`
const bobArn = `arn:aws:iam::${theirs}:user/bob`
const delegation = allow('kms:*', '*', rootOf(ours))

/** The same key id and alias name in every account and region: what tells them apart is whose they are. */
const keyIn = (region: string, description: string) => ({
  id: sharedId,
  region,
  description,
  aliases: ['alias/shared'],
  tags: { of: description },
})
const seed = {
  accounts: [
    {
      id: ours,
      users: [seedUser('alice', allow('*'))],
      keys: [keyIn(here, 'ours here'), keyIn(there, 'ours there')],
    },
    {
      id: theirs,
      root: { accessKeys: [seedAccessKey('theirroot')] },
      users: [seedUser('bob', allow('*')), seedUser('ben')],
      keys: [keyIn(here, 'theirs here')],
    },
  ],
}

let keyward: KeywardProcess
let alice: TestCaller
let bob: TestCaller
before(async () => {
  const flags = ['--seed', writeSeed(seed), '--regions', `${here},${there}`]
  keyward = await startKeyward({ flags })
  alice = as('alice')
  bob = as('bob')
})
after(() => keyward.stop())

const as = (name: string, region = here) =>
  new TestCaller(keyward, { credentials: credentialsOf(name), region })

async function encryptAs(caller: TestCaller, KeyId: string): Promise<string> {
  return String((await caller.answer('Encrypt', { KeyId, Plaintext: base64('x') }))['CiphertextBlob'])
}

const keyWith = (...statements: object[]) => makeKey(alice, { Policy: policyOf(delegation, ...statements) })

const noneLets =
  'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access'
/** What AWS says of a key in another account, whether it is there or not. */
const foreignText = (principalArn: string, action: string, arn: string) =>
  `User: ${principalArn} is not authorized to perform: ${action} on resource: ${arn} ${noneLets}`
/** What AWS says of the key of a ciphertext. */
const refersNowhere = (principalArn: string, action: string) =>
  `User: ${principalArn} is not authorized to perform: ${action} on the resource associated with this ciphertext ${noneLets}`
/** What AWS says to whom the key's account lets and their own does not (recorded from AWS, for what a grant lets). */
const notLetAtHome = (principalArn: string, action: string, where = 'this resource') =>
  `User: ${principalArn} is not authorized to perform: ${action} on ${where} because no identity-based policy allows the ${action} action`
const benArn = `arn:aws:iam::${theirs}:user/ben`

test('every account and region has its own key behind the same id and alias', async () => {
  for (const [name, region, description] of [
    ['alice', here, 'ours here'],
    ['alice', there, 'ours there'],
    ['bob', here, 'theirs here'],
  ] as const) {
    const caller = as(name, region)
    const account = name === 'alice' ? ours : theirs
    for (const KeyId of [sharedId, 'alias/shared']) {
      const { KeyMetadata } = await caller.sdk.describeKey({ KeyId })
      assert.equal(KeyMetadata?.Description, description)
      assert.equal(KeyMetadata.Arn, `arn:aws:kms:${region}:${account}:key/${sharedId}`)
      assert.equal(KeyMetadata.AWSAccountId, account)
    }
    const { Tags } = await caller.sdk.listResourceTags({ KeyId: sharedId })
    assert.deepEqual(Tags, [{ TagKey: 'of', TagValue: description }])
  }
})

test('listings show the account and region of the caller and nothing else', async () => {
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

test('a change in one account and region is none in the others', async () => {
  await alice.sdk.disableKey({ KeyId: sharedId })
  await alice.sdk.deleteAlias({ AliasName: 'alias/shared' })
  for (const caller of [as('alice', there), bob]) {
    const { KeyMetadata } = await caller.sdk.describeKey({ KeyId: 'alias/shared' })
    assert.equal(KeyMetadata?.KeyState, 'Enabled')
  }
  await alice.sdk.enableKey({ KeyId: sharedId })
  await alice.sdk.createAlias({ AliasName: 'alias/shared', TargetKeyId: sharedId })
})

test('an ARN is good in its own region only, and a region that is not served is refused', async () => {
  for (const resource of [`key/${sharedId}`, 'alias/shared', `key/${absentId}`]) {
    const input = { KeyId: `arn:aws:kms:${here}:${ours}:${resource}` }
    await as('alice', there).isRefused('DescribeKey', input, 'NotFoundException', `Invalid arn ${here}`)
    await as('bob', there).isRefused('DescribeKey', input, 'NotFoundException', `Invalid arn ${here}`)
  }
  const text = 'Credential should be scoped to a valid region.'
  await as('alice', 'ap-south-1').isRefused('ListKeys', {}, 'InvalidSignatureException', text)
})

test('a ciphertext is good in its own account and region only', async () => {
  const { id, arn } = await makeKey(alice)
  const CiphertextBlob = await encryptAs(alice, id)
  const [aliceArn, theirRoot] = [`arn:aws:iam::${ours}:user/alice`, rootOf(theirs)]
  const [from, decrypt] = ['kms:ReEncryptFrom', 'kms:Decrypt']
  const isRefused = (caller: TestCaller, principalArn: string) =>
    caller.isRefused(
      'Decrypt',
      { CiphertextBlob },
      'AccessDeniedException',
      refersNowhere(principalArn, decrypt),
    )
  for (const caller of [bob, as('bob', there)]) await isRefused(caller, bobArn)
  await isRefused(as('alice', there), aliceArn)
  await isRefused(as('ben'), benArn)
  await isRefused(as('theirroot'), theirRoot)
  const input = { CiphertextBlob, DestinationKeyId: sharedId }
  await bob.isRefused('ReEncrypt', input, 'AccessDeniedException', refersNowhere(bobArn, from))
  const fromHere = refersNowhere(aliceArn, from)
  await as('alice', there).isRefused('ReEncrypt', input, 'AccessDeniedException', fromHere)
  await bob.isRefused('Decrypt', { CiphertextBlob, KeyId: sharedId }, 'IncorrectKeyException')
  assert.equal((await alice.answer('Decrypt', { CiphertextBlob }))['KeyId'], arn)
})

test('a ciphertext does not decrypt under a key of another account or region that has the same id', async () => {
  const CiphertextBlob = await encryptAs(alice, sharedId)
  for (const caller of [as('alice', there), bob]) {
    for (const KeyId of [undefined, sharedId]) {
      const { status, json } = await caller.call('Decrypt', { CiphertextBlob, KeyId })
      assert.equal(status, 400)
      assert.equal('Plaintext' in json, false)
    }
  }
})

/** The operations that work across accounts, for a key and a ciphertext under it. */
const acrossAccounts = {
  DescribeKey: (KeyId: string) => ({ KeyId }),
  Encrypt: (KeyId: string) => ({ KeyId, Plaintext: base64('x') }),
  Decrypt: (KeyId: string, CiphertextBlob: string) => ({ KeyId, CiphertextBlob }),
  GenerateDataKey: (KeyId: string) => ({ KeyId, KeySpec: 'AES_256' }),
  GenerateDataKeyWithoutPlaintext: (KeyId: string) => ({ KeyId, KeySpec: 'AES_256' }),
}

for (const [operation, input] of Object.entries(acrossAccounts)) {
  test(`${operation} across accounts needs the policies of both`, async () => {
    const action = `kms:${operation}`
    const isRefused = async (name: string, key: TestKey) => {
      const principal = name === 'theirroot' ? rootOf(theirs) : `arn:aws:iam::${theirs}:user/${name}`
      const text = foreignText(principal, action, key.arn)
      const blob = await encryptAs(alice, key.id)
      await as(name).isRefused(operation, input(key.arn, blob), 'AccessDeniedException', text)
    }
    const open = [
      await keyWith(allow(action, '*', rootOf(theirs))),
      await keyWith(allow(action, '*', theirs)),
      await keyWith({ ...allow(action), Principal: '*' }),
    ]
    for (const key of open) {
      const answer = await bob.answer(operation, input(key.arn, await encryptAs(alice, key.id)))
      assert.ok(JSON.stringify(answer).includes(key.arn))
      await as('theirroot').answer(operation, input(key.arn, await encryptAs(alice, key.id)))
      const blob = await encryptAs(alice, key.id)
      const text = notLetAtHome(benArn, action)
      await as('ben').isRefused(operation, input(key.arn, blob), 'AccessDeniedException', text)
    }
    const onlyBob = await keyWith(allow(action, '*', bobArn))
    await bob.answer(operation, input(onlyBob.arn, await encryptAs(alice, onlyBob.id)))
    const onlyBen = await keyWith(allow(action, '*', benArn))
    const blob = await encryptAs(alice, onlyBen.id)
    const text = notLetAtHome(benArn, action)
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

test('a ciphertext without its key named decrypts across accounts where both policies allow it', async () => {
  const key = await keyWith(allow(['kms:Decrypt', 'kms:ReEncrypt*'], '*', bobArn))
  const CiphertextBlob = await encryptAs(alice, key.id)
  assert.equal((await bob.answer('Decrypt', { CiphertextBlob }))['KeyId'], key.arn)
  const moved = await bob.answer('ReEncrypt', { CiphertextBlob, DestinationKeyId: sharedId })
  assert.equal(moved['SourceKeyId'], key.arn)
  assert.equal(moved['KeyId'], `arn:aws:kms:${here}:${theirs}:key/${sharedId}`)
  const back = { CiphertextBlob: moved['CiphertextBlob'], DestinationKeyId: key.arn }
  const text = refersNowhere(`arn:aws:iam::${ours}:user/alice`, 'kms:ReEncryptFrom')
  await alice.isRefused('ReEncrypt', back, 'AccessDeniedException', text)
  assert.equal((await bob.answer('ReEncrypt', back))['KeyId'], key.arn)
  const toBen = await keyWith(allow('kms:Decrypt', '*', benArn))
  const ofBen = notLetAtHome(benArn, 'kms:Decrypt', 'the resource associated with this ciphertext')
  const input = { CiphertextBlob: await encryptAs(alice, toBen.id) }
  await as('ben').isRefused('Decrypt', input, 'AccessDeniedException', ofBen)
})

test('an alias of another account is used by its ARN', async () => {
  const key = await keyWith(allow(['kms:Encrypt', 'kms:DescribeKey'], '*', theirs))
  await alice.sdk.createAlias({ AliasName: 'alias/lent', TargetKeyId: key.id })
  const KeyId = `arn:aws:kms:${here}:${ours}:alias/lent`
  assert.equal((await bob.answer('Encrypt', { KeyId, Plaintext: base64('x') }))['KeyId'], key.arn)
  const own = `Alias arn:aws:kms:${here}:${theirs}:alias/lent is not found.`
  await bob.isRefused('DescribeKey', { KeyId: 'alias/lent' }, 'NotFoundException', own)
})

const policyForAll = policyOf(delegation, allow('kms:*', '*', theirs))
/** The operations that never work across accounts, whatever the policies say. */
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
    const before = (await alice.sdk.describeKey({ KeyId: id })).KeyMetadata
    for (const name of ['bob', 'theirroot']) {
      await as(name).isRefused(operation, input(arn), 'AccessDeniedException')
    }
    assert.deepEqual((await alice.sdk.describeKey({ KeyId: id })).KeyMetadata, before)
    assert.deepEqual((await alice.sdk.listAliases({ KeyId: id })).Aliases, [])
    assert.deepEqual((await alice.sdk.listResourceTags({ KeyId: id })).Tags, [])
  })
}

/** Calls that name a key of another account in every place where one can be named. */
const probes: Readonly<Record<string, (arn: string, own: string) => object>> = {
  ...acrossAccounts,
  ...neverAcross,
  ListAliases: KeyId => ({ KeyId }),
  'DescribeKey with a grant token': KeyId => ({ KeyId, GrantTokens: ['AQpA'] }),
  'Encrypt with a grant token': KeyId => ({ KeyId, Plaintext: base64('x'), GrantTokens: ['AQpA'] }),
  'Encrypt as a dry run': KeyId => ({ KeyId, Plaintext: base64('x'), DryRun: true }),
  'Encrypt with another algorithm': KeyId => ({
    KeyId,
    Plaintext: base64('x'),
    EncryptionAlgorithm: 'SM2PKE',
  }),
  'ReEncrypt to it': (DestinationKeyId, CiphertextBlob) => ({ CiphertextBlob, DestinationKeyId }),
  'ReEncrypt from it': (SourceKeyId, CiphertextBlob) => ({
    CiphertextBlob,
    SourceKeyId,
    DestinationKeyId: sharedId,
  }),
}

for (const [probe, input] of Object.entries(probes)) {
  test(`${probe}: nothing tells whether a key of another account exists`, async () => {
    const operation = probe.replace(/ .*/, '')
    const own = await encryptAs(bob, sharedId)
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

test('nothing tells whether the key of a ciphertext exists in another account', async () => {
  const blob = Buffer.from(await encryptAs(alice, sharedId), 'base64')
  // docs/ciphertext.md: the key id is at 7 to 22, so this names a key that is not there.
  const ofNoKey = Buffer.from(blob)
  ofNoKey[10] = (ofNoKey[10] ?? 0) ^ 1
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
test('a use of another account’s key is in the trails of both accounts, a refusal in the caller’s alone', async () => {
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
  const { eventID: _, recipientAccountId: __, ...same } = mine ?? {}
  assert.partialDeepStrictEqual(other, same)
  const refusals = records.filter(({ eventName }) => eventName === 'DescribeKey')
  assert.deepEqual(
    refusals.map(record => [record['recipientAccountId'], record['sharedEventID']]),
    [[theirs, undefined]],
  )
  const { KeyLastUsage } = await alice.sdk.getKeyLastUsage({ KeyId: key.id })
  assert.equal(KeyLastUsage?.CloudTrailEventId, other?.['eventID'])
})
