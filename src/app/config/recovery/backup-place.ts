import { resolve } from 'node:path'
import { isBucketName } from '../../../domain/index.ts'

/** The place of a backup: a path of this machine, or an object on the S3 server. */
export type BackupPlace =
  | { readonly type: 'path'; readonly path: string }
  | { readonly type: 's3'; readonly bucket: string; readonly key: string }

/** The form of a place in a bucket, for messages (the rules of bucket names are those of S3 for general purpose buckets). */
export const bucketForm =
  's3://BUCKET/KEY, with a BUCKET of 3 to 63 lower-case letters, digits, dots and hyphens, and a KEY without empty parts'

/** Reads a path or `s3://BUCKET/KEY`; returns undefined for a bucket or key that S3 cannot have. The key may be empty. */
export function readBackupPlace(text: string): BackupPlace | undefined {
  if (!text.startsWith('s3:')) return text === '' ? undefined : { type: 'path', path: resolve(text) }
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)(?:\/(.*?))?\/?$/s.exec(text) ?? []
  const isKey = Buffer.byteLength(key) <= 900 && key.split('/').every(part => part !== '' || key === '')
  return isBucketName(bucket) && isKey ? { type: 's3', bucket, key } : undefined
}
