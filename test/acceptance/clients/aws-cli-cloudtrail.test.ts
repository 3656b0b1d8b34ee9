import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { administratorOf } from '../../fixtures/clients.ts'
import { cloudTrailServer } from '../cloudtrail/cloudtrail-server.ts'
import { cliDirectory, runAwsCli, skipWithoutAwsCli } from './aws-cli.ts'

describe('the AWS CLI', { skip: skipWithoutAwsCli }, () => {
  test('makes trails and looks up events page by page', async () => {
    const server = await cloudTrailServer()
    const { accessKeyId, secretAccessKey } = administratorOf(server)
    const environment = {
      HOME: cliDirectory,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: server.url,
    }
    const aws = (...args: string[]) => runAwsCli(['cloudtrail', ...args], { environment })
    const made = await aws(
      ...['create-trail', '--name', 'cli-trail', '--s3-bucket-name', 'logs'],
      ...['--enable-log-file-validation', '--tags-list', 'Key=team,Value=blue'],
    )
    const arn = 'arn:aws:cloudtrail:us-east-1:000000000000:trail/cli-trail'
    assert.equal(made['TrailARN'], arn)
    assert.equal(made['LogFileValidationEnabled'], true)
    await aws('start-logging', '--name', 'cli-trail')
    assert.equal((await aws('get-trail-status', '--name', arn))['IsLogging'], true)
    const { trailList } = await aws('describe-trails')
    assert.deepEqual(
      (trailList as { TrailARN: string }[]).map(({ TrailARN }) => TrailARN),
      [arn],
    )
    await aws(
      ...['put-event-selectors', '--trail-name', 'cli-trail'],
      ...['--event-selectors', '[{"ReadWriteType":"WriteOnly"}]'],
    )
    assert.deepEqual(await aws('list-public-keys'), { PublicKeyList: [] })
    await assert.rejects(
      aws('get-trail', '--name', 'other'),
      /\(TrailNotFoundException\).*Unknown trail: arn:aws:cloudtrail:us-east-1:000000000000:trail\/other for the user: 000000000000/s,
    )
    const attribute = 'AttributeKey=ResourceName,AttributeValue=cli-trail'
    const found = await aws('lookup-events', '--lookup-attributes', attribute, '--page-size', '1')
    const events = found['Events'] as { EventName: string }[]
    assert.deepEqual(
      events.map(({ EventName }) => EventName),
      ['PutEventSelectors', 'GetTrailStatus', 'StartLogging', 'CreateTrail'],
    )
  })
})
