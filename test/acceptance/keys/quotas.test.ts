import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64, callersOf, makeKey, policyOf } from '../../fixtures/caller.ts'
import type { RawAnswer } from '../../fixtures/clients.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'
import { allow, seedUser } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import {
  here,
  ours,
  rootOf,
  seedOfTwoAccounts,
  theirs,
  there,
  userArn,
} from '../../fixtures/worlds/two-accounts.ts'

// Quotas (AWS KMS developer guide, "Quotas", and texts recorded from AWS). The rates are set low, so that a test can exceed
// them.

const seed = seedOfTwoAccounts({
  ours: [seedUser('ann', allow('*')), seedUser('abe', allow('*')), seedUser('none')],
  theirs: [seedUser('bob', allow('*'))],
})
const regions = [here, there]
const throttled = 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.'

const quotas = 'keys=4, aliases-per-key=2,grants-per-key=3,on-demand-rotations-per-key=2'
const rates = 'CreateKey=2,Cryptographic.RSA=2,GenerateDataKeyPair.ECC_NIST_P256=2,Cryptographic.symmetric=20'
/** Callers of a server with resource quotas. */
const counted = callersOf(await testServer({ seed, regions, environment: { KEYWARD_QUOTAS: quotas } }))
/** Callers of a server with rate quotas. */
const rated = callersOf(
  await testServer({ seed, regions, environment: { KEYWARD_RATE_QUOTAS: 'true', KEYWARD_QUOTAS: rates } }),
)
const x = base64('x')
/**
 * The form is recorded from AWS for aliases in 2024 (scylladb/scylla-cluster-tests issue 7611: a quota of 50 and a usage of 60),
 * and the name of the quota of keys in 2016 (convox/rack pull request 347).
 */
const exceeded = (name: string, quota: number) =>
  `${name} quota for this account in this region is ${quota}, current usage is ${quota}.`

test('the quota of keys is for an account and Region, and counts keys pending deletion', async () => {
  const remote = counted('ann', there)
  const keys = [await makeKey(remote), await makeKey(remote), await makeKey(remote), await makeKey(remote)]
  const text = exceeded('Key', 4)
  await remote.isRefused('CreateKey', {}, 'LimitExceededException', text)
  await remote.sdk.scheduleKeyDeletion({ KeyId: keys[0]?.id })
  await remote.isRefused('CreateKey', {}, 'LimitExceededException', text)
  await counted('abe', there).isRefused('CreateKey', {}, 'LimitExceededException', text)
  await makeKey(counted('bob', there))
  const primary = await makeKey(counted('ann'), { MultiRegion: true })
  const replica = { KeyId: primary.id, ReplicaRegion: there }
  await counted('ann').isRefused('ReplicateKey', replica, 'LimitExceededException', text)
})

test('a key has quotas of aliases, grants and on-demand rotations', async () => {
  const ann = counted('ann')
  const { id: KeyId, arn } = await makeKey(ann)
  const other = await makeKey(ann)
  for (const name of ['a', 'b']) await ann.sdk.createAlias({ AliasName: `alias/${name}`, TargetKeyId: KeyId })
  const third = { AliasName: 'alias/c', TargetKeyId: KeyId }
  const aliases = exceeded('Aliases per key', 2)
  await ann.isRefused('CreateAlias', third, 'LimitExceededException', aliases)
  await ann.sdk.createAlias({ ...third, TargetKeyId: other.id })
  await ann.isRefused('UpdateAlias', third, 'LimitExceededException', aliases)
  await ann.sdk.deleteAlias({ AliasName: 'alias/a' })
  await ann.answersNothing('UpdateAlias', third)

  const draft = { KeyId, GranteePrincipal: userArn('none'), Operations: ['Encrypt'] }
  const made: unknown[] = []
  for (const Name of ['a', 'b', 'c'])
    made.push((await ann.answer('CreateGrant', { ...draft, Name }))['GrantId'])
  const grants = exceeded('Grants per key', 3)
  await ann.isRefused('CreateGrant', draft, 'LimitExceededException', grants)
  await ann.isRefused('CreateGrant', { ...draft, DryRun: true }, 'LimitExceededException', grants)
  // The same request again makes no new grant.
  assert.equal((await ann.answer('CreateGrant', { ...draft, Name: 'a' }))['GrantId'], made[0])
  await ann.answer('CreateGrant', { ...draft, KeyId: other.id })
  await ann.answersNothing('RevokeGrant', { KeyId, GrantId: made[0] })
  await ann.answer('CreateGrant', draft)

  await ann.answer('RotateKeyOnDemand', { KeyId })
  await ann.answer('RotateKeyOnDemand', { KeyId })
  const text = `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`
  await ann.isRefused('RotateKeyOnDemand', { KeyId }, 'LimitExceededException', text)
})

/** The number of these simultaneous calls that are not throttled. The others must be, with AWS's message. */
async function passed(calls: Promise<RawAnswer>[]): Promise<number> {
  return (await passing(calls)).count
}

/** The same number, and the time in seconds until all are answered. */
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

/** Asserts that of many simultaneous calls those of one second pass, and as many as become free until all are answered. */
async function passesAbout(perSecond: number, calls: Promise<RawAnswer>[]): Promise<void> {
  const { count, seconds } = await passing(calls)
  const most = perSecond * (1 + seconds) + 1
  assert.ok(count >= perSecond && count <= most, `${count} passed of ${perSecond} a second in ${seconds} s`)
}

test('calls above the rate of their account and Region are throttled', async () => {
  const [ann, abe, bob] = [rated('ann'), rated('abe'), rated('bob')]
  const calls = [...times(6, () => ann.call('CreateKey', {})), ...times(6, () => abe.call('CreateKey', {}))]
  await passesAbout(2, calls)
  await bob.answer('CreateKey', {})
  await rated('ann', there).answer('CreateKey', {})
  // Other operations are not throttled.
  await ann.answer('ListKeys', {})
})

test('failed calls and dry runs count', async () => {
  const remote = rated('bob', there)
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

// AWS KMS developer guide, "Request quotas": ReplicateKey and UpdatePrimaryRegion.
test('operations of multi-Region keys count in both Regions', async () => {
  const ann = rated('ann')
  const abroad = rated('ann', there)
  // On a slow machine half a second may pass before the next call, and the rate is available again. Then try again.
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

test('cryptographic operations share the rate of their kind of key', async () => {
  await waitSecond()
  const ann = rated('ann', there)
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
  const [ann, bob] = [rated('ann'), rated('bob')]
  const Policy = policyOf(allow('kms:*', '*', [rootOf(ours), theirs]))
  const input = { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY', Policy } as const
  const { arn: KeyId } = await makeKey(ann, input)
  const sign = { KeyId, Message: x, SigningAlgorithm: 'RSASSA_PSS_SHA_256' }
  await passesAbout(
    2,
    times(8, () => bob.call('Sign', sign)),
  )
  await ann.answer('Sign', sign)
})

test('a rate does not reveal whether a key exists in a different account', async () => {
  await waitSecond()
  const { arn } = await makeKey(rated('ann'), { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
  const absent = arn.replace(/[^/]+$/, '99999999-9999-4999-8999-999999999999')
  for (const KeyId of [arn, absent]) {
    const sign = { KeyId, Message: x, SigningAlgorithm: 'RSASSA_PSS_SHA_256' }
    assert.equal(await passed(times(8, () => rated('bob').call('Sign', sign))), 8)
  }
})

test('the rate comes back as time passes', async () => {
  const ann = rated('ann')
  await waitSecond()
  await passesAbout(
    2,
    times(6, () => ann.call('CreateKey', {})),
  )
  await waitSecond()
  await ann.answer('CreateKey', {})
})

test('without KEYWARD_RATE_QUOTAS no call is throttled', async () => {
  const bob = counted('bob')
  const calls = times(300, () => bob.call('ListGrants', { KeyId: 'alias/none' }))
  assert.equal(await passed(calls), 300)
  assert.equal(await passed(times(30, () => bob.call('DeleteAlias', { AliasName: 'alias/none' }))), 30)
})

test('a setting that is not a quota is refused at start', async () => {
  const wrong = ['cows=1', 'keys', 'keys=-1', 'CreateKeys=1', 'Cryptographic.DES=1', 'Encrypt=1']
  await Promise.all(
    wrong.map(async quotas => {
      const said = await refusedStart({ environment: { KEYWARD_QUOTAS: quotas } })
      assert.ok(said.includes(`'${quotas}'`), said)
    }),
  )
})

const waitSecond = () => new Promise(resolve => setTimeout(resolve, 1100))
