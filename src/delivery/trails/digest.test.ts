import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { renderDigest, stringToSign } from './digest.ts'
import { digestKey, logFileKey, rootOf } from './object-names.ts'

// The names, the digest and the string to sign are those of the CloudTrail user guide, "CloudTrail digest file structure",
// "Finding your CloudTrail log files" and "Custom implementations of CloudTrail log file integrity validation".

const trail = {
  accountId: '111122223333',
  homeRegion: 'us-east-2',
  name: 'your-trail-name',
  s3KeyPrefix: undefined,
}
const signature =
  '50887ccffad4c002b97caa37cc9dc626e3c680207d41d27fa5835458e066e0d3652fc4dfc30937e4d5f4cc7f796e7a258fb50a43ac427f2237f6e505d4efaf37'
const logObject =
  'AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/17/111122223333_CloudTrail_us-east-2_20150817T1445Z_9nYN7gp2eWAJHIfT.json.gz'
const facts = {
  accountId: '111122223333',
  from: Date.parse('2015-08-17T14:01:31Z'),
  to: Date.parse('2015-08-17T15:01:31Z'),
  bucket: 'S3-bucket-name',
  object: digestKey(trail, 'us-east-2', Date.parse('2015-08-17T15:01:31Z')),
  fingerprint: '31e8b5433410dfb61a9dc45cc65b22ff',
  previous: {
    bucket: 'S3-bucket-name',
    object: digestKey(trail, 'us-east-2', Date.parse('2015-08-17T14:01:31Z')),
    hash: '97fb791cf91ffc440d274f8190dbdd9aa09c34432aba82739df18b6d3c13df2d',
    signature,
  },
  logFiles: [
    {
      bucket: 'S3-bucket-name',
      object: logObject,
      hash: '9bb6196fc6b84d6f075a56548feca262bd99ba3c2de41b618e5b6e22c1fc71f6',
      newestEventAt: Date.parse('2015-08-17T14:52:27Z'),
      oldestEventAt: Date.parse('2015-08-17T14:42:27Z'),
    },
  ],
}

test('a digest file has the members of the example of the user guide, in its order', () => {
  assert.deepEqual(Object.entries(JSON.parse(renderDigest(facts))), [
    ['awsAccountId', '111122223333'],
    ['digestStartTime', '2015-08-17T14:01:31Z'],
    ['digestEndTime', '2015-08-17T15:01:31Z'],
    ['digestS3Bucket', 'S3-bucket-name'],
    [
      'digestS3Object',
      'AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2015/08/17/111122223333_CloudTrail-Digest_us-east-2_your-trail-name_us-east-2_20150817T150131Z.json.gz',
    ],
    ['digestPublicKeyFingerprint', '31e8b5433410dfb61a9dc45cc65b22ff'],
    ['digestSignatureAlgorithm', 'SHA256withRSA'],
    ['newestEventTime', '2015-08-17T14:52:27Z'],
    ['oldestEventTime', '2015-08-17T14:42:27Z'],
    ['previousDigestS3Bucket', 'S3-bucket-name'],
    [
      'previousDigestS3Object',
      'AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2015/08/17/111122223333_CloudTrail-Digest_us-east-2_your-trail-name_us-east-2_20150817T140131Z.json.gz',
    ],
    ['previousDigestHashValue', '97fb791cf91ffc440d274f8190dbdd9aa09c34432aba82739df18b6d3c13df2d'],
    ['previousDigestHashAlgorithm', 'SHA-256'],
    ['previousDigestSignature', signature],
    [
      'logFiles',
      [
        {
          s3Bucket: 'S3-bucket-name',
          s3Object: logObject,
          hashValue: '9bb6196fc6b84d6f075a56548feca262bd99ba3c2de41b618e5b6e22c1fc71f6',
          hashAlgorithm: 'SHA-256',
          newestEventTime: '2015-08-17T14:52:27Z',
          oldestEventTime: '2015-08-17T14:42:27Z',
        },
      ],
    ],
  ])
})

test('a digest that starts a chain and covers nothing has nulls', () => {
  const digest = JSON.parse(renderDigest({ ...facts, previous: undefined, logFiles: [] }))
  const nulls = Object.entries(digest).filter(([, value]) => value === null)
  assert.deepEqual(
    nulls.map(([name]) => name),
    [
      'newestEventTime',
      'oldestEventTime',
      'previousDigestS3Bucket',
      'previousDigestS3Object',
      'previousDigestHashValue',
      'previousDigestHashAlgorithm',
      'previousDigestSignature',
    ],
  )
  assert.deepEqual(digest.logFiles, [])
})

test('the signature of a digest covers its end, its place, its hash and the signature before it', () => {
  const hash = createHash('sha256').update('{"digest":1}').digest('hex')
  const place = `S3-bucket-name/${facts.object}`
  assert.equal(stringToSign(facts, '{"digest":1}'), `2015-08-17T15:01:31Z\n${place}\n${hash}\n${signature}`)
  assert.equal(
    stringToSign({ ...facts, previous: undefined }, '{"digest":1}'),
    `2015-08-17T15:01:31Z\n${place}\n${hash}\nnull`,
  )
})

test('log files are named as CloudTrail names them, below the prefix of the trail', () => {
  const name = logFileKey(trail, 'us-east-2', Date.parse('2015-08-01T02:10:59Z'), Buffer.alloc(32, 61))
  assert.equal(
    name,
    'AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/01/111122223333_CloudTrail_us-east-2_20150801T0210Z_9999999999999999.json.gz',
  )
  const prefixed = { ...trail, s3KeyPrefix: 'team/a' }
  assert.equal(
    logFileKey(prefixed, 'us-east-2', 0, Buffer.alloc(32)).indexOf('team/a/AWSLogs/111122223333/CloudTrail/'),
    0,
  )
  assert.equal(rootOf(prefixed, 'CloudTrail-Digest'), 'team/a/AWSLogs/111122223333/CloudTrail-Digest')
})

test('bytes that would make some characters of a name likelier are skipped', () => {
  const random = Buffer.alloc(32, 255).fill(1, 16)
  assert.match(logFileKey(trail, 'us-east-2', 0, random), /_B{16}\.json\.gz$/)
})
