import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
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
import { type KeywardProcess, startKeyward, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { makeTestEnclave } from '../../fixtures/nitro-enclave.ts'
import { allow, credentialsOf, deny, seedAccessKey, seedUser, writeSeed } from '../../fixtures/seed.ts'
import { advance, daySeconds } from '../../fixtures/time-travel.ts'

// Each condition key of AWS KMS, allowed and denied by its value (AWS KMS developer guide, "AWS KMS condition keys").

const account = '111111111111'
const userArn = (name: string) => `arn:aws:iam::${account}:user/${name}`
const bucketArn = `arn:aws:s3:::bucket`
const sourceArn = `arn:aws:s3:us-east-1:${account}:bucket`
const enclave = makeTestEnclave({ now: Date.now() })
const onBehalf = {
  'x-amz-keyward-on-behalf-of': userArn('tester'),
  'x-amz-source-arn': bucketArn,
  'x-amz-source-account': account,
}

interface Case {
  readonly key: string
  /** What the policy compares with: what the request has, and what it has not. */
  readonly operator: string
  readonly right: unknown
  readonly wrong: unknown
  readonly operation: string
  readonly action?: string
  readonly on?: keyof Keys
  readonly input?: () => object
  /** Whether s3 calls for the tester. */
  readonly viaService?: true
}

interface Keys {
  readonly symmetric: TestKey
  readonly signing: TestKey
  readonly mac: TestKey
  readonly agreement: TestKey
  readonly imported: TestKey
  readonly multiRegion: TestKey
}

const ofEncrypt = { operation: 'Encrypt', input: () => ({ Plaintext: Buffer.from('x') }) } as const
const withContext = {
  operation: 'Encrypt',
  input: () => ({ Plaintext: Buffer.from('x'), EncryptionContext: { Purpose: 'test', App: 'one' } }),
} as const
const grantInput = (more: object = {}) => ({
  GranteePrincipal: userArn('grantee'),
  Operations: ['Encrypt', 'Decrypt'],
  ...more,
})
const ofGrant = { operation: 'CreateGrant', input: () => grantInput() } as const
const serviceGrant = () => ({
  GranteeServicePrincipal: 'rds.amazonaws.com',
  RetiringServicePrincipal: 'rds.amazonaws.com',
  Operations: ['Encrypt'],
  Constraints: { SourceArn: sourceArn },
})
const document = () =>
  enclave.attest({
    pcrs: { 0: '0'.repeat(96), 1: '1'.repeat(96) },
    nitroTpmPcrs: { 7: '7'.repeat(96) },
  })
const attested = {
  operation: 'GenerateDataKey',
  input: () => ({
    KeySpec: 'AES_256',
    Recipient: { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument: document() },
  }),
} as const
const text = (key: string, right: unknown, wrong: unknown) => ({
  key,
  operator: 'StringEquals',
  right,
  wrong,
})
const bool = (key: string, right: boolean) => ({
  key,
  operator: 'Bool',
  right: String(right),
  wrong: String(!right),
})
const peer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({
  format: 'der',
  type: 'spki',
})
const hour = 3_600_000
const inAnHour = new Date(Date.now() + hour)
const sealed = { ImportToken: Buffer.from('x'), EncryptedKeyMaterial: Buffer.from('x') }

const cases: Case[] = [
  { ...text('kms:CallerAccount', account, '222222222222'), ...ofEncrypt },
  { ...text('kms:KeySpec', 'SYMMETRIC_DEFAULT', 'RSA_2048'), ...ofEncrypt },
  { ...text('kms:CustomerMasterKeySpec', 'SYMMETRIC_DEFAULT', 'RSA_2048'), ...ofEncrypt },
  { ...text('kms:KeyUsage', 'SIGN_VERIFY', 'ENCRYPT_DECRYPT'), operation: 'DescribeKey', on: 'signing' },
  {
    ...text('kms:CustomerMasterKeyUsage', 'SIGN_VERIFY', 'ENCRYPT_DECRYPT'),
    operation: 'DescribeKey',
    on: 'signing',
  },
  { ...text('kms:KeyOrigin', 'EXTERNAL', 'AWS_KMS'), operation: 'DescribeKey', on: 'imported' },
  { ...bool('kms:MultiRegion', true), operation: 'DescribeKey', on: 'multiRegion' },
  { ...bool('kms:MultiRegion', false), operation: 'DescribeKey' },
  { ...text('kms:MultiRegionKeyType', 'PRIMARY', 'REPLICA'), operation: 'DescribeKey', on: 'multiRegion' },
  { ...text('kms:EncryptionAlgorithm', 'SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1'), ...ofEncrypt },
  {
    ...text('kms:EncryptionAlgorithm', 'SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1'),
    operation: 'GenerateDataKeyWithoutPlaintext',
    input: () => ({ KeySpec: 'AES_256' }),
  },
  // The name of the key is not case-sensitive, the value is.
  { ...text('kms:EncryptionContext:PURPOSE', 'test', 'Test'), ...withContext },
  { ...text('kms:EncryptionContext:Purpose', ['other', 'test'], ['other', 'tes']), ...withContext },
  { key: 'kms:EncryptionContext:purpose', operator: 'StringLike', right: 't*', wrong: 'T*', ...withContext },
  {
    key: 'kms:EncryptionContextKeys',
    operator: 'ForAllValues:StringEquals',
    right: ['Purpose', 'App', 'More'],
    wrong: ['purpose', 'App'],
    ...withContext,
  },
  { key: 'kms:EncryptionContextKeys', operator: 'Null', right: 'false', wrong: 'true', ...withContext },
  { key: 'kms:EncryptionContextKeys', operator: 'Null', right: 'true', wrong: 'false', ...ofEncrypt },
  {
    ...text('kms:DataKeyPairSpec', 'ECC_NIST_P256', 'RSA_2048'),
    operation: 'GenerateDataKeyPairWithoutPlaintext',
    input: () => ({ KeyPairSpec: 'ECC_NIST_P256' }),
  },
  {
    ...text('kms:SigningAlgorithm', 'ECDSA_SHA_256', 'ECDSA_SHA_384'),
    operation: 'Sign',
    on: 'signing',
    input: () => ({ Message: Buffer.from('x'), SigningAlgorithm: 'ECDSA_SHA_256' }),
  },
  {
    ...text('kms:MessageType', 'RAW', 'DIGEST'),
    operation: 'Sign',
    on: 'signing',
    input: () => ({ Message: Buffer.from('x'), SigningAlgorithm: 'ECDSA_SHA_256' }),
  },
  {
    ...text('kms:MacAlgorithm', 'HMAC_SHA_256', 'HMAC_SHA_512'),
    operation: 'GenerateMac',
    on: 'mac',
    input: () => ({ Message: Buffer.from('x'), MacAlgorithm: 'HMAC_SHA_256' }),
  },
  {
    ...text('kms:KeyAgreementAlgorithm', 'ECDH', 'OTHER'),
    operation: 'DeriveSharedSecret',
    on: 'agreement',
    input: () => ({ KeyAgreementAlgorithm: 'ECDH', PublicKey: peer }),
  },
  {
    ...text('kms:WrappingAlgorithm', 'RSAES_OAEP_SHA_256', 'RSAES_OAEP_SHA_1'),
    operation: 'GetParametersForImport',
    on: 'imported',
    input: () => ({ WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }),
  },
  {
    ...text('kms:WrappingKeySpec', 'RSA_2048', 'RSA_4096'),
    operation: 'GetParametersForImport',
    on: 'imported',
    input: () => ({ WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }),
  },
  {
    ...text('kms:ExpirationModel', 'KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'),
    operation: 'ImportKeyMaterial',
    on: 'imported',
    input: () => ({ ...sealed, ValidTo: inAnHour }),
  },
  {
    key: 'kms:ValidTo',
    operator: 'DateLessThan',
    right: new Date(inAnHour.getTime() + hour).toISOString(),
    wrong: new Date(inAnHour.getTime() - hour).toISOString(),
    operation: 'ImportKeyMaterial',
    on: 'imported',
    input: () => ({ ...sealed, ValidTo: inAnHour }),
  },
  {
    key: 'kms:RotationPeriodInDays',
    operator: 'NumericLessThanEquals',
    right: '180',
    wrong: '179',
    operation: 'EnableKeyRotation',
    input: () => ({ RotationPeriodInDays: 180 }),
  },
  {
    // The default counts where none is given.
    key: 'kms:RotationPeriodInDays',
    operator: 'NumericEquals',
    right: '365',
    wrong: '90',
    operation: 'EnableKeyRotation',
  },
  {
    ...text('kms:PrimaryRegion', 'us-west-2', 'eu-west-1'),
    operation: 'UpdatePrimaryRegion',
    on: 'multiRegion',
    input: () => ({ PrimaryRegion: 'us-west-2' }),
  },
  {
    ...text('kms:ReplicaRegion', 'us-west-2', 'eu-west-1'),
    operation: 'ReplicateKey',
    on: 'multiRegion',
    input: () => ({ ReplicaRegion: 'us-west-2' }),
  },
  {
    ...bool('kms:BypassPolicyLockoutSafetyCheck', true),
    operation: 'PutKeyPolicy',
    input: () => ({ Policy: '{', BypassPolicyLockoutSafetyCheck: true }),
  },
  // Where it is not given it is not there, rather than false.
  {
    key: 'kms:BypassPolicyLockoutSafetyCheck',
    operator: 'Null',
    right: 'true',
    wrong: 'false',
    operation: 'PutKeyPolicy',
    input: () => ({ Policy: '{' }),
  },
  {
    ...text('kms:RequestAlias', 'alias/symmetric', 'alias/other'),
    ...ofEncrypt,
    input: () => ({ KeyId: 'alias/symmetric', Plaintext: Buffer.from('x') }),
  },
  {
    ...text('kms:RequestAlias', 'alias/symmetric', 'alias/other'),
    operation: 'DescribeKey',
    input: () => ({ KeyId: `arn:aws:kms:us-east-1:${account}:alias/symmetric` }),
  },
  { key: 'kms:RequestAlias', operator: 'Null', right: 'true', wrong: 'false', ...ofEncrypt },
  {
    key: 'kms:ResourceAliases',
    operator: 'ForAnyValue:StringLike',
    right: 'alias/sym*',
    wrong: 'alias/x*',
    ...ofEncrypt,
  },
  { ...text('kms:GranteePrincipal', userArn('grantee'), userArn('other')), ...ofGrant },
  {
    ...text('kms:RetiringPrincipal', userArn('grantee'), userArn('other')),
    operation: 'CreateGrant',
    input: () => grantInput({ RetiringPrincipal: userArn('grantee') }),
  },
  {
    key: 'kms:GrantOperations',
    operator: 'ForAllValues:StringEquals',
    right: ['Encrypt', 'Decrypt', 'DescribeKey'],
    wrong: ['Encrypt'],
    ...ofGrant,
  },
  {
    ...text('kms:GrantConstraintType', 'EncryptionContextSubset', 'EncryptionContextEquals'),
    operation: 'CreateGrant',
    input: () => grantInput({ Constraints: { EncryptionContextSubset: { Purpose: 'test' } } }),
  },
  {
    ...text('kms:EncryptionContext:Purpose', 'test', 'other'),
    operation: 'CreateGrant',
    input: () => grantInput({ Constraints: { EncryptionContextEquals: { Purpose: 'test' } } }),
  },
  {
    ...text('kms:GranteeServicePrincipal', 'rds.amazonaws.com', 's3.amazonaws.com'),
    operation: 'CreateGrant',
    input: serviceGrant,
  },
  {
    ...text('kms:RetiringServicePrincipal', 'rds.amazonaws.com', 's3.amazonaws.com'),
    operation: 'CreateGrant',
    input: serviceGrant,
  },
  {
    key: 'kms:GrantConstraintSourceArn',
    operator: 'ArnLike',
    right: `arn:aws:s3:*:${account}:*`,
    wrong: 'arn:aws:s3:*:222222222222:*',
    operation: 'CreateGrant',
    input: serviceGrant,
  },
  { ...bool('kms:GrantIsForAWSResource', false), ...ofGrant },
  { ...bool('kms:GrantIsForAWSResource', true), ...ofGrant, viaService: true },
  { ...bool('kms:GrantIsForAWSResource', true), operation: 'ListGrants', viaService: true },
  {
    ...bool('kms:GrantIsForAWSResource', true),
    operation: 'RevokeGrant',
    input: () => ({ GrantId: 'x' }),
    viaService: true,
  },
  {
    ...text('kms:ViaService', 's3.us-east-1.amazonaws.com', 'ec2.us-east-1.amazonaws.com'),
    ...ofEncrypt,
    viaService: true,
  },
  { key: 'kms:ViaService', operator: 'Null', right: 'true', wrong: 'false', ...ofEncrypt },
  { ...text('kms:RecipientAttestation:ImageSha384', '0'.repeat(96), 'f'.repeat(96)), ...attested },
  {
    key: 'kms:RecipientAttestation:PCR1',
    operator: 'StringEqualsIgnoreCase',
    right: '1'.repeat(96),
    wrong: 'f'.repeat(96),
    ...attested,
  },
  { ...text('kms:RecipientAttestation:NitroTPMPCR7', '7'.repeat(96), 'f'.repeat(96)), ...attested },
  {
    key: 'kms:RecipientAttestation:PCR1',
    operator: 'Null',
    right: 'true',
    wrong: 'false',
    operation: 'GenerateDataKey',
    input: () => ({ KeySpec: 'AES_256' }),
  },
  {
    key: 'kms:ScheduleKeyDeletionPendingWindowInDays',
    operator: 'NumericGreaterThanEquals',
    right: '30',
    wrong: '31',
    operation: 'ScheduleKeyDeletion',
  },
]

const creators = [
  {
    name: 'c1',
    condition: { StringEquals: { 'kms:KeySpec': 'HMAC_256' } },
    right: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
    wrong: {},
  },
  {
    name: 'c2',
    condition: { StringEquals: { 'kms:CustomerMasterKeySpec': 'SYMMETRIC_DEFAULT' } },
    right: {},
    wrong: { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
  },
  {
    name: 'c3',
    condition: { StringEquals: { 'kms:KeyUsage': 'ENCRYPT_DECRYPT' } },
    right: {},
    wrong: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  },
  {
    name: 'c4',
    condition: { StringEquals: { 'kms:KeyOrigin': 'AWS_KMS' } },
    right: {},
    wrong: { Origin: 'EXTERNAL' },
  },
  {
    name: 'c5',
    condition: { Bool: { 'kms:MultiRegion': 'false' } },
    right: {},
    wrong: { MultiRegion: true },
  },
  {
    name: 'c6',
    condition: { StringEquals: { 'kms:MultiRegionKeyType': 'PRIMARY' } },
    right: { MultiRegion: true },
    wrong: {},
  },
  {
    name: 'c7',
    condition: { BoolIfExists: { 'kms:BypassPolicyLockoutSafetyCheck': 'false' } },
    right: {},
    wrong: { BypassPolicyLockoutSafetyCheck: true },
  },
  { name: 'c8', condition: { StringEquals: { 'kms:CallerAccount': account } }, right: {}, wrong: undefined },
  { name: 'c9', condition: { StringEquals: { 'kms:KeyId': 'x' } }, right: undefined, wrong: {} },
]

const randoms = [
  {
    name: 'r1',
    condition: { StringEquals: { 'kms:RecipientAttestation:ImageSha384': '0'.repeat(96) } },
    isAllowed: true,
  },
  {
    name: 'r2',
    condition: { StringEquals: { 'kms:RecipientAttestation:PCR2': 'f'.repeat(96) } },
    isAllowed: false,
  },
  // A property of keys is of no request without one.
  { name: 'r3', condition: { StringEquals: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT' } }, isAllowed: false },
]

let keyward: KeywardProcess
let alice: TestCaller
let keys: Keys
before(async () => {
  const root = join(temporaryDirectory(), 'root.pem')
  writeFileSync(root, enclave.rootPem)
  const seed = {
    accounts: [
      {
        id: account,
        users: [
          seedUser('alice', allow('kms:*')),
          seedUser('tester', allow('kms:CreateKey')),
          seedUser('grantee'),
          seedUser('retirer', {
            ...deny('kms:RetireGrant'),
            Condition: {
              StringEquals: {
                'kms:GrantConstraintType': 'EncryptionContextSubset',
                'kms:EncryptionContext:purpose': 'test',
                'kms:EncryptionContextKeys': 'Purpose',
                'kms:CallerAccount': account,
              },
            },
          }),
          ...creators.map(({ name, condition }) => seedUser(name, conditioned('kms:CreateKey', condition))),
          ...randoms.map(({ name, condition }) =>
            seedUser(name, conditioned('kms:GenerateRandom', condition)),
          ),
        ],
        services: [{ name: 's3.amazonaws.com', accessKeys: [seedAccessKey('s3')] }],
      },
    ],
  }
  keyward = await startKeyward({
    flags: [
      '--seed',
      writeSeed(seed),
      '--regions',
      'us-east-1,us-west-2',
      '--test-clock',
      'except-signatures',
    ],
    environment: { KEYWARD_NITRO_ROOT: root },
  })
  alice = new TestCaller(keyward, { credentials: credentialsOf('alice') })
  keys = await makeKeys()
})
after(() => keyward.stop())

async function makeKeys(): Promise<Keys> {
  const symmetric = await makeKey(alice)
  await alice.sdk.createAlias({ AliasName: 'alias/symmetric', TargetKeyId: symmetric.id })
  return {
    symmetric,
    signing: await makeKey(alice, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    mac: await makeKey(alice, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
    agreement: await makeKey(alice, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' }),
    imported: await makeKey(alice, { Origin: 'EXTERNAL' }),
    multiRegion: await makeKey(alice, { MultiRegion: true }),
  }
}

function conditioned(Action: string, Condition: object): object {
  return { ...allow(Action), Condition }
}

/** The key's policy becomes: alice may do all, the tester this action under this condition. */
async function setPolicy(key: TestKey, action: string, condition: object): Promise<void> {
  const ofTester = { ...allow(action, '*', userArn('tester')), Condition: condition }
  const Policy = policyOf(allow('kms:*', '*', userArn('alice')), ofTester)
  await alice.sdk.putKeyPolicy({ KeyId: key.id, Policy })
}

const tester = { credentials: credentialsOf('tester') }
const service = { credentials: credentialsOf('s3'), headers: onBehalf }

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

for (const { name, condition, right, wrong } of creators) {
  test(`a new key is decided by ${JSON.stringify(condition)}`, async () => {
    const outcome = (input: object) =>
      attempt(keyward, 'CreateKey', input, { credentials: credentialsOf(name) })
    if (right !== undefined) assert.equal(await outcome(right), 'allowed')
    const because = noPolicyAllows('identity-based', 'kms:CreateKey')
    if (wrong !== undefined)
      assert.equal(await outcome(wrong), deniedText(userArn(name), 'kms:CreateKey', '*', because))
  })
}

for (const { name, condition, isAllowed } of randoms) {
  test(`random bytes are decided by ${JSON.stringify(condition)}`, async () => {
    const { Recipient } = attested.input()
    const input = { NumberOfBytes: 8, Recipient }
    const outcome = await attempt(keyward, 'GenerateRandom', input, { credentials: credentialsOf(name) })
    assert.equal(outcome === 'allowed', isAllowed, outcome)
  })
}

test('kms:ReEncryptOnSameKey tells whether both are one key, however each is named', async () => {
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
  assert.deepEqual(await outcomes('true', [...same, ...others]), [
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ])
  assert.deepEqual(await outcomes('false', [...same, ...others]), [
    false,
    false,
    false,
    false,
    true,
    true,
    true,
  ])
})

test('RetireGrant is decided by the constraint of the grant', async () => {
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

test('kms:TrailingDaysWithoutKeyUsage counts whole days since the last use, or since the key was made', async () => {
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

test('no condition key is left out here', () => {
  const elsewhere = ['kms:ReEncryptOnSameKey', 'kms:TrailingDaysWithoutKeyUsage']
  const tried = cases.map(({ key }) => key.toLowerCase())
  const untried = Object.keys(kmsConditionKeys)
    .filter(name => !elsewhere.includes(name))
    .filter(name => !tried.some(key => key.startsWith(name.toLowerCase())))
  assert.deepEqual(untried, [])
})
