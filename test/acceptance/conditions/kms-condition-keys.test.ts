import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kmsConditionKeys } from '../../../src/domain/index.ts'
import { attempt, checkBoth } from '../../fixtures/attempt.ts'
import {
  deniedText,
  makeKey,
  noPolicyAllows,
  policyOf,
  TestCaller,
  type TestKey,
} from '../../fixtures/caller.ts'
import { temporaryFile } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf, deny, seedAccessKey, seedUser } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { advance, daySeconds } from '../../fixtures/time-travel.ts'
import { attestationCases, enclave, newRecipient } from './cases/attestation.ts'
import { callerAndKeyCases } from './cases/callers-and-keys.ts'
import { account, type KeysOfKinds, userArn } from './cases/condition-case.ts'
import { cryptographyCases } from './cases/cryptography.ts'
import { grantCases } from './cases/grants.ts'
import { keyManagementCases } from './cases/key-management.ts'
import { newKeyCases, randomBytesCases } from './cases/without-keys.ts'

// Each condition key of AWS KMS, allowed and denied by its value (AWS KMS developer guide, "AWS KMS condition keys").

const cases = [
  ...callerAndKeyCases,
  ...cryptographyCases,
  ...keyManagementCases,
  ...grantCases,
  ...attestationCases,
]

const conditioned = (statement: object, Condition: object) => ({ ...statement, Condition })
const retirer = seedUser(
  'retirer',
  conditioned(deny('kms:RetireGrant'), {
    StringEquals: {
      'kms:GrantConstraintType': 'EncryptionContextSubset',
      'kms:EncryptionContext:purpose': 'test',
      'kms:EncryptionContextKeys': 'Purpose',
      'kms:CallerAccount': account,
    },
  }),
)
const users = [
  seedUser('alice', allow('kms:*')),
  seedUser('tester', allow('kms:CreateKey')),
  seedUser('grantee'),
  retirer,
  ...newKeyCases.map(({ user, condition }) => seedUser(user, conditioned(allow('kms:CreateKey'), condition))),
  ...randomBytesCases.map(({ user, condition }) =>
    seedUser(user, conditioned(allow('kms:GenerateRandom'), condition)),
  ),
]
/** A user whose own policy allows Encrypt with keys that have such an alias: a key policy cannot have this condition. */
const aliasUser = (name: string, alias: string) =>
  seedUser(
    name,
    conditioned(allow('kms:Encrypt'), { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': alias } }),
  )
users.push(aliasUser('labelled', 'alias/sym*'), aliasUser('mislabelled', 'alias/x*'))
const services = [{ name: 's3.amazonaws.com', accessKeys: [seedAccessKey('s3')] }]
const keyward = await testServer({
  seed: { accounts: [{ id: account, users, services }] },
  regions: ['us-east-1', 'us-west-2'],
  hasTestClock: true,
  environment: { KEYWARD_NITRO_ROOT: temporaryFile('root.pem', enclave.rootPem) },
})
const alice = new TestCaller(keyward, { credentials: credentialsOf('alice') })
const keys: KeysOfKinds = {
  symmetric: await makeKey(alice),
  signing: await makeKey(alice, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
  mac: await makeKey(alice, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
  agreement: await makeKey(alice, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' }),
  imported: await makeKey(alice, { Origin: 'EXTERNAL' }),
  multiRegion: await makeKey(alice, { MultiRegion: true }),
}
await alice.sdk.createAlias({ AliasName: 'alias/symmetric', TargetKeyId: keys.symmetric.id })

/** Puts a key policy that allows alice everything, and the tester this action under this condition. */
async function setPolicy(key: TestKey, action: string, condition: object): Promise<void> {
  const ofTester = conditioned(allow(action, '*', userArn('tester')), condition)
  const Policy = policyOf(allow('kms:*', '*', userArn('alice')), ofTester)
  await alice.sdk.putKeyPolicy({ KeyId: key.id, Policy })
}

const tester = { credentials: credentialsOf('tester') }
const service = {
  credentials: credentialsOf('s3'),
  headers: {
    'x-amz-keyward-on-behalf-of': userArn('tester'),
    'x-amz-source-arn': 'arn:aws:s3:::bucket',
    'x-amz-source-account': account,
  },
}

for (const { key: name, operator, right, wrong, operation, on = 'symmetric', input, viaService } of cases) {
  test(`${name} of ${operation}: ${operator} ${JSON.stringify(right)}, not ${JSON.stringify(wrong)}`, async () => {
    const key = keys[on]
    const request = { KeyId: key.arn, ...input?.() }
    const caller = viaService === true ? service : tester
    const outcomeWith = async (value: unknown) => {
      await setPolicy(key, `kms:${operation}`, { [operator]: { [name]: value } })
      return await attempt(keyward, operation, request, caller)
    }
    const outcomes = { wrong: await outcomeWith(wrong), right: await outcomeWith(right) }
    const because = noPolicyAllows('resource-based', `kms:${operation}`)
    checkBoth(outcomes, deniedText(userArn('tester'), `kms:${operation}`, key.arn, because))
    if (operation === 'ScheduleKeyDeletion') await alice.sdk.cancelKeyDeletion({ KeyId: key.id })
    if (operation === 'ScheduleKeyDeletion') await alice.sdk.enableKey({ KeyId: key.id })
  })
}

test('kms:ResourceAliases of Encrypt, in identity policies: alias/sym*, not alias/x*', async () => {
  const root = `arn:aws:iam::${account}:root`
  const Policy = policyOf(allow('kms:*', '*', userArn('alice')), allow('kms:*', '*', root))
  await alice.sdk.putKeyPolicy({ KeyId: keys.symmetric.id, Policy })
  const input = { KeyId: keys.symmetric.arn, Plaintext: Buffer.from('x') }
  const outcomeOf = (name: string) => attempt(keyward, 'Encrypt', input, { credentials: credentialsOf(name) })
  const because = noPolicyAllows('identity-based', 'kms:Encrypt')
  checkBoth(
    { right: await outcomeOf('labelled'), wrong: await outcomeOf('mislabelled') },
    deniedText(userArn('mislabelled'), 'kms:Encrypt', keys.symmetric.arn, because),
  )
})

for (const { user, condition, right, wrong } of newKeyCases) {
  test(`${JSON.stringify(condition)} decides about a new key`, async () => {
    const outcome = (input: object) =>
      attempt(keyward, 'CreateKey', input, { credentials: credentialsOf(user) })
    if (right !== undefined) assert.equal(await outcome(right), 'allowed')
    const because = noPolicyAllows('identity-based', 'kms:CreateKey')
    if (wrong !== undefined)
      assert.equal(await outcome(wrong), deniedText(userArn(user), 'kms:CreateKey', '*', because))
  })
}

for (const { user, condition, isAllowed } of randomBytesCases) {
  test(`${JSON.stringify(condition)} decides about random bytes`, async () => {
    const input = { NumberOfBytes: 8, Recipient: newRecipient() }
    const outcome = await attempt(keyward, 'GenerateRandom', input, { credentials: credentialsOf(user) })
    assert.equal(outcome === 'allowed', isAllowed, outcome)
  })
}

test('kms:ReEncryptOnSameKey is true if both keys are the same, however each is named', async () => {
  const other = await makeKey(alice)
  await alice.sdk.createAlias({ AliasName: 'alias/other', TargetKeyId: other.id })
  const { CiphertextBlob } = await alice.sdk.encrypt({
    KeyId: keys.symmetric.id,
    Plaintext: Buffer.from('x'),
  })
  const outcomes = async (isSame: string, destinations: readonly string[]) => {
    for (const key of [keys.symmetric, other]) {
      await setPolicy(key, 'kms:ReEncrypt*', { Bool: { 'kms:ReEncryptOnSameKey': isSame } })
    }
    const input = { CiphertextBlob, SourceKeyId: keys.symmetric.arn }
    const found = destinations.map(DestinationKeyId =>
      attempt(keyward, 'ReEncrypt', { ...input, DestinationKeyId }, tester),
    )
    return (await Promise.all(found)).map(outcome => outcome === 'allowed')
  }
  const { id, arn } = keys.symmetric
  const aliasArn = `arn:aws:kms:us-east-1:${account}:alias/symmetric`
  const same = [id, arn, 'alias/symmetric', aliasArn]
  const others = [other.id, other.arn, 'alias/other']
  const areSame = [...same.map(() => true), ...others.map(() => false)]
  assert.deepEqual(await outcomes('true', [...same, ...others]), areSame)
  assert.deepEqual(
    await outcomes('false', [...same, ...others]),
    areSame.map(isSame => !isSame),
  )
})

test('the constraint of the grant decides about RetireGrant', async () => {
  const grantWith = async (Constraints?: object) => {
    const { GrantId } = await alice.sdk.createGrant({
      KeyId: keys.symmetric.id,
      GranteePrincipal: userArn('grantee'),
      RetiringPrincipal: userArn('retirer'),
      Operations: ['Encrypt'],
      ...(Constraints && { Constraints }),
    })
    return { KeyId: keys.symmetric.arn, GrantId }
  }
  const credentials = credentialsOf('retirer')
  const constrained = await grantWith({ EncryptionContextSubset: { Purpose: 'test' } })
  const denied = await attempt(keyward, 'RetireGrant', constrained, { credentials })
  assert.match(denied, /with an explicit deny in an identity-based policy$/)
  const ofOthers = await grantWith({ EncryptionContextEquals: { Purpose: 'other' } })
  assert.equal(await attempt(keyward, 'RetireGrant', ofOthers, { credentials }), 'allowed')
  assert.equal(await attempt(keyward, 'RetireGrant', await grantWith(), { credentials }), 'allowed')
})

test('kms:TrailingDaysWithoutKeyUsage is the number of whole days since the last usage or the creation of the key', async () => {
  const key = await makeKey(alice)
  const disable = async (days: number) => {
    const condition = { NumericGreaterThanEquals: { 'kms:TrailingDaysWithoutKeyUsage': String(days) } }
    await setPolicy(key, 'kms:DisableKey', condition)
    const outcome = await attempt(keyward, 'DisableKey', { KeyId: key.id }, tester)
    if (outcome === 'allowed') await alice.sdk.enableKey({ KeyId: key.id })
    return outcome === 'allowed'
  }
  assert.deepEqual([await disable(0), await disable(1)], [true, false])
  await advance(keyward, 10 * daySeconds)
  assert.deepEqual([await disable(10), await disable(11)], [true, false])
  await alice.sdk.encrypt({ KeyId: key.id, Plaintext: Buffer.from('x') })
  assert.deepEqual([await disable(0), await disable(1)], [true, false])
  await advance(keyward, 3 * daySeconds)
  assert.deepEqual([await disable(3), await disable(4)], [true, false])
})

test('every condition key has a case here', () => {
  const elsewhere = ['kms:ReEncryptOnSameKey', 'kms:ResourceAliases', 'kms:TrailingDaysWithoutKeyUsage']
  const tried = cases.map(({ key }) => key.toLowerCase())
  const untried = Object.keys(kmsConditionKeys)
    .filter(name => !elsewhere.includes(name))
    .filter(name => !tried.some(key => key.startsWith(name.toLowerCase())))
  assert.deepEqual(untried, [])
})
