import { after } from 'node:test'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { openServer, takeCredentials, testProcedure, without } from '../../fixtures/castle/operations.ts'
import { temporaryFile } from '../../fixtures/keyward-process.ts'
import { needsSeaweed, type S3Server, startSeaweed } from '../../fixtures/s3/seaweedfs.ts'

// docs/operations.md: backups and what they are for.

const backedUp = `${openServer}keyward backup "$BACKUPS/keyward.age" --recipient "$RECIPIENT"\n`
const change = `new (require('node:sqlite').DatabaseSync)(process.argv[1]).exec("update access_keys set is_active = 0")`

let seaweed: S3Server | undefined
after(() => seaweed?.stop())

/** Starts an S3 server with a bucket, and returns the settings for it. */
async function startBucket(): Promise<Readonly<Record<string, string>>> {
  const accessKey = { accessKeyId: 'AKIDBACKUPS', secretAccessKey: 'secret-of-backups' }
  seaweed = await startSeaweed({ accessKey })
  const s3 = new S3Client({
    ...{ endpoint: seaweed.url, region: 'us-east-1', forcePathStyle: true },
    credentials: accessKey,
  })
  await s3.send(new CreateBucketCommand({ Bucket: 'backups' }))
  s3.destroy()
  const credentials = `[default]\naws_access_key_id = ${accessKey.accessKeyId}\naws_secret_access_key = ${accessKey.secretAccessKey}\n`
  return {
    KEYWARD_TRAIL_S3_ENDPOINT: seaweed.url,
    KEYWARD_TRAIL_S3_CREDENTIALS: temporaryFile('credentials', credentials),
    KEYWARD_OUTBOUND: '127.0.0.1',
  }
}

testProcedure('Back up', { before: openServer })
testProcedure('Back up to S3', {
  before: openServer,
  variables: { BUCKET: 'backups' },
  skip: needsSeaweed,
  settings: startBucket,
})
testProcedure('Back up by schedule', { before: openServer })
testProcedure('Restore on a new machine', {
  before: `${backedUp}${takeCredentials}systemctl stop keyward\nrm -r /var/lib/keyward\n`,
  skip: without('aws'),
})
testProcedure('When the database is damaged', {
  before: `${backedUp}systemctl stop keyward
'${process.execPath}' -e "${change.replaceAll('"', '\\"')}" /var/lib/keyward/keyward.db
`,
})
testProcedure('When a backup does not verify', {
  before: `${backedUp}mv "$BACKUPS/keyward.age" "$BACKUPS/whole.age"
head -c 20000 "$BACKUPS/whole.age" > "$BACKUPS/cut.age"
`,
})
