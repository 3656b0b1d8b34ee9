import {
  abortLeftUploads,
  MultipartUpload,
  ObjectProblem,
  type S3Client,
  S3Store,
} from '../../delivery/index.ts'
import { OperatorError } from '../../std/index.ts'
import type { BackupSink } from '../write-backup.ts'
import { isLeft, type NamedBackup, parseBackupName } from './backup-name.ts'
import { type BackupTarget, inOrderOfTime } from './backup-target.ts'

/** A place on an S3 server, as `s3://BUCKET/KEY` names it. */
export interface S3Place {
  readonly bucket: string
  readonly key: string
}

/** Writes a backup to an S3 server, in parts. Throws OperatorError if the bucket cannot be written to. */
export async function openS3Sink(
  client: S3Client,
  { bucket, key }: S3Place,
  signal?: AbortSignal,
): Promise<BackupSink> {
  const state = await new S3Store(client).head(bucket, signal)
  if (state !== 'ok')
    throw new OperatorError(
      state === 'missing' ? `There is no bucket ${bucket}.` : `The access to the bucket ${bucket} is denied.`,
    )
  const upload = await MultipartUpload.create(client, { bucket, key }, signal)
  let aborted: Promise<void> | undefined
  return {
    write: bytes => upload.write(bytes),
    complete: () => upload.complete(),
    abort() {
      // The error that made the backup fail is the one that counts, and the next backup aborts what is left.
      aborted ??= upload.abort().catch(() => undefined)
      return aborted
    },
  }
}

/** Whether an object is there. Throws ObjectProblem. */
export async function hasObject(client: S3Client, { bucket, key }: S3Place): Promise<boolean> {
  try {
    await client.send({ method: 'HEAD', bucket, key })
    return true
  } catch (error) {
    if (error instanceof ObjectProblem && error.code === 'NoSuchKey') return false
    throw error
  }
}

/** A prefix with more than a million objects is not one of backups alone. */
const pagesMax = 1000

/** Scheduled backups on an S3 server, under a prefix without a slash at its end; the bucket itself if it is empty. */
export class S3Target implements BackupTarget {
  readonly #client: S3Client
  readonly #bucket: string
  readonly #prefix: string

  constructor(client: S3Client, { bucket, key: prefix }: S3Place) {
    this.#client = client
    this.#bucket = bucket
    this.#prefix = prefix === '' ? '' : `${prefix}/`
  }

  async open({ name, at }: NamedBackup, signal?: AbortSignal): Promise<BackupSink> {
    const sink = await openS3Sink(this.#client, { bucket: this.#bucket, key: this.#prefix + name }, signal)
    const place = { bucket: this.#bucket, prefix: this.#prefix, signal }
    try {
      await abortLeftUploads(this.#client, place, key => isLeft(this.#nameOf(key), at))
    } catch (error) {
      await sink.abort()
      throw error
    }
    return sink
  }

  async list(signal?: AbortSignal): Promise<readonly NamedBackup[]> {
    const keys = new S3Store(this.#client).list(this.#bucket, `${this.#prefix}keyward-`, { pagesMax, signal })
    const backups: NamedBackup[] = []
    for await (const key of keys) {
      const backup = parseBackupName(this.#nameOf(key))
      if (backup !== undefined) backups.push(backup)
    }
    return inOrderOfTime(backups)
  }

  async delete(name: string, signal?: AbortSignal): Promise<void> {
    await new S3Store(this.#client).delete(this.#bucket, this.#prefix + name, signal)
  }

  /** An object below a deeper prefix belongs to a different target. */
  #nameOf(key: string): string {
    return key.slice(this.#prefix.length)
  }
}
