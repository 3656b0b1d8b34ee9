import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateAccessKeyCommand, IAMClient } from '@aws-sdk/client-iam'
import { KMSServiceException } from '@aws-sdk/client-kms'
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { type AttemptOptions, attempt, send } from '../../fixtures/attempt.ts'
import { policyOf, type TestCaller, type TestKey } from '../../fixtures/caller.ts'
import { callRaw, signCall } from '../../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords } from '../../fixtures/keyward-process.ts'
import { allow, credentialsOf } from '../../fixtures/seed.ts'
import {
  account,
  forwarded,
  itself,
  other,
  startServicesWorld,
  userArn,
} from '../../fixtures/worlds/services.ts'

// Calls of AWS services, as themselves and on behalf of principals (IAM user guide, "Forward access sessions"; AWS KMS
// developer guide, "kms:ViaService", "AWS managed keys"). docs/services.md describes them.

const bucket = 'arn:aws:s3:::bucket'

let keyward: KeywardProcess
let alice: TestCaller
let key: TestKey
before(async () => {
  ;({ keyward, alice, key } = await startServicesWorld())
})
after(() => keyward.stop())

const dataKey = (KeyId = key.arn) => ({ KeyId, KeySpec: 'AES_256' })
const try_ = (operation: string, input: object, options: AttemptOptions) =>
  attempt(keyward, operation, input, options)

async function setPolicy(...statements: object[]): Promise<void> {
  const Policy = policyOf(allow('kms:*', '*', userArn('alice')), ...statements)
  await alice.sdk.putKeyPolicy({ KeyId: key.id, Policy })
}
const delegation = allow('kms:*', '*', `arn:aws:iam::${account}:root`)
const openToService = (Service: string, Condition?: object) => ({
  Effect: 'Allow',
  Principal: { Service },
  Action: 'kms:*',
  Resource: '*',
  ...(Condition && { Condition }),
})

const isOfService = ({ userIdentity }: Record<string, unknown>) =>
  (userIdentity as { type?: string }).type === 'AWSService'

test('a service on behalf of a user may do what the user may, and no more', async () => {
  await setPolicy(delegation)
  assert.equal(await try_('GenerateDataKey', dataKey(), forwarded('s3', userArn('bob'))), 'allowed')
  assert.equal(await try_('GenerateDataKey', dataKey(key.id), forwarded('s3', userArn('bob'))), 'allowed')
  assert.match(
    await try_('Encrypt', { KeyId: key.id, Plaintext: Buffer.from('x') }, forwarded('s3', userArn('bob'))),
    /^User: arn:aws:iam::111111111111:user\/bob is not authorized to perform: kms:Encrypt on .* because no identity-based policy allows the kms:Encrypt action$/,
  )
  assert.equal(
    await try_('DescribeKey', { KeyId: key.id }, forwarded('s3', `arn:aws:iam::${account}:root`)),
    'allowed',
  )
})

test('a call on behalf of a user has its condition keys, and a call of the user itself does not', async () => {
  const conditions = {
    StringEquals: {
      'kms:ViaService': 's3.us-east-1.amazonaws.com',
      'aws:CalledViaFirst': 's3.amazonaws.com',
    },
    Bool: { 'aws:ViaAWSService': 'true', 'aws:PrincipalIsAWSService': 'false' },
    ArnEquals: { 'aws:SourceArn': bucket, 'aws:PrincipalArn': userArn('nobody') },
    'ForAnyValue:StringEquals': { 'aws:CalledVia': 's3.amazonaws.com' },
    Null: { 'aws:SourceIp': 'true' },
  }
  await setPolicy({ ...allow('kms:GenerateDataKey', '*', userArn('nobody')), Condition: conditions })
  const at = { 'x-amz-source-arn': bucket, 'x-amz-source-account': account }
  assert.equal(await try_('GenerateDataKey', dataKey(), forwarded('s3', userArn('nobody'), at)), 'allowed')
  const others = [
    forwarded('ec2', userArn('nobody'), at),
    forwarded('s3', userArn('nobody')),
    { credentials: credentialsOf('nobody') },
  ]
  for (const options of others)
    assert.match(await try_('GenerateDataKey', dataKey(), options), /no resource-based policy/)
})

test('the audit record of a call on behalf of a user names the user and the service', async () => {
  await setPolicy(delegation)
  await send(keyward, 'GenerateDataKey', dataKey(), forwarded('s3', userArn('bob')))
  const record = readAuditRecords(keyward.dataDirectory).findLast(
    ({ eventName }) => eventName === 'GenerateDataKey',
  )
  const { userIdentity, sourceIPAddress, userAgent, recipientAccountId } = record ?? {}
  const { type, arn, invokedBy, accessKeyId } = userIdentity as Record<string, unknown>
  assert.deepEqual(
    { type, arn, invokedBy, accessKeyId, sourceIPAddress, userAgent, recipientAccountId },
    {
      type: 'IAMUser',
      arn: userArn('bob'),
      invokedBy: 's3.amazonaws.com',
      accessKeyId: undefined,
      sourceIPAddress: 's3.amazonaws.com',
      userAgent: 's3.amazonaws.com',
      recipientAccountId: account,
    },
  )
})

test('a service as itself may do what the key policy allows, under the conditions of its resource', async () => {
  const ofAccount = {
    StringEquals: { 'aws:SourceAccount': account },
    ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::b*' },
  }
  await setPolicy(openToService('s3.amazonaws.com', ofAccount))
  const ours = { 'x-amz-source-arn': bucket, 'x-amz-source-account': account }
  assert.equal(await try_('GenerateDataKey', dataKey(), itself('s3', ours)), 'allowed')
  // The confused deputy: the same service calls for a resource of a different account.
  const theirs = [
    itself('s3', { ...ours, 'x-amz-source-account': other }),
    itself('s3', { ...ours, 'x-amz-source-arn': 'arn:aws:s3:::x' }),
    itself('s3'),
    itself('rds', ours),
  ]
  for (const options of theirs) {
    const outcome = await try_('GenerateDataKey', dataKey(), options)
    assert.match(
      outcome,
      /^User: (s3|rds)\.amazonaws\.com is not authorized to perform: kms:GenerateDataKey on /,
    )
  }
  const conditions = {
    Bool: { 'aws:PrincipalIsAWSService': 'true', 'aws:ViaAWSService': 'false' },
    StringEquals: { 'aws:PrincipalServiceName': 's3.amazonaws.com' },
    'ForAnyValue:StringEquals': { 'aws:PrincipalServiceNamesList': 's3.us-east-1.amazonaws.com' },
    Null: { 'aws:PrincipalArn': 'true', 'kms:ViaService': 'true' },
  }
  await setPolicy(openToService('s3.amazonaws.com', conditions))
  assert.equal(await try_('GenerateDataKey', dataKey(), itself('s3', ours)), 'allowed')
  assert.match(
    await try_('GenerateDataKey', dataKey(), { credentials: credentialsOf('bob') }),
    /no resource-based/,
  )
  const record = readAuditRecords(keyward.dataDirectory).findLast(record => isOfService(record))
  assert.deepEqual(record?.['userIdentity'], { type: 'AWSService', invokedBy: 's3.amazonaws.com' })
})

test('a service as itself may call no operation that has no key policy', async () => {
  for (const operation of ['ListKeys', 'CreateKey', 'ListAliases']) {
    for (const options of [itself('s3'), itself('s3', { 'x-amz-source-account': account })]) {
      assert.match(await try_(operation, {}, options), /because no identity-based policy allows/, operation)
    }
  }
})

test('a grant to a service applies only to calls for the resource of the grant', async () => {
  await setPolicy()
  const SourceArn = `arn:aws:rds:us-east-1:${account}:db:one`
  const { GrantId } = await alice.sdk.createGrant({
    KeyId: key.id,
    GranteeServicePrincipal: 'rds.amazonaws.com',
    RetiringServicePrincipal: 'rds.amazonaws.com',
    Operations: ['GenerateDataKey', 'DescribeKey'],
    Constraints: { SourceArn },
  })
  const ours = { 'x-amz-source-arn': SourceArn, 'x-amz-source-account': account }
  assert.equal(await try_('GenerateDataKey', dataKey(), itself('rds', ours)), 'allowed')
  assert.equal(await try_('DescribeKey', { KeyId: key.arn }, itself('rds', ours)), 'allowed')
  const others: [string, AttemptOptions][] = [
    ['GenerateDataKey', itself('rds', { ...ours, 'x-amz-source-arn': `${SourceArn}2` })],
    ['GenerateDataKey', itself('rds')],
    ['GenerateDataKey', itself('s3', ours)],
    ['GenerateDataKeyWithoutPlaintext', itself('rds', ours)],
    // The user that the service calls for has no grant.
    ['GenerateDataKey', forwarded('rds', userArn('nobody'), ours)],
  ]
  for (const [operation, options] of others)
    assert.notEqual(await try_(operation, dataKey(), options), 'allowed')
  const retirement = { KeyId: key.arn, GrantId }
  assert.notEqual(await try_('RetireGrant', retirement, itself('s3', ours)), 'allowed')
  assert.equal(await try_('RetireGrant', retirement, itself('rds', ours)), 'allowed')
  assert.notEqual(await try_('GenerateDataKey', dataKey(), itself('rds', ours)), 'allowed')
})

test('only a service may name a principal that it calls for', async () => {
  await setPolicy(delegation)
  const headers = {
    'x-amz-keyward-on-behalf-of': userArn('alice'),
    'x-amz-source-arn': bucket,
    'x-amz-source-account': account,
  }
  for (const [name, value] of Object.entries(headers)) {
    for (const user of ['bob', 'root', 'alice']) {
      const options = { credentials: credentialsOf(user), headers: { [name]: value } }
      const outcome = await try_('GenerateDataKey', dataKey(), options)
      assert.match(outcome, /is not authorized to act as an AWS service$/, `${user} ${name}`)
    }
  }
})

test('a service must sign the headers that name its principal and its resource', async () => {
  const body = JSON.stringify(dataKey())
  const signed = await signCall(keyward, 'GenerateDataKey', body, { credentials: credentialsOf('bob') })
  for (const name of ['x-amz-keyward-on-behalf-of', 'X-Amz-Source-Account']) {
    const { status, json } = await callRaw(keyward, body, { ...signed, [name]: userArn('alice') })
    assert.deepEqual([status, json['__type']], [400, 'InvalidSignatureException'])
  }
  // A signed header was changed on the way.
  const ofService = await signCall(keyward, 'GenerateDataKey', body, {
    credentials: credentialsOf('s3'),
    headers: { 'x-amz-keyward-on-behalf-of': userArn('nobody') },
  })
  const changed = { ...ofService, 'x-amz-keyward-on-behalf-of': userArn('alice') }
  const { json } = await callRaw(keyward, body, changed)
  assert.equal(json['__type'], 'InvalidSignatureException')
})

test('a service cannot call for a principal that does not exist, however the ARN is written', async () => {
  const strangers = [
    userArn('alice', '333333333333'),
    userArn('none'),
    userArn('alice', other),
    `arn:aws:iam::${account}:user/path/alice`,
    `arn:aws:iam::${account}:user/*`,
    `arn:aws:iam:us-east-1:${account}:user/alice`,
    `arn:aws:iam::${account}:role/none`,
    `arn:aws:sts::${account}:assumed-role/none/session`,
    `arn:aws:sts::${account}:federated-user/alice`,
    `arn:aws:iam::${account} :user/alice`,
    `${userArn('alice')},${userArn('bob')}`,
    's3.amazonaws.com',
    '*',
  ]
  for (const arn of strangers) {
    assert.match(await try_('DescribeKey', { KeyId: key.arn }, forwarded('s3', arn)), /act on behalf of/, arn)
  }
  const malformed: Record<string, string>[] = [
    { 'x-amz-source-arn': 'bucket' },
    { 'x-amz-source-account': '1' },
  ]
  for (const headers of malformed) {
    const call = send(keyward, 'DescribeKey', { KeyId: key.arn }, itself('s3', headers))
    await assert.rejects(
      call,
      (error: unknown) => error instanceof KMSServiceException && error.name === 'ValidationException',
    )
  }
})

test('a key of a different account stays closed, whatever account a service names', async () => {
  await setPolicy(delegation)
  const forOthers = [
    forwarded('s3', userArn('carol', other)),
    forwarded('s3', userArn('carol', other), { 'x-amz-source-account': account }),
    itself('s3', { 'x-amz-source-account': account }),
  ]
  for (const options of forOthers)
    assert.notEqual(await try_('GenerateDataKey', dataKey(), options), 'allowed')
})

test('a grant that a service creates for a user is for an AWS resource, and ends when it is revoked', async () => {
  await setPolicy({
    ...allow('kms:CreateGrant', '*', userArn('bob')),
    Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
  })
  const input = { KeyId: key.arn, GranteePrincipal: userArn('nobody'), Operations: ['GenerateDataKey'] }
  assert.notEqual(await try_('CreateGrant', input, { credentials: credentialsOf('bob') }), 'allowed')
  const { GrantId } = await send(keyward, 'CreateGrant', input, forwarded('ec2', userArn('bob')))
  const grantee = { credentials: credentialsOf('nobody') }
  assert.equal(await try_('GenerateDataKey', dataKey(), grantee), 'allowed')
  await alice.sdk.revokeGrant({ KeyId: key.arn, GrantId: String(GrantId) })
  assert.match(await try_('GenerateDataKey', dataKey(), grantee), /no resource-based policy/)
})

test('a service gets no credentials of the principal it calls for, and changes no identities', async () => {
  const options = {
    endpoint: keyward.url,
    region: 'us-east-1',
    credentials: credentialsOf('s3'),
    maxAttempts: 1,
  }
  const [sts, iam] = [new STSClient(options), new IAMClient(options)]
  const onBehalf = (next: (args: never) => unknown) => (args: { request: unknown }) => {
    const { headers } = args.request as { headers: Record<string, string> }
    headers['x-amz-keyward-on-behalf-of'] = `arn:aws:iam::${account}:root`
    return next(args as never)
  }
  sts.middlewareStack.add(onBehalf as never, { step: 'build' })
  iam.middlewareStack.add(onBehalf as never, { step: 'build' })
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}))
  assert.equal(Arn, `arn:aws:iam::${account}:root`)
  const isDenied = { name: /^AccessDenied/ }
  await assert.rejects(sts.send(new GetSessionTokenCommand({})), isDenied)
  await assert.rejects(iam.send(new CreateAccessKeyCommand({ UserName: 'alice' })), isDenied)
})

test('a service that calls as itself belongs to no account, whatever its headers say', async () => {
  const ofAccount = { StringEquals: { 'kms:CallerAccount': account } }
  await setPolicy({ ...allow('kms:GenerateDataKey'), Principal: '*', Condition: ofAccount })
  assert.equal(await try_('GenerateDataKey', dataKey(), { credentials: credentialsOf('bob') }), 'allowed')
  const claimed = itself('s3', { 'x-amz-source-account': account })
  assert.notEqual(await try_('GenerateDataKey', dataKey(), claimed), 'allowed')
})
