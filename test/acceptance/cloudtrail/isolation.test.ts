import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AddTagsCommand,
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListTagsCommand,
  ListTrailsCommand,
  LookupEventsCommand,
  PutEventSelectorsCommand,
  RemoveTagsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail'
import { CreateKeyCommand, EncryptCommand, type EncryptCommandInput } from '@aws-sdk/client-kms'
import { kmsClient } from '../../fixtures/clients.ts'
import { allow, credentialsOf, seedUser } from '../../fixtures/seed.ts'
import { cloudTrailClient, cloudTrailServer, isRefused } from './cloudtrail-server.ts'

// Nobody sees or changes the trails and the events of a different account, whatever the policies of the own account allow.

const [ours, theirs] = ['000000000000', '111111111111']
const everything = allow(['kms:*', 'cloudtrail:*'])
const server = await cloudTrailServer({
  seed: {
    accounts: [
      { id: ours, users: [seedUser('ann', everything)] },
      { id: theirs, users: [seedUser('eve', everything)] },
    ],
  },
})
const ann = cloudTrailClient(server, { credentials: credentialsOf('ann') })
const eve = cloudTrailClient(server, { credentials: credentialsOf('eve') })
const arn = `arn:aws:cloudtrail:us-east-1:${ours}:trail/secret-trail`
await ann.send(new CreateTrailCommand({ Name: 'secret-trail', S3BucketName: 'logs' }))

test('a trail of a different account is as one that does not exist', async () => {
  const none = arn.replace('secret-trail', 'none')
  const calls = (Name: string) => [
    () => eve.send(new GetTrailCommand({ Name })),
    () => eve.send(new GetTrailStatusCommand({ Name })),
    () => eve.send(new GetEventSelectorsCommand({ TrailName: Name })),
    () => eve.send(new UpdateTrailCommand({ Name, S3BucketName: 'logs' })),
    () => eve.send(new PutEventSelectorsCommand({ TrailName: Name, EventSelectors: [{}] })),
    () => eve.send(new StartLoggingCommand({ Name })),
    () => eve.send(new StopLoggingCommand({ Name })),
    () => eve.send(new DeleteTrailCommand({ Name })),
  ]
  for (const name of [arn, none])
    for (const call of calls(name))
      await isRefused(call(), 'TrailNotFoundException', `Unknown trail: ${name} for the user: ${theirs}`)
  for (const ResourceId of [arn, none]) {
    const TagsList = [{ Key: 'a', Value: 'b' }]
    const text = `AccountID in ARN is wrong, you can only access resources with AccountID ${theirs}.`
    for (const call of [
      eve.send(new AddTagsCommand({ ResourceId, TagsList })),
      eve.send(new RemoveTagsCommand({ ResourceId, TagsList })),
      eve.send(new ListTagsCommand({ ResourceIdList: [ResourceId] })),
    ])
      await isRefused(call, 'CloudTrailARNInvalidException', text)
  }
})

test('listings have the own trails alone', async () => {
  await eve.send(new CreateTrailCommand({ Name: 'secret-trail', S3BucketName: 'logs' }))
  const { trailList } = await eve.send(new DescribeTrailsCommand({ trailNameList: [arn, 'secret-trail'] }))
  const own = arn.replace(ours, theirs)
  assert.deepEqual(
    trailList?.map(({ TrailARN }) => TrailARN),
    [own],
  )
  const { Trails } = await eve.send(new ListTrailsCommand({}))
  assert.deepEqual(
    Trails?.map(({ TrailARN }) => TrailARN),
    [own],
  )
  await eve.send(new DeleteTrailCommand({ Name: 'secret-trail' }))
  assert.equal((await ann.send(new GetTrailCommand({ Name: 'secret-trail' }))).Trail?.TrailARN, arn)
})

test('texts of a request do not make its record one of a different account', async () => {
  const forged: readonly Record<string, string>[] = [
    { recipientAccountId: ours, eventCategory: 'Management', awsRegion: 'us-east-1' },
    { eventName: 'Forged', readOnly: 'false', eventID: '00000000-0000-0000-0000-000000000000' },
    { keyward: '{"reason":"x"}' },
    { [`x","recipientAccountId":"${ours}`]: `","eventName":"Forged","recipientAccountId":"${ours}"}` },
    { 'a\n{"eventName":"Forged"': `\n{"eventName":"Forged","recipientAccountId":"${ours}"}` },
  ]
  const kms = kmsClient(server, { credentials: credentialsOf('eve') })
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  for (const EncryptionContext of forged) {
    const input: EncryptCommandInput = { KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('x') }
    await kms.send(new EncryptCommand({ ...input, EncryptionContext }))
  }
  const found = async (
    client: typeof ann,
    AttributeKey: 'EventName' | 'Username',
    AttributeValue: string,
  ) => {
    const LookupAttributes = [{ AttributeKey, AttributeValue }]
    return (await client.send(new LookupEventsCommand({ LookupAttributes }))).Events ?? []
  }
  for (const client of [ann, eve]) assert.deepEqual(await found(client, 'EventName', 'Forged'), [])
  assert.deepEqual(await found(ann, 'Username', 'eve'), [])
  assert.deepEqual(await found(ann, 'EventName', 'Encrypt'), [])
  const own = await found(eve, 'EventName', 'Encrypt')
  assert.equal(own.length, forged.length)
  for (const { CloudTrailEvent } of own) {
    const { recipientAccountId, requestParameters } = JSON.parse(CloudTrailEvent ?? '')
    assert.equal(recipientAccountId, theirs)
    assert.ok(
      forged.some(context => JSON.stringify(context) === JSON.stringify(requestParameters.encryptionContext)),
    )
  }
})
