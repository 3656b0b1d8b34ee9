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

  async head(bucket: string): Promise<BucketState> {
    try {
      await this.#client.send({ method: 'HEAD', bucket })
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

  async *list(bucket: string, prefix: string): AsyncGenerator<string> {
    let marker: string | undefined
    do {
      const { body } = await this.#client.send({
        method: 'GET',
        bucket,
        query: { prefix, 'encoding-type': 'url', ...(marker !== undefined && { marker }) },
      })
      const { keys, isTruncated } = readListing(body.toString('utf8'))
      yield* keys
      marker = isTruncated ? keys.at(-1) : undefined
    } while (marker !== undefined)
  }

  /** Deletes an object; none under the key is no error (Amazon S3 API Reference, "DeleteObject"). */
  async delete(bucket: string, key: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', bucket, key })
  }
}
