/** An object that is put into a bucket. */
export interface ObjectToPut {
  readonly bucket: string
  readonly key: string
  readonly bytes: Uint8Array
  readonly contentType: string
  readonly contentEncoding?: string
  /** User metadata, by names in lower case without `x-amz-meta-`. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Encrypts the object under a KMS key (SSE-KMS). */
  readonly encryption?: ObjectEncryption | undefined
}

/** The KMS key of an object, and the encryption context that S3 uses it with. */
export interface ObjectEncryption {
  readonly keyArn: string
  readonly context: Readonly<Record<string, string>>
}

/** An object as it was read. */
export interface StoredObject {
  readonly bytes: Buffer
  /** User metadata, by names in lower case without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Whether a bucket can be delivered to. */
export type BucketState = 'ok' | 'missing' | 'denied'

/** The place that trails are delivered to: an S3 server or a directory. Its methods throw ObjectProblem. */
export interface ObjectStore {
  /** Puts an object durably and as a whole; an object with the same key is replaced. */
  put(object: ObjectToPut): Promise<void>
  head(bucket: string): Promise<BucketState>
  /** Returns an object; undefined if there is none. */
  get(bucket: string, key: string): Promise<StoredObject | undefined>
  /** Lists the keys with a prefix, in the order of their bytes. */
  list(bucket: string, prefix: string): AsyncIterable<string>
}

/** A refusal or a failure of an object store, with the error code of S3. */
export class ObjectProblem extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
