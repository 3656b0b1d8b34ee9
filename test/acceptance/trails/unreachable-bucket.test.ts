import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CreateTrailCommand, DescribeTrailsCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { readAuditRecords, startKeyward, temporaryFile } from '../../fixtures/keyward-process.ts'
import { freePorts, needsSeaweed, startSeaweed } from '../../fixtures/s3/seaweedfs.ts'
import { cloudTrailClient, isRefused } from '../cloudtrail/cloudtrail-server.ts'

const accessKey = { accessKeyId: 'AKIDTRAILS', secretAccessKey: 'secret-of-trails' }
const bucket = 'trail-logs'
// Recorded from AWS (issues of Terraform's provider): CloudTrail cannot write to the bucket.
const refusal = `Incorrect S3 bucket policy is detected for bucket: ${bucket}`

async function startWithS3(port: number) {
  const { accessKeyId, secretAccessKey } = accessKey
  const credentials = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
  return await startKeyward({
    environment: {
      KEYWARD_TRAIL_S3_ENDPOINT: `http://127.0.0.1:${port}`,
      KEYWARD_TRAIL_S3_CREDENTIALS: temporaryFile('credentials', credentials),
      KEYWARD_OUTBOUND: '127.0.0.1',
    },
  })
}

test('no trail is made or changed for an S3 server that cannot be reached, and the log has the cause', async t => {
  const [port = 0] = await freePorts(1)
  const keyward = await startWithS3(port)
  t.after(() => keyward.kill())
  const client = cloudTrailClient(keyward)
  const trail = { Name: 'everything', S3BucketName: bucket }
  await isRefused(client.send(new CreateTrailCommand(trail)), 'InsufficientS3BucketPolicyException', refusal)
  assert.deepEqual((await client.send(new DescribeTrailsCommand({}))).trailList, [])
  const [record] = readAuditRecords(keyward.dataDirectory).filter(
    ({ eventName }) => eventName === 'CreateTrail',
  )
  assert.equal(record?.['errorCode'], 'InsufficientS3BucketPolicyException')
  assert.equal(record?.['errorMessage'], refusal)
  assert.match(keyward.stderr(), /ECONNREFUSED 127\.0\.0\.1:\d+.*"a bucket for trails cannot be reached"/)
})

test('a trail is made as soon as its S3 server can be reached', { skip: needsSeaweed }, async t => {
  const [port = 0] = await freePorts(1)
  const keyward = await startWithS3(port)
  t.after(() => keyward.kill())
  const client = cloudTrailClient(keyward)
  const create = () => client.send(new CreateTrailCommand({ Name: 'everything', S3BucketName: bucket }))
  await isRefused(create(), 'InsufficientS3BucketPolicyException', refusal)
  const seaweed = await startSeaweed({ port, accessKey })
  const settings = {
    endpoint: seaweed.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: accessKey,
  }
  await new S3Client(settings).send(new CreateBucketCommand({ Bucket: bucket }))
  assert.equal((await create()).S3BucketName, bucket)
  await seaweed.stop()
  const update = client.send(new UpdateTrailCommand({ Name: 'everything', S3BucketName: bucket }))
  await isRefused(update, 'InsufficientS3BucketPolicyException', refusal)
})
