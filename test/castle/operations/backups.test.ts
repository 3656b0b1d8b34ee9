import { after } from 'node:test'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import {
  commandsOf,
  openServer,
  sharesServer,
  takeCredentials,
  testProcedure,
  without,
} from '../../fixtures/castle/operations.ts'
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
testProcedure('Restore without the root key', {
  before: `${sharesServer}keyward backup "$BACKUPS/keyward.age" --recipient "$RECIPIENT"
systemctl stop keyward
rm -r /var/lib/keyward
`,
})
testProcedure('Restore an older root key', {
  before: `${backedUp}OLD_KEY=$HOME/old.key
cp /etc/keyward/root.key "$OLD_KEY"
${commandsOf('Change who keeps the root key')}`,
})
testProcedure('When the database is damaged', {
  before: `${backedUp}systemctl stop keyward
'${process.execPath}' -e "${change.replaceAll('"', '\\"')}" /var/lib/keyward/keyward.db
`,
})
testProcedure('When the identity of the backups is lost', { before: openServer })
testProcedure('When a backup does not verify', {
  before: `${backedUp}mv "$BACKUPS/keyward.age" "$BACKUPS/whole.age"
head -c 20000 "$BACKUPS/whole.age" > "$BACKUPS/cut.age"
mv "$BACKUPS/whole.age" "$BACKUPS/earlier.age"
OLD_KEY=$HOME/old.key
cp /etc/keyward/root.key "$OLD_KEY"
${commandsOf('Rotate the root key', 2)}
keyward backup "$BACKUPS/whole.age" --recipient "$RECIPIENT"
`,
})
