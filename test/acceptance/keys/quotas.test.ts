import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { base64, makeKey, TestCaller } from '../../fixtures/caller.ts'
import type { RawAnswer } from '../../fixtures/clients.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'
import { allow, credentialsOf, seedUser, writeSeed } from '../../fixtures/seed.ts'

// Quotas (AWS KMS developer guide, "Quotas", and texts recorded from AWS). Rates that are set are low, so that a test can go
// over them.

const [ours, theirs] = ['111111111111', '222222222222']
const [here, there] = ['us-east-1', 'eu-west-1']
const seed = {
  accounts: [
    {
      id: ours,
      users: [seedUser('ann', allow('*')), seedUser('abe', allow('*')), seedUser('none')],
      keys: [],
    },
    { id: theirs, users: [seedUser('bob', allow('*'))], keys: [] },
  ],
}
const throttled = 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.'

let counted: KeywardProcess
let rated: KeywardProcess
before(async () => {
  const flags = ['--seed', writeSeed(seed), '--regions', `${here},${there}`]
  const quotas = 'keys=4, aliases-per-key=2,grants-per-key=3,on-demand-rotations-per-key=2'
  const rates =
    'CreateKey=2,Cryptographic.RSA=2,GenerateDataKeyPair.ECC_NIST_P256=2,Cryptographic.symmetric=20'
  counted = await startKeyward({ flags, environment: { KEYWARD_QUOTAS: quotas } })
  rated = await startKeyward({ flags, environment: { KEYWARD_RATE_QUOTAS: 'true', KEYWARD_QUOTAS: rates } })
})
after(() => Promise.all([counted.stop(), rated.stop()]))

const as = (server: KeywardProcess, name: string, region = here) =>
  new TestCaller(server, { credentials: credentialsOf(name), region })
const x = base64('x')

test('an account has so many keys in a region, those pending deletion included', async () => {
  const remote = as(counted, 'ann', there)
  const keys = [await makeKey(remote), await makeKey(remote), await makeKey(remote), await makeKey(remote)]
  await remote.isRefused('CreateKey', {}, 'LimitExceededException')
  await remote.sdk.scheduleKeyDeletion({ KeyId: keys[0]?.id })
  await remote.isRefused('CreateKey', {}, 'LimitExceededException')
  await as(counted, 'abe', there).isRefused('CreateKey', {}, 'LimitExceededException')
  await makeKey(as(counted, 'bob', there))
  const primary = await makeKey(as(counted, 'ann'), { MultiRegion: true })
  const replica = { KeyId: primary.id, ReplicaRegion: there }
  await as(counted, 'ann').isRefused('ReplicateKey', replica, 'LimitExceededException')
})

test('a key has so many aliases, grants and on-demand rotations', async () => {
  const ann = as(counted, 'ann')
  const { id: KeyId, arn } = await makeKey(ann)
  const other = await makeKey(ann)
  for (const name of ['a', 'b']) await ann.sdk.createAlias({ AliasName: `alias/${name}`, TargetKeyId: KeyId })
  const third = { AliasName: 'alias/c', TargetKeyId: KeyId }
  await ann.isRefused('CreateAlias', third, 'LimitExceededException')
  await ann.sdk.createAlias({ ...third, TargetKeyId: other.id })
  await ann.isRefused('UpdateAlias', third, 'LimitExceededException')
  await ann.sdk.deleteAlias({ AliasName: 'alias/a' })
  await ann.answersNothing('UpdateAlias', third)

  const draft = { KeyId, GranteePrincipal: `arn:aws:iam::${ours}:user/none`, Operations: ['Encrypt'] }
  const made: unknown[] = []
  for (const Name of ['a', 'b', 'c'])
    made.push((await ann.answer('CreateGrant', { ...draft, Name }))['GrantId'])
  await ann.isRefused('CreateGrant', draft, 'LimitExceededException')
  // The same again is no other.
  assert.equal((await ann.answer('CreateGrant', { ...draft, Name: 'a' }))['GrantId'], made[0])
  await ann.answer('CreateGrant', { ...draft, KeyId: other.id })
  await ann.answersNothing('RevokeGrant', { KeyId, GrantId: made[0] })
  await ann.answer('CreateGrant', draft)

  await ann.answer('RotateKeyOnDemand', { KeyId })
  await ann.answer('RotateKeyOnDemand', { KeyId })
  const text = `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`
  await ann.isRefused('RotateKeyOnDemand', { KeyId }, 'LimitExceededException', text)
})

/** How many of these at once are not throttled; all others must be, with AWS's words. */
async function passed(calls: Promise<RawAnswer>[]): Promise<number> {
  return (await passing(calls)).count
}

/** The same, and in what time they were answered. */
async function passing(calls: Promise<RawAnswer>[]): Promise<{ count: number; seconds: number }> {
  const begun = performance.now()
  let count = 0
  for (const { status, text, json } of await Promise.all(calls)) {
    if (json['__type'] !== 'ThrottlingException') count++
    else assert.deepEqual([status, json], [400, { __type: 'ThrottlingException', message: throttled }], text)
  }
  return { count, seconds: (performance.now() - begun) / 1000 }
}
const times = (count: number, call: () => Promise<RawAnswer>) => Array.from({ length: count }, call)

/** A full bucket lets pass of many at once a second's worth, and what it gains until all are answered. */
async function passesAbout(perSecond: number, calls: Promise<RawAnswer>[]): Promise<void> {
  const { count, seconds } = await passing(calls)
  const most = perSecond * (1 + seconds) + 1
  assert.ok(count >= perSecond && count <= most, `${count} passed of ${perSecond} a second in ${seconds} s`)
}

test('calls above the rate are throttled, by account and region', async () => {
  const [ann, abe, bob] = [as(rated, 'ann'), as(rated, 'abe'), as(rated, 'bob')]
  const calls = [...times(6, () => ann.call('CreateKey', {})), ...times(6, () => abe.call('CreateKey', {}))]
  await passesAbout(2, calls)
  await bob.answer('CreateKey', {})
  await as(rated, 'ann', there).answer('CreateKey', {})
  // Other operations are not held up.
  await ann.answer('ListKeys', {})
})

test('calls that fail count, and so do dry runs', async () => {
  const remote = as(rated, 'bob', there)
  const broken = times(8, () => remote.call('CreateKey', { KeySpec: 'NONE' }))
  await passesAbout(2, broken)
  await waitSecond()
  const { id: KeyId } = await makeKey(remote)
  const dry = { KeyId, KeyPairSpec: 'ECC_NIST_P256', DryRun: true }
  await passesAbout(
    2,
    times(8, () => remote.call('GenerateDataKeyPair', dry)),
  )
})

// AWS KMS developer guide, "Request quotas": of ReplicateKey and UpdatePrimaryRegion.
test('operations of multi-Region keys count in both regions', async () => {
  const ann = as(rated, 'ann')
  const abroad = as(rated, 'ann', there)
  // On a machine that stalls, half a second may be over before the next call, and the rate back: it is tried again.
  for (let attempt = 1; ; attempt++) {
    await waitSecond()
    const { id: KeyId } = await makeKey(ann, { MultiRegion: true })
    await waitSecond()
    const begun = performance.now()
    await ann.answer('ReplicateKey', { KeyId, ReplicaRegion: there })
    if ((await passed([abroad.call('CreateKey', {})])) === 0) break
    assert.ok(performance.now() - begun > 400 && attempt < 20, 'it passed')
  }
})

test('cryptographic operations share the pool of their kind of key', async () => {
  await waitSecond()
  const ann = as(rated, 'ann', there)
  const { id: KeyId } = await makeKey(ann, { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
  const { id: symmetric } = await makeKey(ann)
  const sign = { KeyId, Message: x, SigningAlgorithm: 'RSASSA_PSS_SHA_256' }
  const calls = [
    ...times(5, () => ann.call('Sign', sign)),
    ...times(5, () => ann.call('Verify', { ...sign, Signature: x })),
  ]
  await passesAbout(2, calls)
  const mixed = [
    ...times(20, () => ann.call('Encrypt', { KeyId: symmetric, Plaintext: x })),
    ...times(20, () => ann.call('GenerateRandom', { NumberOfBytes: 1 })),
    ...times(20, () => ann.call('GenerateDataKey', { KeyId: symmetric, KeySpec: 'AES_256' })),
  ]
  await passesAbout(20, mixed)
  const pair = { KeyId: symmetric, KeyPairSpec: 'ECC_NIST_P256' }
  const pairs = [
    ...times(5, () => ann.call('GenerateDataKeyPair', pair)),
    ...times(5, () => ann.call('GenerateDataKeyPairWithoutPlaintext', pair)),
  ]
  await passesAbout(2, pairs)
  await ann.answer('GenerateDataKeyPair', { ...pair, KeyPairSpec: 'ECC_NIST_P384' })
})

test('calls across accounts count for the account of the caller', async () => {
  const [ann, bob] = [as(rated, 'ann'), as(rated, 'bob')]
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [allow('kms:*', '*', [`arn:aws:iam::${ours}:root`, theirs])],
  })
  const input = { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY', Policy } as const
  const { arn: KeyId } = await makeKey(ann, input)
  const sign = { KeyId, Message: x, SigningAlgorithm: 'RSASSA_PSS_SHA_256' }
  await passesAbout(
    2,
    times(8, () => bob.call('Sign', sign)),
  )
  await ann.answer('Sign', sign)
})

test('a rate does not tell whether there is a key in another account', async () => {
  await waitSecond()
  const { arn } = await makeKey(as(rated, 'ann'), { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
  const absent = arn.replace(/[^/]+$/, '99999999-9999-4999-8999-999999999999')
  for (const KeyId of [arn, absent]) {
    const sign = { KeyId, Message: x, SigningAlgorithm: 'RSASSA_PSS_SHA_256' }
    assert.equal(await passed(times(8, () => as(rated, 'bob').call('Sign', sign))), 8)
  }
})

test('the rate comes back as time passes', async () => {
  const ann = as(rated, 'ann')
  await waitSecond()
  await passesAbout(
    2,
    times(6, () => ann.call('CreateKey', {})),
  )
  await waitSecond()
  await ann.answer('CreateKey', {})
})

test('without KEYWARD_RATE_QUOTAS no rate is held', async () => {
  const bob = as(counted, 'bob')
  const calls = times(300, () => bob.call('ListGrants', { KeyId: 'alias/none' }))
  assert.equal(await passed(calls), 300)
  assert.equal(await passed(times(30, () => bob.call('DeleteAlias', { AliasName: 'alias/none' }))), 30)
})

test('a quota that is none is refused at start', async () => {
  const wrong = ['cows=1', 'keys', 'keys=-1', 'CreateKeys=1', 'Cryptographic.DES=1', 'Encrypt=1']
  await Promise.all(
    wrong.map(async quotas => {
      const said = await refusedStart({ environment: { KEYWARD_QUOTAS: quotas } })
      assert.ok(said.includes(`'${quotas}'`), said)
    }),
  )
})

const waitSecond = () => new Promise(resolve => setTimeout(resolve, 1100))
