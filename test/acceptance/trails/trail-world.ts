import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  CloudTrailClient,
  CreateTrailCommand,
  GetTrailStatusCommand,
  type GetTrailStatusCommandOutput,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import { CreateKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { type KeywardProcess, startKeyward, temporaryFile } from '../../fixtures/keyward-process.ts'
import { freePorts, type S3Server, startSeaweed } from '../../fixtures/s3/seaweedfs.ts'
import { allow, credentialsOf, seedUser, writeSeed } from '../../fixtures/seed.ts'
import { cliDirectory } from '../clients/aws-cli.ts'

export const account = '111122223333'
export const bucket = 'trail-logs'
export const region = 'us-east-1'
export const trailArn = `arn:aws:cloudtrail:${region}:${account}:trail/everything`

/** An object of the bucket as S3 returned it. */
export interface Kept {
  readonly key: string
  readonly bytes: Uint8Array
  readonly metadata: Record<string, string>
}

/** A server with a test clock that delivers trails to a real S3 server, which encrypts with the keys of that server. */
export class TrailWorld {
  readonly keyward: KeywardProcess
  readonly seaweed: S3Server
  readonly cloudtrail: CloudTrailClient
  readonly kms: KMSClient
  readonly s3: S3Client
  readonly environment: Readonly<Record<string, string>>

  private constructor(
    keyward: KeywardProcess,
    seaweed: S3Server,
    environment: Readonly<Record<string, string>>,
  ) {
    this.keyward = keyward
    this.seaweed = seaweed
    this.environment = environment
    const settings = { region, credentials: credentialsOf('alice') }
    this.cloudtrail = new CloudTrailClient({ ...settings, endpoint: keyward.url })
    this.kms = new KMSClient({ ...settings, endpoint: keyward.url })
    this.s3 = new S3Client({ ...settings, endpoint: seaweed.url, forcePathStyle: true })
  }

  static async start(): Promise<TrailWorld> {
    const [port = 0] = await freePorts(1)
    const alice = credentialsOf('alice')
    const credentials = temporaryFile(
      'credentials',
      `[default]\naws_access_key_id = ${alice.accessKeyId}\naws_secret_access_key = ${alice.secretAccessKey}\n`,
    )
    const users = [seedUser('alice', allow(['kms:*', 'cloudtrail:*'])), seedUser('bucket', allow('kms:*'))]
    const environment = {
      KEYWARD_TRAIL_S3_ENDPOINT: `http://127.0.0.1:${port}`,
      KEYWARD_TRAIL_S3_CREDENTIALS: credentials,
      KEYWARD_OUTBOUND: '127.0.0.1',
    }
    const keyward = await startKeyward({
      flags: [
        '--seed',
        writeSeed({ accounts: [{ id: account, users }] }),
        '--test-clock',
        'except-signatures',
      ],
      environment,
    })
    const s3User = credentialsOf('bucket')
    const seaweed = await startSeaweed({
      port,
      accessKey: alice,
      kms: {
        url: keyward.url,
        region,
        accessKeyId: s3User.accessKeyId,
        secretAccessKey: s3User.secretAccessKey,
      },
    })
    const world = new TrailWorld(keyward, seaweed, environment)
    await world.s3.send(new CreateBucketCommand({ Bucket: bucket }))
    return world
  }

  async stop(): Promise<void> {
    await this.keyward.stop()
    await this.seaweed.stop()
  }

  /** Makes a key that CloudTrail may use for the trails of the account, and returns its ARN. */
  async makeTrailKey(): Promise<string> {
    const statements = [
      allow('kms:*', '*', `arn:aws:iam::${account}:root`),
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: 'kms:GenerateDataKey*',
        Resource: '*',
        Condition: {
          StringEquals: { 'aws:SourceArn': trailArn },
          StringLike: {
            'kms:EncryptionContext:aws:cloudtrail:arn': `arn:aws:cloudtrail:*:${account}:trail/*`,
          },
        },
      },
    ]
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statements })
    const { KeyMetadata } = await this.kms.send(new CreateKeyCommand({ Policy }))
    return KeyMetadata?.Arn ?? ''
  }

  /** Makes a trail with validation and starts its logging. */
  async makeTrail(KmsKeyId?: string): Promise<void> {
    const Name = 'everything'
    await this.cloudtrail.send(
      new CreateTrailCommand({ Name, S3BucketName: bucket, EnableLogFileValidation: true, KmsKeyId }),
    )
    await this.cloudtrail.send(new StartLoggingCommand({ Name }))
  }

  status(): Promise<GetTrailStatusCommandOutput> {
    return this.cloudtrail.send(new GetTrailStatusCommand({ Name: trailArn }))
  }

  async encrypt(KeyId: string): Promise<void> {
    await this.kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))
  }

  /** The keys of log files or digests, the oldest first. */
  async list(kind: 'CloudTrail' | 'CloudTrail-Digest'): Promise<string[]> {
    const Prefix = `AWSLogs/${account}/${kind}/`
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }))
    return Contents.map(({ Key = '' }) => Key)
  }

  async get(key: string): Promise<Kept> {
    const { Body, Metadata = {} } = await this.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    return { key, bytes: (await Body?.transformToByteArray()) ?? Buffer.alloc(0), metadata: Metadata }
  }

  async text(key: string): Promise<string> {
    return gunzipSync((await this.get(key)).bytes).toString('utf8')
  }

  async put({ key, bytes, metadata }: Kept): Promise<void> {
    await this.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, Metadata: metadata }))
  }

  async remove(key: string): Promise<void> {
    await this.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
  }

  /** Runs `aws cloudtrail validate-logs` over a range of time. Returns its whole output and whether it exits with 0. */
  async validate(from: number, to: number): Promise<{ readonly isFine: boolean; readonly output: string }> {
    const { accessKeyId, secretAccessKey } = credentialsOf('alice')
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
    const env = {
      ...Object.fromEntries(inherited),
      AWS_CONFIG_FILE: join(cliDirectory, 'config'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL_CLOUDTRAIL: this.keyward.url,
      AWS_ENDPOINT_URL_S3: this.seaweed.url,
    }
    const times = ['--start-time', new Date(from).toISOString(), '--end-time', new Date(to).toISOString()]
    const args = ['cloudtrail', 'validate-logs', '--verbose', '--trail-arn', trailArn, ...times]
    // An exit code that is not 0 is an answer here, and not a failure.
    return await new Promise(resolve => {
      execFile('aws', args, { env }, (error, stdout, stderr) =>
        resolve({ isFine: error === null, output: `${stdout}${stderr}` }),
      )
    })
  }
}
