import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  S3Client as SdkClient,
} from '@aws-sdk/client-s3'
import { temporaryDirectory } from '../../../test/fixtures/keyward-process.ts'
import { needsSeaweed, type S3Server, startSeaweed } from '../../../test/fixtures/s3/seaweedfs.ts'
import { MultipartUpload, S3Client } from '../../delivery/index.ts'
import { AddressRanges, OutboundPolicy, systemClock } from '../../std/index.ts'
import { backupNameOf, backupsToDelete, isLeft, parseBackupName } from './backup-name.ts'
import type { BackupTarget } from './backup-target.ts'
import { DirectoryTarget } from './directory-target.ts'
import { hasObject, S3Target } from './s3-target.ts'

const at = Date.parse('2026-11-30T12:00:00Z')
const day = 86_400_000
const backupAt = (days: number) => {
  const name = backupNameOf(at + days * day, '1f3a5c7e-0000-4000-8000-000000000000')
  return { name, at: at + days * day }
}

test('the name of a backup has its time and the begin of its id', () => {
  const name = 'keyward-20261130T120000Z-1f3a5c7e.age'
  assert.equal(backupAt(0).name, name)
  assert.deepEqual(parseBackupName(name), { name, at })
  for (const other of [
    'keyward-20261130T120000Z-1f3a5c7e.age.partial',
    'my-keyward-20261130T120000Z-1f3a5c7e.age',
    'deeper/keyward-20261130T120000Z-1f3a5c7e.age',
    'keyward-20261399T120000Z-1f3a5c7e.age',
    'keyward-20261130T120000Z-1F3A5C7E.age',
  ])
    assert.equal(parseBackupName(other), undefined, other)
  assert.equal(isLeft(name, at + day - 1), false)
  assert.equal(isLeft(name, at + day), true)
  assert.equal(isLeft('other', at + day), false)
})

test('backups beyond the count or the days are deleted, and the newest never is', () => {
  const backups = [0, 1, 2, 3].map(backupAt)
  const deleted = (count: number | undefined, days: number | undefined, now = at + 3 * day) =>
    backupsToDelete(backups, { count, days }, now).map(({ name }) =>
      backups.findIndex(each => each.name === name),
    )
  assert.deepEqual(deleted(undefined, undefined), [])
  assert.deepEqual(deleted(2, undefined), [0, 1])
  assert.deepEqual(deleted(4, undefined), [])
  assert.deepEqual(deleted(undefined, 1), [0])
  assert.deepEqual(deleted(3, 1), [0])
  // A clock that is far ahead deletes not all but one.
  assert.deepEqual(deleted(undefined, 1, at + 1000 * day), [0])
  assert.deepEqual(deleted(1, 1, at + 1000 * day), [0, 1, 2])
  // Backups 2 and 3 are of a clock that was wrong.
  assert.deepEqual(deleted(2, undefined, at + day), [])
  assert.deepEqual(deleted(1, undefined, at + day), [0])
  assert.deepEqual(backupsToDelete([], { count: 1, days: 1 }, at), [])
})

/** The promises of `BackupTarget`. */
function holdTarget(target: () => BackupTarget, read: (name: string) => Promise<Buffer | undefined>): void {
  test('a backup has its name when it is complete, and not before', async () => {
    const sink = await target().open(backupAt(0))
    await sink.write(Buffer.from('one'))
    await sink.write(Buffer.from('two'))
    assert.deepEqual(await target().list(), [])
    await sink.complete()
    assert.deepEqual(await target().list(), [backupAt(0)])
    assert.equal((await read(backupAt(0).name))?.toString(), 'onetwo')
  })

  test('a backup that is aborted leaves nothing', async () => {
    const sink = await target().open(backupAt(1))
    await sink.write(Buffer.from('one'))
    await sink.abort()
    assert.equal(await read(backupAt(1).name), undefined)
  })

  test('the list is in order of time, and a deleted backup is gone', async () => {
    for (const days of [3, 2]) {
      const sink = await target().open(backupAt(days))
      await sink.write(Buffer.from('one'))
      await sink.complete()
    }
    assert.deepEqual(await target().list(), [0, 2, 3].map(backupAt))
    await target().delete(backupAt(2).name)
    await target().delete(backupAt(2).name)
    assert.deepEqual(await target().list(), [0, 3].map(backupAt))
  })
}

describe('a directory of backups', () => {
  const root = temporaryDirectory()
  const target = new DirectoryTarget(root)
  holdTarget(
    () => target,
    async name => (existsSync(join(root, name)) ? readFileSync(join(root, name)) : undefined),
  )

  test('only the owner reads a backup, and files of others are no backups', async () => {
    writeFileSync(join(root, 'notes.txt'), 'x')
    mkdirSync(join(root, 'deeper'))
    mkdirSync(join(root, backupAt(10).name))
    writeFileSync(join(root, backupAt(11).name), '')
    symlinkSync(backupAt(0).name, join(root, backupAt(12).name))
    assert.equal((await target.list()).length, 2)
    assert.equal(statSync(join(root, backupAt(0).name)).mode & 0o777, 0o600)
  })

  test('a part that a killed process left is removed after a day', async () => {
    const left = `${backupAt(0).name}.partial`
    writeFileSync(join(root, left), 'x')
    writeFileSync(join(root, 'other.partial'), 'x')
    await (await target.open(backupAt(0.9))).abort()
    assert.ok(readdirSync(root).includes(left))
    await (await target.open(backupAt(1))).abort()
    assert.ok(!readdirSync(root).includes(left))
    assert.ok(readdirSync(root).includes('other.partial'))
  })

  test('a directory that is not there is an error, and is not made', async () => {
    const missing = new DirectoryTarget(join(root, 'not-mounted'))
    await assert.rejects(missing.open(backupAt(0)), /ENOENT/)
    await assert.rejects(missing.list(), /ENOENT/)
  })
})

describe('a bucket of backups', { skip: needsSeaweed }, () => {
  const accessKey = { accessKeyId: 'AKIDBACKUPS', secretAccessKey: 'secret-of-backups' }
  const bucket = 'backups'
  let server: S3Server
  let client: S3Client
  let sdk: SdkClient
  before(async () => {
    server = await startSeaweed({ accessKey })
    client = new S3Client({
      endpoint: new URL(server.url),
      region: 'us-east-1',
      credentials: () => ({ accessKeyId: accessKey.accessKeyId, secret: accessKey.secretAccessKey }),
      outbound: new OutboundPolicy({ hosts: [], ranges: AddressRanges.of('127.0.0.1') }),
      clock: systemClock,
    })
    sdk = new SdkClient({
      ...{ endpoint: server.url, region: 'us-east-1', forcePathStyle: true },
      credentials: accessKey,
    })
    await sdk.send(new CreateBucketCommand({ Bucket: bucket }))
  })
  after(async () => {
    sdk?.destroy()
    await server?.stop()
  })

  holdTarget(
    () => new S3Target(client, { bucket, key: 'daily' }),
    async name => {
      const place = { Bucket: bucket, Key: `daily/${name}` }
      if (!(await hasObject(client, { bucket, key: place.Key }))) return undefined
      const { Body } = await sdk.send(new GetObjectCommand(place))
      return Buffer.from((await Body?.transformToByteArray()) ?? [])
    },
  )

  test('backups below other prefixes are those of others', async () => {
    const other = new S3Target(client, { bucket, key: 'daily/deeper' })
    await (await other.open(backupAt(5))).complete()
    assert.equal((await new S3Target(client, { bucket, key: 'daily' }).list()).length, 2)
    assert.deepEqual(await new S3Target(client, { bucket, key: '' }).list(), [])
    assert.deepEqual(await other.list(), [backupAt(5)])
  })

  test('an upload that a killed process left is aborted after a day', async () => {
    await MultipartUpload.create(client, { bucket, key: `daily/${backupAt(0).name}` })
    const uploads = async () =>
      (await sdk.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []
    const target = new S3Target(client, { bucket, key: 'daily' })
    await (await target.open(backupAt(0.9))).abort()
    assert.equal((await uploads()).length, 1)
    await (await target.open(backupAt(1))).abort()
    assert.equal((await uploads()).length, 0)
  })

  test('a bucket that does not exist is an error', async () => {
    const missing = new S3Target(client, { bucket: 'no-such-bucket', key: '' })
    await assert.rejects(missing.open(backupAt(0)), /There is no bucket no-such-bucket\./)
  })
})
