import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeAgeKeys } from '../../../../test/fixtures/castle/age.ts'
import { temporaryFile } from '../../../../test/fixtures/keyward-process.ts'
import { OperatorError } from '../../../std/index.ts'
import { readBackupSettings } from './backup-settings.ts'

const { recipient, identity } = await makeAgeKeys('hybrid')
const recipients = [recipient]
const noServer = { s3: undefined }
const server = {
  s3: {
    endpoint: new URL('https://s3.example.com'),
    region: 'us-east-1',
    credentialsPath: '/c',
    ca: undefined,
  },
}
const read = (setting: object, trails: Parameters<typeof readBackupSettings>[1] = noServer) =>
  readBackupSettings(JSON.stringify(setting), trails, '/var/lib/keyward')

test('backups are made each day and all are kept, unless the settings say otherwise', () => {
  assert.equal(readBackupSettings(undefined, noServer, '/'), undefined)
  const keep = { count: undefined, days: undefined }
  const to = { type: 'path', path: '/backups' }
  assert.deepEqual(read({ to: '/backups', recipients }), { to, everyMillis: 86_400_000, keep, recipients })
  const path = temporaryFile(
    'backup.yaml',
    `to: s3://backups/keyward/daily\nevery: 6h\nkeep: { count: 14, days: 90 }\nrecipients:\n  - ${recipient}\n`,
  )
  assert.deepEqual(readBackupSettings(path, server, '/var/lib/keyward'), {
    to: { type: 's3', bucket: 'backups', key: 'keyward/daily' },
    everyMillis: 6 * 3_600_000,
    keep: { count: 14, days: 90 },
    recipients,
  })
  assert.deepEqual(read({ to: 's3://backups', recipients }, server)?.to, {
    type: 's3',
    bucket: 'backups',
    key: '',
  })
})

test('a directory whose name begins as that of the data directory is a different one', () => {
  const to = '/var/lib/keyward-backups'
  assert.deepEqual(read({ to, recipients })?.to, { type: 'path', path: to })
})

test('settings that do not fit are refused, and the message has no identity', () => {
  for (const [setting, says] of [
    [{ recipients }, /has no to; it needs one/],
    [{ to: '/backups' }, /has no recipients; it needs one/],
    [{ to: '/backups', recipients, every: '30s' }, /every must be .* at least 60s/],
    [{ to: '/backups', recipients, keep: { count: 0 } }, /count must be a number from 1/],
    [{ to: '/backups', recipients, keep: { weeks: 1 } }, /weeks is not a setting here/],
    [{ to: '/backups', recipients: [identity] }, /must be a public key of age-keygen/],
    [{ to: '/backups', recipients, every: '30s' }, /such as 5m or 1h, and at least 60s/],
    [{ to: 'backups', recipients }, /to must be the absolute path of a directory/],
    [{ to: '/var/lib/keyward', recipients }, /to must not be in the data directory/],
    [{ to: '/var/lib/x/../keyward/backups/', recipients }, /to must not be in the data directory/],
    [{ to: 's3://b/k', recipients }, /to must be .* BUCKET of 3 to 63 /],
    [{ to: 's3://Bad_Bucket/x', recipients }, /to must be the absolute path of a directory, or s3:/],
    [{ to: 's3://bucket/a//b', recipients }, /to must be the absolute path .* a KEY without empty parts/],
    [{ to: 's3://bucket/x', recipients }, /needs KEYWARD_TRAIL_S3_ENDPOINT/],
  ] as const)
    assert.throws(
      () => read(setting),
      (error: Error) =>
        error instanceof OperatorError && says.test(error.message) && !error.message.includes(identity),
      String(says),
    )
})
