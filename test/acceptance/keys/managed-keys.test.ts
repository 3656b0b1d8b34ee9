import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type AttemptOptions, attempt, send } from '../../fixtures/attempt.ts'
import { base64, callersOf, policyOf } from '../../fixtures/caller.ts'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf } from '../../fixtures/seed.ts'
import { advance, daySeconds } from '../../fixtures/time-travel.ts'
import {
  account,
  forwarded,
  itself,
  other,
  startServicesWorld,
  userArn,
} from '../../fixtures/worlds/services.ts'

// AWS managed keys (AWS KMS developer guide, "AWS managed keys"). docs/services.md says when a key is made.

const { keyward, alice, key } = await startServicesWorld()
after(() => keyward.stop())

const as = callersOf(keyward)
const dataKey = (KeyId: string | undefined = key.arn) => ({ KeyId, KeySpec: 'AES_256' })
const try_ = (operation: string, input: object, options: AttemptOptions) =>
  attempt(keyward, operation, input, options)
const delegation = allow('kms:*', '*', `arn:aws:iam::${account}:root`)

const alias = 'alias/aws/s3'
/** The aliases that have a key. ListAliases also shows the aliases of AWS managed keys that do not exist yet. */
async function aliases(): Promise<(string | undefined)[]> {
  const { Aliases = [] } = await alice.sdk.listAliases({ Limit: 100 })
  return Aliases.filter(item => item.TargetKeyId).map(({ AliasName }) => AliasName)
}

test('the first use by its service makes an AWS managed key, one for each account', async () => {
  assert.notEqual(await try_('GenerateDataKey', dataKey(alias), forwarded('ec2', userArn('bob'))), undefined)
  // Encrypt makes no AWS managed key, and neither does a service whose call is denied.
  await alice.isRefused('Encrypt', { KeyId: alias, Plaintext: base64('x') }, 'NotFoundException')
  assert.notEqual(
    await try_('GenerateDataKey', dataKey(alias), itself('s3', { 'x-amz-source-account': account })),
    'allowed',
  )
  assert.deepEqual(await aliases(), [])
  const [first, again] = await Promise.all([
    send(keyward, 'GenerateDataKey', dataKey(alias), forwarded('s3', userArn('nobody'))),
    send(keyward, 'GenerateDataKey', dataKey(alias), forwarded('s3', userArn('bob'))),
  ])
  assert.equal(first['KeyId'], again['KeyId'])
  const ofOther = await send(
    keyward,
    'GenerateDataKey',
    dataKey(alias),
    forwarded('s3', userArn('carol', other)),
  )
  assert.match(String(ofOther['KeyId']), new RegExp(`:${other}:key/`))
  const { CiphertextBlob } = first
  const opened = await send(keyward, 'Decrypt', { CiphertextBlob }, forwarded('s3', userArn('nobody')))
  assert.deepEqual(opened['Plaintext'], first['Plaintext'])
  const { KeyMetadata } = await alice.sdk.describeKey({ KeyId: alias })
  assert.deepEqual([KeyMetadata?.KeyManager, KeyMetadata?.Arn], ['AWS', first['KeyId']])
  const records = readAuditRecords(keyward.dataDirectory)
  assert.equal(
    records.filter(({ eventName, eventType }) => eventName === 'CreateKey' && eventType === 'AwsServiceEvent')
      .length,
    2,
  )
})

// AWS KMS API reference, DescribeKey: "a predefined AWS alias, that is, an AWS alias with no key ID".
test('DescribeKey of a predefined alias makes the key too, if the caller may describe it', async () => {
  const bob = { credentials: credentialsOf('bob') }
  const before = await aliases()
  const predefined = 'alias/aws/lambda'
  const aliasArn = `arn:aws:kms:us-east-1:${account}:${predefined}`
  const denial = `User: ${userArn('bob')} is not authorized to perform: kms:DescribeKey on resource: ${aliasArn} because no identity-based policy allows the kms:DescribeKey action`
  assert.equal(await try_('DescribeKey', { KeyId: predefined }, bob), denial)
  const record = readAuditRecords(keyward.dataDirectory).findLast(
    ({ errorCode }) => errorCode === 'AccessDenied',
  )
  assert.deepEqual([record?.['errorMessage'], record?.['resources']], [denial, undefined])
  await alice.isRefused('DescribeKey', { KeyId: 'alias/aws/none' }, 'NotFoundException')
  const ofOther = `arn:aws:kms:us-east-1:${other}:${predefined}`
  await alice.isRefused('DescribeKey', { KeyId: ofOther }, 'AccessDeniedException')
  assert.deepEqual(await aliases(), before)
  const named = await Promise.all([
    alice.sdk.describeKey({ KeyId: predefined }),
    alice.sdk.describeKey({ KeyId: aliasArn }),
  ])
  const [first, again] = named.map(({ KeyMetadata }) => KeyMetadata)
  assert.deepEqual(first, again)
  assert.partialDeepStrictEqual(first, {
    KeyManager: 'AWS',
    KeyState: 'Enabled',
    KeySpec: 'SYMMETRIC_DEFAULT',
  })
  assert.deepEqual(await aliases(), [...before, predefined].toSorted())
  const used = await try_(
    'GenerateDataKey',
    dataKey(first?.Arn),
    itself('s3', { 'x-amz-source-account': account }),
  )
  assert.notEqual(used, 'allowed')
})

test('an account can look at its AWS managed keys', async () => {
  const { KeyMetadata } = await alice.sdk.describeKey({ KeyId: alias })
  const KeyId = KeyMetadata?.KeyId ?? ''
  const { Aliases = [] } = await alice.sdk.listAliases({})
  assert.ok(Aliases.some(({ AliasName, TargetKeyId }) => AliasName === alias && TargetKeyId === KeyId))
  const { Keys = [] } = await alice.sdk.listKeys({})
  assert.ok(Keys.some(item => item.KeyId === KeyId))
  const policy = JSON.parse((await alice.sdk.getKeyPolicy({ KeyId })).Policy ?? '')
  assert.deepEqual(
    policy.Statement.map((statement: { Action: unknown; Condition: unknown }) => [
      statement.Action,
      statement.Condition,
    ]),
    [
      [
        [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        { StringEquals: { 'kms:CallerAccount': account, 'kms:ViaService': 's3.us-east-1.amazonaws.com' } },
      ],
      [['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'], undefined],
    ],
  )
  const status = await alice.sdk.getKeyRotationStatus({ KeyId })
  assert.deepEqual([status.KeyRotationEnabled, status.RotationPeriodInDays], [true, 365])
  assert.deepEqual((await alice.sdk.listGrants({ KeyId })).Grants, [])
  assert.deepEqual((await alice.sdk.listResourceTags({ KeyId })).Tags, [])
})

test('nobody manages an AWS managed key or uses it directly, not even the root user', async () => {
  const { KeyMetadata } = await alice.sdk.describeKey({ KeyId: alias })
  const KeyId = KeyMetadata?.KeyId ?? ''
  const Plaintext = base64('x')
  const forbidden: [string, object][] = [
    ['Encrypt', { KeyId: alias, Plaintext }],
    ['Encrypt', { KeyId, Plaintext }],
    ['GenerateDataKey', dataKey(KeyId)],
    ['PutKeyPolicy', { KeyId, Policy: policyOf(delegation) }],
    ['ScheduleKeyDeletion', { KeyId }],
    ['DisableKey', { KeyId }],
    ['DisableKeyRotation', { KeyId }],
    ['EnableKeyRotation', { KeyId }],
    ['RotateKeyOnDemand', { KeyId }],
    ['TagResource', { KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }],
    ['CreateAlias', { AliasName: 'alias/mine', TargetKeyId: KeyId }],
    ['UpdateKeyDescription', { KeyId, Description: 'mine' }],
    ['CreateGrant', { KeyId, GranteePrincipal: userArn('bob'), Operations: ['Decrypt'] }],
  ]
  for (const [operation, input] of forbidden) {
    for (const name of ['alice', 'root']) {
      await as(name).isRefused(
        operation,
        input,
        'AccessDeniedException',
        /because no resource-based policy allows/,
      )
    }
    const foreign = JSON.parse(
      JSON.stringify(input).replaceAll(`"${KeyId}"`, JSON.stringify(KeyMetadata?.Arn)),
    )
    if (operation !== 'CreateAlias' && JSON.stringify(foreign).includes('arn:aws:kms')) {
      await as('carol').isRefused(operation, foreign, 'AccessDeniedException')
    }
  }
  assert.notEqual(
    await try_('GenerateDataKey', dataKey(KeyMetadata?.Arn), forwarded('ec2', userArn('bob'))),
    'allowed',
  )
  const ofOthers = forwarded('s3', userArn('carol', other))
  assert.notEqual(await try_('GenerateDataKey', dataKey(KeyMetadata?.Arn), ofOthers), 'allowed')
  for (const [operation, input] of [
    ['DeleteAlias', { AliasName: alias }],
    ['UpdateAlias', { AliasName: alias, TargetKeyId: key.id }],
    ['CreateAlias', { AliasName: 'alias/aws/sqs', TargetKeyId: key.id }],
  ] as const) {
    await alice.isRefused(operation, input, 'NotAuthorizedException')
  }
})

test('an AWS managed key rotates every year', async () => {
  const { KeyMetadata: before_ } = await alice.sdk.describeKey({ KeyId: alias })
  await advance(keyward, 366 * daySeconds)
  const { KeyMetadata } = await alice.sdk.describeKey({ KeyId: alias })
  assert.notEqual(KeyMetadata?.CurrentKeyMaterialId, before_?.CurrentKeyMaterialId)
})
