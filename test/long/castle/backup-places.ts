import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { temporaryFile } from '../../fixtures/keyward-process.ts'
import { type S3Server, startSeaweed } from '../../fixtures/s3/seaweedfs.ts'
import type { Settings } from './known-directory.ts'
import { S3Recorder } from './s3-recorder.ts'

/** A place that a round writes its backup to. */
export interface BackupPlace {
  /** As `keyward backup` takes it. */
  readonly path: string
  readonly settings: Settings
  /** The state of what is there; undefined if there is nothing yet. */
  state(): string | undefined
  /** Returns a file with the backup that is there; undefined if there is none. */
  read(): Promise<string | undefined>
  /** Asserts that a backup that is done left nothing but itself. */
  checkClean(): void
}

export const fileStates = ['the partial file', 'the stream', 'whole without its name', 'named'] as const

/** A sealed chunk of an age file (c2sp.org/age, "Payload"), the nonce before the first, and the start of the line before that. */
const [chunkSizeBytes, nonceSizeBytes, headEnd] = [64 * 1024 + 16, 16, '\n--- ']

/** A file in a directory. */
export class FilePlace implements BackupPlace {
  readonly path: string
  readonly settings = {}

  constructor(directory: string) {
    this.path = join(directory, 'backup.age')
  }

  state(): string | undefined {
    if (existsSync(this.path)) return 'named'
    try {
      const bytes = readFileSync(this.#partial)
      if (bytes.length === 0) return 'the partial file'
      return isWhole(bytes) ? 'whole without its name' : 'the stream'
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  async read(): Promise<string | undefined> {
    return existsSync(this.path) ? this.path : undefined
  }

  checkClean(): void {
    assert.equal(existsSync(this.#partial), false)
  }

  get #partial(): string {
    return `${this.path}.partial`
  }
}

/** Whether the last chunk of an age file is there: it alone is shorter than the others. */
function isWhole(bytes: Buffer): boolean {
  const begin = bytes.indexOf('\n', bytes.indexOf(headEnd) + 1) + 1 + nonceSizeBytes
  return (bytes.length - begin) % chunkSizeBytes !== 0
}

export const bucketStates = [
  'the upload is begun',
  'one part',
  'all parts',
  'Complete is asked',
  'the object',
] as const

const bucket = 'backups'
const accessKey = { accessKeyId: 'AKIDBACKUPS', secretAccessKey: 'secret-of-backups' }
/** A backup of a `BucketPlace` has more bytes than one part, and less than two. */
const partsOfAll = 2

/** An S3 server with a bucket, for the objects of all rounds. */
export class Bucket {
  readonly #server: S3Server
  readonly #recorder: S3Recorder
  readonly #sdk: S3Client
  #rounds = 0

  private constructor(server: S3Server, recorder: S3Recorder) {
    this.#server = server
    this.#recorder = recorder
    const { url } = server
    this.#sdk = new S3Client({
      ...{ endpoint: url, region: 'us-east-1', forcePathStyle: true, credentials: accessKey },
    })
  }

  static async start(): Promise<Bucket> {
    const server = await startSeaweed({ accessKey })
    const made = new Bucket(server, await S3Recorder.start(server.url))
    await made.#sdk.send(new CreateBucketCommand({ Bucket: bucket }))
    return made
  }

  /** The place of the next object, whose file `read` writes into a directory. */
  next(directory: string): BackupPlace {
    const key = `round-${++this.#rounds}.age`
    const seen = () => this.#recorder.upload(`/${bucket}/${key}`)
    const { accessKeyId, secretAccessKey } = accessKey
    const credentials = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
    return {
      path: `s3://${bucket}/${key}`,
      settings: {
        KEYWARD_TRAIL_S3_ENDPOINT: this.#recorder.url,
        KEYWARD_TRAIL_S3_CREDENTIALS: temporaryFile('credentials', credentials),
        KEYWARD_OUTBOUND: '127.0.0.1',
      },
      state() {
        const { isBegun, parts, isCompleteAsked, isComplete } = seen()
        if (isComplete) return 'the object'
        if (isCompleteAsked) return 'Complete is asked'
        if (parts === partsOfAll) return 'all parts'
        return parts > 0 ? 'one part' : isBegun ? 'the upload is begun' : undefined
      },
      read: () => this.#read(key, directory),
      checkClean: () => assert.equal(seen().isComplete, true),
    }
  }

  async stop(): Promise<void> {
    this.#sdk.destroy()
    this.#recorder.close()
    await this.#server.stop()
  }

  async #read(key: string, directory: string): Promise<string | undefined> {
    try {
      const { Body } = await this.#sdk.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      const path = join(directory, key)
      writeFileSync(path, (await Body?.transformToByteArray()) ?? '')
      return path
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return undefined
      throw error
    }
  }
}
