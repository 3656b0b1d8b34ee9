import {
  type BucketState,
  ObjectProblem,
  type ObjectStore,
  type ObjectToPut,
  type StoredObject,
} from './object-store.ts'

/** The stores of all buckets: directories by the name of the bucket, and an S3 server for all other names. */
export interface DestinationOptions {
  readonly directories: ReadonlyMap<string, ObjectStore>
  /** Undefined if the operator has named no S3 server: then no other bucket exists. */
  readonly s3: ObjectStore | undefined
}

/** The buckets that trails can be delivered to. */
export class Destinations implements ObjectStore {
  readonly #options: DestinationOptions

  constructor(options: DestinationOptions) {
    this.#options = options
  }

  /** Whether a bucket is a directory, which encrypts nothing. */
  isDirectory(bucket: string): boolean {
    return this.#options.directories.has(bucket)
  }

  async put(object: ObjectToPut): Promise<void> {
    await this.#storeOf(object.bucket).put(object)
  }

  async head(bucket: string): Promise<BucketState> {
    const store = this.#find(bucket)
    return store === undefined ? 'missing' : await store.head(bucket)
  }

  async get(bucket: string, key: string): Promise<StoredObject | undefined> {
    return await this.#storeOf(bucket).get(bucket, key)
  }

  list(bucket: string, prefix: string): AsyncIterable<string> {
    return this.#storeOf(bucket).list(bucket, prefix)
  }

  #find(bucket: string): ObjectStore | undefined {
    return this.#options.directories.get(bucket) ?? this.#options.s3
  }

  #storeOf(bucket: string): ObjectStore {
    const store = this.#find(bucket)
    if (store === undefined)
      throw new ObjectProblem('NoSuchBucket', `${bucket}: the setting trail-s3-endpoint names no S3 server`)
    return store
  }
}
