import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AddTagsCommand,
  type AdvancedEventSelector,
  CreateTrailCommand,
  type EventSelector,
  GetEventSelectorsCommand,
  GetInsightSelectorsCommand,
  GetTrailCommand,
  ListEventDataStoresCommand,
  ListPublicKeysCommand,
  ListTagsCommand,
  PutEventSelectorsCommand,
  PutInsightSelectorsCommand,
  RemoveTagsCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import { allow, credentialsOf, seedOf, seedUser } from '../../fixtures/seed.ts'
import { cloudTrailClient, cloudTrailServer, isRefused } from './cloudtrail-server.ts'

// CloudTrail API reference: PutEventSelectors, AddTags, ListPublicKeys; Service Authorization Reference.

const account = '000000000000'
const arn = `arn:aws:cloudtrail:us-east-1:${account}:trail/main`
const reader = seedUser('reader', allow('cloudtrail:Get*', arn), allow('cloudtrail:List*'))
const tagged = seedUser('tagger', {
  ...allow('cloudtrail:*'),
  Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } },
})
const server = await cloudTrailServer({ seed: seedOf(account, [reader, tagged], []) })
const client = cloudTrailClient(server)
await client.send(new CreateTrailCommand({ Name: 'main', S3BucketName: 'logs' }))

const put = (selectors: object) =>
  client.send(new PutEventSelectorsCommand({ TrailName: 'main', ...selectors }))
const basic = (...EventSelectors: EventSelector[]) => put({ EventSelectors })
const advanced = (...AdvancedEventSelectors: AdvancedEventSelector[]) => put({ AdvancedEventSelectors })
const read = async () => {
  const { $metadata: _, ...answer } = await client.send(new GetEventSelectorsCommand({ TrailName: arn }))
  return answer
}
const hasCustom = async () =>
  (await client.send(new GetTrailCommand({ Name: 'main' }))).Trail?.HasCustomEventSelectors

const whole: EventSelector = {
  ReadWriteType: 'All',
  IncludeManagementEvents: true,
  DataResources: [],
  ExcludeManagementEventSources: [],
}

test('a new trail has one selector that takes all management events', async () => {
  assert.deepEqual(await read(), { TrailARN: arn, EventSelectors: [whole] })
  assert.equal(await hasCustom(), false)
})

test('selectors are replaced as a whole, and one kind removes the other', async () => {
  const writes = {
    ...whole,
    ReadWriteType: 'WriteOnly',
    ExcludeManagementEventSources: ['kms.amazonaws.com'],
  }
  const { EventSelectors } = await basic(writes as EventSelector, {
    DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3', 'arn:aws:s3:::bucket/prefix'] }],
  })
  assert.deepEqual(EventSelectors?.[0], writes)
  assert.equal(await hasCustom(), true)
  const management = { Field: 'eventCategory', Equals: ['Management'] }
  const selector = {
    Name: 'reads',
    FieldSelectors: [
      management,
      { Field: 'readOnly', Equals: ['true'] },
      { Field: 'eventSource', NotEquals: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'] },
    ],
  }
  await advanced(selector)
  assert.deepEqual(await read(), { TrailARN: arn, AdvancedEventSelectors: [selector] })
  await basic(whole)
  assert.deepEqual(await read(), { TrailARN: arn, EventSelectors: [whole] })
  assert.equal(await hasCustom(), false)
})

test('selectors that no trail can have are refused', async () => {
  const management = { Field: 'eventCategory', Equals: ['Management'] }
  const data = { Field: 'eventCategory', Equals: ['Data'] }
  const dataType = { Field: 'resources.type', Equals: ['AWS::S3::Object'] }
  const values = (count: number) => Array.from({ length: count }, (_, index) => `arn:aws:s3:::b/${index}`)
  const wrong = [
    () => put({}),
    () => put({ EventSelectors: [whole], AdvancedEventSelectors: [{ FieldSelectors: [management] }] }),
    () => basic(),
    () => basic(...Array.from({ length: 6 }, () => whole)),
    () => basic({ ReadWriteType: 'Some' as 'All' }),
    () => basic({ ExcludeManagementEventSources: ['iam.amazonaws.com'] }),
    () => basic({ DataResources: [{ Type: 'AWS::S3::Bucket', Values: [] }] }),
    () => basic({ DataResources: [{ Type: 'AWS::S3::Object', Values: values(251) }] }),
    () => advanced(),
    () => advanced({ FieldSelectors: [] }),
    () => advanced({ FieldSelectors: [{ Field: 'readOnly', Equals: ['true'] }] }),
    () => advanced({ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Insight'] }] }),
    () => advanced({ FieldSelectors: [{ Field: 'eventCategory', StartsWith: ['Manage'] }] }),
    () => advanced({ FieldSelectors: [management, { Field: 'eventName', Equals: ['Decrypt'] }] }),
    () => advanced({ FieldSelectors: [management, { Field: 'eventSource', Equals: ['kms.amazonaws.com'] }] }),
    () => advanced({ FieldSelectors: [management, { Field: 'readOnly', Equals: ['maybe'] }] }),
    () => advanced({ FieldSelectors: [management, { Field: 'readOnly' }] }),
    () => advanced({ FieldSelectors: [management, management] }),
    () => advanced({ FieldSelectors: [data] }),
    () => advanced({ FieldSelectors: [data, dataType, { Field: 'resources.ARN', Equals: values(499) }] }),
    () => advanced({ FieldSelectors: [data, { Field: 'constructor', Equals: ['x'] }] }),
  ]
  for (const [index, call] of wrong.entries())
    await isRefused(call(), 'InvalidEventSelectorsException').catch(error =>
      assert.fail(`${index}: ${error.message}`),
    )
  // The text is recorded from AWS.
  await isRefused(
    basic({ DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::*'] }] }),
    'InvalidEventSelectorsException',
    'Value arn:aws:s3:::* for DataResources.Values is invalid.',
  )
  await advanced({ FieldSelectors: [data, dataType, { Field: 'resources.ARN', Equals: values(498) }] })
  await basic(whole)
})

test('there are no Insights events', async () => {
  await isRefused(
    client.send(new GetInsightSelectorsCommand({ TrailName: 'main' })),
    'InsightNotEnabledException',
  )
  const set = (InsightSelectors: { InsightType: 'ApiCallRateInsight' }[]) =>
    client.send(new PutInsightSelectorsCommand({ TrailName: 'main', InsightSelectors }))
  assert.deepEqual((await set([])).InsightSelectors, [])
  await isRefused(set([{ InsightType: 'ApiCallRateInsight' }]), 'UnsupportedOperationException')
  await isRefused(client.send(new GetInsightSelectorsCommand({})), 'InvalidParameterCombinationException')
  assert.deepEqual((await client.send(new ListEventDataStoresCommand({}))).EventDataStores, [])
})

test('tags are added, replaced, listed and removed', async () => {
  const add = (tags: Record<string, string>) =>
    client.send(
      new AddTagsCommand({
        ResourceId: arn,
        TagsList: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    )
  await add({ team: 'red', ключ: 'значение' })
  await add({ team: 'blue' })
  const list = async (ResourceIdList = [arn]) =>
    (await client.send(new ListTagsCommand({ ResourceIdList }))).ResourceTagList
  assert.deepEqual(await list(), [
    {
      ResourceId: arn,
      TagsList: [
        { Key: 'ключ', Value: 'значение' },
        { Key: 'team', Value: 'blue' },
      ],
    },
  ])
  await client.send(new RemoveTagsCommand({ ResourceId: arn, TagsList: [{ Key: 'ключ' }] }))
  assert.deepEqual((await list())?.[0]?.TagsList, [{ Key: 'team', Value: 'blue' }])
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`tag-${index}`, '']))
  await isRefused(add(many), 'TagsLimitExceededException')
  await isRefused(add({ 'aws:x': '' }), 'InvalidTagParameterException')
  await isRefused(add({ '': '' }), 'InvalidTagParameterException')
  await isRefused(list(['main']), 'CloudTrailARNInvalidException')
  await isRefused(list([arn.replace('main', 'none')]), 'ResourceNotFoundException')
  await isRefused(list([arn.replace('trail/', 'channel/')]), 'ResourceTypeNotSupportedException')
  // The text is recorded from AWS (prowler#2025).
  await isRefused(
    list([arn.replace(account, '999999999999')]),
    'CloudTrailARNInvalidException',
    `AccountID in ARN is wrong, you can only access resources with AccountID ${account}.`,
  )
  await isRefused(
    list([arn.replace('us-east-1', 'eu-central-1')]),
    'CloudTrailARNInvalidException',
    'Region in ARN is wrong, you can only access resources in region us-east-1.',
  )
  await isRefused(list(Array.from({ length: 21 }, () => arn)), 'ValidationException')
})

test('policies about trails decide by the ARN and the tags', async () => {
  const readerOf = cloudTrailClient(server, { credentials: credentialsOf('reader') })
  const taggerOf = cloudTrailClient(server, { credentials: credentialsOf('tagger') })
  const start = (from: typeof client) => from.send(new StartLoggingCommand({ Name: 'main' }))
  assert.equal((await readerOf.send(new GetTrailCommand({ Name: 'main' }))).Trail?.Name, 'main')
  await isRefused(
    start(readerOf),
    'AccessDeniedException',
    `User: arn:aws:iam::${account}:user/reader is not authorized to perform: cloudtrail:StartLogging on resource: ${arn} because no identity-based policy allows the cloudtrail:StartLogging action`,
  )
  // A trail that does not exist is denied in the same way.
  await isRefused(readerOf.send(new GetTrailCommand({ Name: 'none' })), 'AccessDeniedException')
  await start(taggerOf)
  await isRefused(taggerOf.send(new ListPublicKeysCommand({})), 'AccessDeniedException')
})

test('ListPublicKeys lists the keys that were valid within the range', async () => {
  const day = 86_400_000
  const now = Date.now()
  const keyOf = (keyId: string, from: number, to: number, purpose: 'digest' | 'head' = 'digest') => ({
    ...{ keyId, purpose, region: 'us-east-1', accountId: account, keySpec: 'RSA_2048' },
    ...{ keyMaterialId: 'a', keyToken: Buffer.from('a'), publicKeyToken: Buffer.from('b') },
    ...{ publicKey: Buffer.from(`public ${keyId}`), fingerprint: `of ${keyId}` },
    ...{ validFrom: now + from * day, validTo: now + to * day },
  })
  await server.store.write(async writer => {
    await writer.signingKeys.insert(keyOf('old', -60, -30))
    await writer.signingKeys.insert(keyOf('new', -31, 1))
    await writer.signingKeys.insert(keyOf('head', -31, 1, 'head'))
  })
  const list = async (range: object = {}) => {
    const { PublicKeyList = [] } = await client.send(new ListPublicKeysCommand(range))
    return PublicKeyList.map(({ Value, Fingerprint }) => [Buffer.from(Value ?? []).toString(), Fingerprint])
  }
  const [old, current] = [
    ['public old', 'of old'],
    ['public new', 'of new'],
  ]
  const at = (days: number) => new Date(now + days * day)
  assert.deepEqual(await list(), [current])
  assert.deepEqual(await list({ StartTime: at(-40) }), [old, current])
  assert.deepEqual(await list({ StartTime: at(-50), EndTime: at(-40) }), [old])
  assert.deepEqual(await list({ StartTime: at(-90), EndTime: at(-80) }), [])
  await isRefused(list({ StartTime: at(-1), EndTime: at(-2) }), 'InvalidTimeRangeException')
  await isRefused(list({ EndTime: at(-1) }), 'InvalidTimeRangeException')
  await isRefused(list({ NextToken: 'x' }), 'InvalidTokenException')
})
