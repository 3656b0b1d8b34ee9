import {
  type BucketState,
  ObjectProblem,
  type ObjectStore,
  type ObjectToPut,
  type StoredObject,
} from './object-store.ts'
import type { S3Client } from './s3-client.ts'
import { readListing } from './s3-xml.ts'

const metadataPrefix = 'x-amz-meta-'

/** The bounds of a list. */
export interface ListLimits {
  readonly pagesMax?: number
  /** Ends the list. */
  readonly signal?: AbortSignal | undefined
}

/** S3 lists keys in the order of their bytes (Amazon S3 API Reference, "ListObjects"). */
const isAfter = (key: string, before: string) => Buffer.compare(Buffer.from(key), Buffer.from(before)) > 0

/** Objects on an S3 server. */
export class S3Store implements ObjectStore {
  readonly #client: S3Client

  constructor(client: S3Client) {
    this.#client = client
  }

  async put({
    bucket,
    key,
    bytes,
    contentType,
    contentEncoding,
    metadata = {},
    encryption,
  }: ObjectToPut): Promise<void> {
    const headers: Record<string, string> = {
      'content-type': contentType,
      ...(contentEncoding !== undefined && { 'content-encoding': contentEncoding }),
      // The policy of a trail's bucket demands it (CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail").
      'x-amz-acl': 'bucket-owner-full-control',
    }
    for (const [name, value] of Object.entries(metadata)) headers[`${metadataPrefix}${name}`] = value
    if (encryption !== undefined) {
      headers['x-amz-server-side-encryption'] = 'aws:kms'
      headers['x-amz-server-side-encryption-aws-kms-key-id'] = encryption.keyArn
      headers['x-amz-server-side-encryption-context'] = Buffer.from(
        JSON.stringify(encryption.context),
      ).toString('base64')
    }
    await this.#client.send({ method: 'PUT', bucket, key, headers, body: bytes })
  }

  async head(bucket: string, signal?: AbortSignal): Promise<BucketState> {
    try {
      await this.#client.send({ method: 'HEAD', bucket, signal })
      return 'ok'
    } catch (error) {
      const { code } = error as ObjectProblem
      if (code === 'NoSuchBucket') return 'missing'
      if (code === 'AccessDenied') return 'denied'
      throw error
    }
  }

  async get(bucket: string, key: string): Promise<StoredObject | undefined> {
    try {
      const { body, headers } = await this.#client.send({ method: 'GET', bucket, key })
      const metadata: Record<string, string> = {}
      for (const [name, value] of Object.entries(headers))
        if (name.startsWith(metadataPrefix)) metadata[name.slice(metadataPrefix.length)] = String(value)
      return { bytes: body, metadata }
    } catch (error) {
      if (error instanceof ObjectProblem && error.code === 'NoSuchKey') return undefined
      throw error
    }
  }

  /** A server that would list for ever, or more than `pagesMax` pages of up to 1000 keys, is an ObjectProblem. */
  async *list(
    bucket: string,
    prefix: string,
    { pagesMax = 100_000, signal }: ListLimits = {},
  ): AsyncGenerator<string> {
    let marker: string | undefined
    for (let page = 1; ; page++) {
      const { body } = await this.#client.send({
        method: 'GET',
        bucket,
        query: { prefix, 'encoding-type': 'url', ...(marker !== undefined && { marker }) },
        signal,
      })
      const { keys, isTruncated } = readListing(body.toString('utf8'))
      yield* keys
      if (!isTruncated) return
      const next = keys.at(-1)
      if (next === undefined || (marker !== undefined && !isAfter(next, marker)))
        throw new ObjectProblem(
          'InternalError',
          `the list of ${bucket}/${prefix} does not go on after a page`,
        )
      if (page >= pagesMax)
        throw new ObjectProblem('InternalError', `there are too many objects in ${bucket}/${prefix}`)
      marker = next
    }
  }

  /** Deletes an object; none under the key is no error (Amazon S3 API Reference, "DeleteObject"). */
  async delete(bucket: string, key: string, signal?: AbortSignal): Promise<void> {
    await this.#client.send({ method: 'DELETE', bucket, key, signal })
  }
}
