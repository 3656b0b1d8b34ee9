import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { CreateTrailCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail'
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms'
import { readAuditRecords, runKeyward } from '../../fixtures/keyward-process.ts'
import { needsSeaweed } from '../../fixtures/s3/seaweedfs.ts'
import { advance, timeAt } from '../../fixtures/time-travel.ts'
import { skipWithoutAwsCli } from '../clients/aws-cli.ts'
import { bucket, type Kept, TrailWorld, trailArn } from './trail-world.ts'

const hourSeconds = 3600
const hours = 4

// Delivered by Keyward into a real S3 server, and validated by AWS's own validator.

describe('aws cloudtrail validate-logs', { skip: skipWithoutAwsCli || needsSeaweed }, () => {
  let world: TrailWorld
  let keyArn: string
  let from: number
  let to: number

  before(async () => {
    world = await TrailWorld.start()
    keyArn = await world.makeTrailKey()
    from = await timeAt(world.keyward)
    await world.makeTrail(keyArn)
    for (let i = 0; i < hours; i++) {
      await world.encrypt(keyArn)
      to = await advance(world.keyward, hourSeconds)
    }
  })
  after(() => world?.stop())

  /** Validates after `tamper`, then puts all objects back. */
  const validateAfter = async (tamper: () => Promise<void>) => {
    const kept: Kept[] = []
    for (const kind of ['CloudTrail', 'CloudTrail-Digest'] as const)
      for (const key of await world.list(kind)) kept.push(await world.get(key))
    await tamper()
    const answer = await world.validate(from, to)
    for (const object of kept) await world.put(object)
    return answer
  }
  const edit = async (key: string, change: (text: string) => string) => {
    const object = await world.get(key)
    const text = change(gunzipSync(object.bytes).toString('utf8'))
    await world.put({ ...object, bytes: gzipSync(text) })
  }

  test('the delivery is valid, file by file', async () => {
    const { isFine, output } = await world.validate(from, to)
    assert.match(output, new RegExp(`${hours}/${hours} digest files valid`))
    assert.match(output, new RegExp(`${hours}/${hours} log files valid`))
    assert.doesNotMatch(output, /INVALID/)
    assert.ok(isFine)
    const { LatestDeliveryError, LatestDigestDeliveryTime, LatestDeliveryTime } = await world.status()
    assert.equal(LatestDeliveryError, undefined)
    assert.ok(LatestDigestDeliveryTime instanceof Date && LatestDeliveryTime instanceof Date)
  })

  test('the files have the calls of the account, and S3 has encrypted them with the key of the trail', async () => {
    const names: string[] = []
    for (const key of await world.list('CloudTrail')) {
      const { Records } = JSON.parse(await world.text(key)) as { Records: { eventName: string }[] }
      names.push(...Records.map(({ eventName }) => eventName))
    }
    assert.equal(names.filter(name => name === 'Encrypt').length, hours)
    assert.ok(names.includes('StartLogging'))
    const made = readAuditRecords(world.keyward.dataDirectory).filter(
      ({ eventName }) => eventName === 'GenerateDataKey',
    )
    const contexts = made.map(
      ({ requestParameters }) =>
        (requestParameters as { encryptionContext: Record<string, string> }).encryptionContext,
    )
    // The first is CloudTrail's trial of the key; the others are S3's, one for each object.
    const objects = [...(await world.list('CloudTrail')), ...(await world.list('CloudTrail-Digest'))]
    const arns = ['AWSLogs/111122223333/', ...objects].map(key => `arn:aws:s3:::${bucket}/${key}`)
    assert.deepEqual(contexts.map(context => context['aws:s3:arn']).sort(), arns.sort())
    assert.ok(contexts.every(context => context['aws:cloudtrail:arn'] === trailArn))
  })

  test('an edited log file is invalid', async () => {
    const [, key = ''] = await world.list('CloudTrail')
    const { isFine, output } = await validateAfter(() =>
      edit(key, text => text.replace('Encrypt', 'Decrypt')),
    )
    assert.match(output, /Log file.*INVALID: hash value doesn't match/)
    assert.ok(!isFine)
  })

  test('a removed log file is invalid', async () => {
    const [, key = ''] = await world.list('CloudTrail')
    const { isFine, output } = await validateAfter(() => world.remove(key))
    assert.match(output, /Log file.*INVALID: not found/)
    assert.ok(!isFine)
  })

  test('an edited digest is invalid', async () => {
    const [, key = ''] = await world.list('CloudTrail-Digest')
    const { isFine, output } = await validateAfter(() =>
      edit(key, text => text.replace('"logFiles":[', '"logFiles": [')),
    )
    assert.match(output, /Digest file.*INVALID: signature verification failed/)
    assert.ok(!isFine)
  })

  test('a digest that is removed from the middle is invalid', async () => {
    const [, key = ''] = await world.list('CloudTrail-Digest')
    const { isFine, output } = await validateAfter(() => world.remove(key))
    assert.match(output, /Digest file.*INVALID: not found/)
    assert.ok(!isFine)
  })

  test('a trail whose bucket or key cannot be used is not made', async () => {
    const { KeyMetadata } = await world.kms.send(new CreateKeyCommand({}))
    const { KeyId = '' } = KeyMetadata ?? {}
    const create = (S3BucketName: string, KmsKeyId?: string) =>
      world.cloudtrail.send(new CreateTrailCommand({ Name: 'refused', S3BucketName, KmsKeyId }))
    await assert.rejects(create('no-such-bucket'), { name: 'S3BucketDoesNotExistException' })
    // The default key policy allows the account, and CloudTrail is no principal of it.
    await assert.rejects(create(bucket, KeyId), { name: 'InsufficientEncryptionPolicyException' })
    await assert.rejects(create(bucket, 'aaaaaaaa-0000-4000-8000-aaaaaaaaaaaa'), {
      name: 'KmsKeyNotFoundException',
    })
    await world.kms.send(new DisableKeyCommand({ KeyId: keyArn }))
    await assert.rejects(
      world.cloudtrail.send(new UpdateTrailCommand({ Name: 'everything', KmsKeyId: keyArn })),
      { name: 'KmsException' },
    )
    await world.kms.send(new EnableKeyCommand({ KeyId: keyArn }))
  })

  test('keyward audit verify sees what the validator of AWS cannot see', async () => {
    const verify = () =>
      runKeyward(['audit', 'verify', '--data-dir', world.keyward.dataDirectory], {
        environment: world.environment,
      })
    const whole = await verify()
    assert.equal(whole.code, 0, whole.stdout)
    assert.match(whole.stdout, /The trails are whole: \d+ log files, \d+ digests\./)
    const newest = (await world.list('CloudTrail-Digest')).at(-1) ?? ''
    const [log = ''] = await world.list('CloudTrail')
    const stranger = log.replace(/_\w{16}\.json/, '_AAAAAAAAAAAAAAAA.json')
    const [digest, file] = [await world.get(newest), await world.get(log)]
    await world.remove(newest)
    await world.put({ ...file, key: stranger })
    const { isFine, output } = await world.validate(from, to)
    assert.ok(isFine, output)
    const { code, stdout } = await verify()
    assert.equal(code, 1)
    assert.ok(stdout.includes(`s3://${bucket}/${newest}: missing\n`), stdout)
    assert.ok(
      stdout.includes(`s3://${bucket}/${stranger}: the audit log has no delivery of this object\n`),
      stdout,
    )
    await world.put(digest)
    await world.remove(stranger)
    assert.equal((await verify()).code, 0)
  })

  test('all is valid again when everything is as it was delivered', async () => {
    const { isFine, output } = await world.validate(from, to)
    assert.ok(isFine, output)
  })
})
