import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListTrailsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail'
import { CreateAliasCommand, CreateKeyCommand } from '@aws-sdk/client-kms'
import { ServiceError } from '../../../src/domain/index.ts'
import { kmsClient } from '../../fixtures/clients.ts'
import { cloudTrailClient, cloudTrailServer, isRefused } from './cloudtrail-server.ts'

// CloudTrail API reference; the texts are recorded from AWS where the source says so.

const account = '000000000000'
const regions = ['us-east-1', 'eu-central-1']
const arnOf = (name: string, region = 'us-east-1') => `arn:aws:cloudtrail:${region}:${account}:trail/${name}`
const refusingKey = { arn: '' }
const failingKey = { arn: '' }
const keyTrials: string[] = []
const server = await cloudTrailServer({
  buckets: { logs: 'ok', closed: 'denied', more: 'ok' },
  regions,
  keyTrial: async (_trail, keyArn) => {
    keyTrials.push(keyArn)
    if (keyArn === failingKey.arn) throw new Error('the key store is gone')
    return keyArn === refusingKey.arn ? new ServiceError('AccessDeniedException', 'no') : undefined
  },
})
const here = cloudTrailClient(server)
const elsewhere = cloudTrailClient(server, { region: 'eu-central-1' })
const create = (Name: string, more: object = {}, client = here) =>
  client.send(new CreateTrailCommand({ Name, S3BucketName: 'logs', ...more }))
const remove = (Name: string, client = here) => client.send(new DeleteTrailCommand({ Name }))

test('a trail has the settings of the request, and AWS’s defaults', async () => {
  const { $metadata: _, ...made } = await create('plain')
  const settings = {
    Name: 'plain',
    S3BucketName: 'logs',
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: false,
    TrailARN: arnOf('plain'),
    LogFileValidationEnabled: false,
    IsOrganizationTrail: false,
    RecursiveLogging: true,
  }
  assert.deepEqual(made, settings)
  const shown = {
    ...settings,
    HomeRegion: 'us-east-1',
    HasCustomEventSelectors: false,
    HasInsightSelectors: false,
  }
  for (const Name of ['plain', arnOf('plain')])
    assert.deepEqual((await here.send(new GetTrailCommand({ Name }))).Trail, shown)
  await remove('plain')
  await isRefused(
    here.send(new GetTrailCommand({ Name: 'plain' })),
    'TrailNotFoundException',
    `Unknown trail: ${arnOf('plain')} for the user: ${account}`,
  )
})

test('an update changes what it sends, and an empty text removes a setting', async () => {
  await create('edited', { S3KeyPrefix: 'a/b', EnableLogFileValidation: true })
  const update = (changes: object) => here.send(new UpdateTrailCommand({ Name: 'edited', ...changes }))
  const first = await update({ S3BucketName: 'more', RecursiveLogging: false })
  assert.deepEqual(
    [first.S3BucketName, first.S3KeyPrefix, first.LogFileValidationEnabled, first.RecursiveLogging],
    ['more', 'a/b', true, false],
  )
  const second = await update({ S3KeyPrefix: '', EnableLogFileValidation: false })
  assert.deepEqual([second.S3KeyPrefix, second.LogFileValidationEnabled], [undefined, false])
  await remove('edited')
})

test('names, buckets and prefixes that AWS refuses are refused with its errors', async () => {
  const names: [name: string, text: string][] = [
    [
      'ab',
      'Trail name too short. Minimum allowed length: 3 characters. Specified name length: 2 characters.',
    ],
    [
      'a'.repeat(129),
      'Trail name too long. Maximum allowed length: 128 characters. Specified name length: 129 characters.',
    ],
    ['-abc', 'Trail name must starts with a letter or number.'],
    ['abc.', 'Trail name must ends with a letter or number.'],
    [
      'a b*c',
      'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).',
    ],
    ['192.168.5.4', 'Trail names must not be formatted as an IP address.'],
  ]
  for (const [name, text] of names) await isRefused(create(name), 'InvalidTrailNameException', text)
  await isRefused(create('my--trail'), 'InvalidTrailNameException')
  await isRefused(
    create('abc', { S3BucketName: 'nowhere' }),
    'S3BucketDoesNotExistException',
    'S3 bucket nowhere does not exist!',
  )
  await isRefused(
    create('abc', { S3BucketName: 'closed' }),
    'InsufficientS3BucketPolicyException',
    'Incorrect S3 bucket policy is detected for bucket: closed',
  )
  await isRefused(create('abc', { S3BucketName: 'No_Bucket' }), 'InvalidS3BucketNameException')
  for (const S3KeyPrefix of [
    'x'.repeat(201),
    '../up',
    'a//b',
    'a\u0000b',
    'AWSLogs/999999999999',
    'a/awslogs',
  ])
    await isRefused(create('abc', { S3KeyPrefix }), 'InvalidS3PrefixException')
  await isRefused(
    create('abc', { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false }),
    'InvalidParameterCombinationException',
    'Multi-Region trail must include global service events.',
  )
  await isRefused(here.send(new GetTrailCommand({ Name: 'arn:aws:s3:::x' })), 'CloudTrailARNInvalidException')
})

test('parameters that are not built are refused', async () => {
  await isRefused(
    create('abc', { SnsTopicName: 'topic' }),
    'InsufficientSnsTopicPolicyException',
    'SNS Topic does not exist or the topic policy is incorrect!',
  )
  const group = 'arn:aws:logs:us-east-1:000000000000:log-group:g:*'
  await isRefused(
    create('abc', { CloudWatchLogsLogGroupArn: group }),
    'CloudWatchLogsDeliveryUnavailableException',
  )
  await isRefused(create('abc', { IsOrganizationTrail: true }), 'OrganizationsNotInUseException')
})

test('the key of a trail is answered as its ARN, and is tried', async () => {
  const kms = kmsClient(server)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const { Arn = '', KeyId = '' } = KeyMetadata ?? {}
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/trail', TargetKeyId: KeyId }))
  const alias = `arn:aws:kms:us-east-1:${account}:alias/trail`
  for (const KmsKeyId of [KeyId, Arn, 'alias/trail', alias]) {
    assert.equal((await create('keyed', { KmsKeyId })).KmsKeyId, Arn)
    await remove('keyed')
  }
  assert.deepEqual(keyTrials, [Arn, Arn, Arn, Arn])
  await isRefused(create('keyed', { KmsKeyId: 'alias/none' }), 'KmsKeyNotFoundException')
  await isRefused(create('keyed', { KmsKeyId: 'arn:aws:kms:us-east-1:1:key/x' }), 'InvalidKmsKeyIdException')
  refusingKey.arn = Arn
  await isRefused(
    create('keyed', { KmsKeyId: KeyId }),
    'InsufficientEncryptionPolicyException',
    `Insufficient permissions to access S3 bucket logs or KMS key ${Arn}.`,
  )
  failingKey.arn = Arn
  await isRefused(create('keyed', { KmsKeyId: KeyId }), 'InternalFailure')
  // A denied alias of a different account looks as one that does not exist.
  refusingKey.arn = 'arn:aws:kms:us-east-1:999999999999:alias/none'
  await isRefused(create('keyed', { KmsKeyId: refusingKey.arn }), 'InsufficientEncryptionPolicyException')
})

test('a Region has five trails at most, and a multi-Region trail counts in each', async () => {
  await create('shared', { IsMultiRegionTrail: true }, elsewhere)
  for (const number of [1, 2, 3, 4]) await create(`trail-${number}`)
  await isRefused(
    create('one-more'),
    'MaximumNumberOfTrailsExceededException',
    `User: ${account} already has 5 trails in us-east-1.`,
  )
  await isRefused(
    create('one-more', { IsMultiRegionTrail: true }, elsewhere),
    'MaximumNumberOfTrailsExceededException',
  )
  await isRefused(
    create('shared'),
    'TrailAlreadyExistsException',
    `Trail shared already exists for customer: ${account}`,
  )
  await remove('trail-4')
  await create('local', {}, elsewhere)
  await create('trail-1', {}, elsewhere)
  await isRefused(
    here.send(new UpdateTrailCommand({ Name: 'trail-1', IsMultiRegionTrail: true })),
    'TrailAlreadyExistsException',
  )
  await remove('trail-1', elsewhere)
  for (const name of ['trail-1', 'trail-2', 'trail-3']) await remove(name)
  await remove('local', elsewhere)
  await remove('shared', elsewhere)
})

test('a multi-Region trail is shown elsewhere, and changed at home alone', async () => {
  await create('wide', { IsMultiRegionTrail: true })
  await create('narrow')
  const names = async (options: object, client = elsewhere) => {
    const { trailList = [] } = await client.send(new DescribeTrailsCommand(options))
    return trailList.map(({ TrailARN }) => TrailARN)
  }
  assert.deepEqual(await names({}, here), [arnOf('narrow'), arnOf('wide')])
  assert.deepEqual(await names({}), [arnOf('wide')])
  assert.deepEqual(await names({ includeShadowTrails: false }), [])
  assert.deepEqual(await names({ trailNameList: ['wide', 'nothing'] }), [])
  assert.deepEqual(await names({ trailNameList: [arnOf('wide'), arnOf('narrow')] }), [
    arnOf('wide'),
    arnOf('narrow'),
  ])
  const { Trails } = await elsewhere.send(new ListTrailsCommand({}))
  assert.deepEqual(Trails, [
    { TrailARN: arnOf('narrow'), Name: 'narrow', HomeRegion: 'us-east-1' },
    { TrailARN: arnOf('wide'), Name: 'wide', HomeRegion: 'us-east-1' },
  ])
  assert.equal((await elsewhere.send(new GetTrailCommand({ Name: arnOf('wide') }))).Trail?.Name, 'wide')
  // The ARN is that of the called Region (recorded from AWS: aws-sdk-go-v2#1957).
  await isRefused(
    elsewhere.send(new GetTrailStatusCommand({ Name: 'wide' })),
    'TrailNotFoundException',
    `Unknown trail: ${arnOf('wide', 'eu-central-1')} for the user: ${account}`,
  )
  for (const change of [
    elsewhere.send(new DeleteTrailCommand({ Name: arnOf('wide') })),
    elsewhere.send(new StopLoggingCommand({ Name: arnOf('wide') })),
    elsewhere.send(new UpdateTrailCommand({ Name: arnOf('wide'), S3BucketName: 'more' })),
  ])
    await isRefused(change, 'InvalidHomeRegionException')
  await remove('wide')
  await remove('narrow')
})

test('the status has the times of logging, and what the delivery reached', async () => {
  await create('status')
  const status = () => here.send(new GetTrailStatusCommand({ Name: 'status' }))
  const { IsLogging, TimeLoggingStarted, TimeLoggingStopped, StartLoggingTime } = await status()
  assert.deepEqual([IsLogging, TimeLoggingStarted, TimeLoggingStopped], [false, '', ''])
  assert.equal(StartLoggingTime, undefined)
  await here.send(new StartLoggingCommand({ Name: 'status' }))
  const trail = (await server.store.reader.trails.find(account, 'us-east-1', 'status')) ?? assert.fail()
  const notYet = { attemptedAt: undefined, deliveredAt: undefined, error: undefined }
  const chain = {
    trailId: trail.trailId,
    region: 'us-east-1',
    trailArn: arnOf('status'),
    deletedTrail: undefined,
    cursors: [],
    dueAt: undefined,
    fileDueAt: undefined,
    digest: undefined,
    previous: undefined,
    undigested: [],
    pending: undefined,
    endsAt: undefined,
    logFiles: { attemptedAt: 1_787_832_000_999, deliveredAt: 1_787_831_000_000, error: 'NoSuchBucket' },
    digests: { ...notYet, deliveredAt: 1_787_830_000_000 },
  }
  await server.store.write(writer => writer.trailChains.put(chain))
  const running = await status()
  assert.equal(running.IsLogging, true)
  assert.equal(running.LatestDeliveryTime?.getTime(), 1_787_831_000_000)
  assert.equal(running.LatestDeliveryError, 'NoSuchBucket')
  assert.equal(running.LatestDigestDeliveryTime?.getTime(), 1_787_830_000_000)
  assert.equal(running.LatestDigestDeliveryError, undefined)
  assert.equal(running.LatestDeliveryAttemptTime, '2026-08-27T12:00:00Z')
  assert.equal(running.TimeLoggingStarted, running.StartLoggingTime?.toISOString().replace('.000', ''))
  await here.send(new StopLoggingCommand({ Name: 'status' }))
  const stopped = await status()
  assert.equal(stopped.IsLogging, false)
  assert.match(stopped.TimeLoggingStopped ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.notEqual((await server.store.reader.trailChains.find(trail.trailId, 'us-east-1'))?.endsAt, undefined)
  await remove('status')
  const left = await server.store.reader.trailChains.find(trail.trailId, 'us-east-1')
  assert.equal(left?.deletedTrail?.name, 'status')
})
