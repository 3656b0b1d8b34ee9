import { ObjectProblem } from './object-store.ts'
import type { S3Client } from './s3-client.ts'
import { readUploadId, readUploads, renderComplete } from './s3-xml.ts'

/** The size of all parts but the last. S3 takes 10,000 parts, of at least 5 MiB (Amazon S3 User Guide, "multipart upload limits"). */
export const partSizeBytes = 16 * 1024 * 1024
const partsMax = 10_000
const abortMillisMax = 10_000

/** The place of an object on an S3 server. */
export interface ObjectPlace {
  readonly bucket: string
  readonly key: string
}

/**
 * An object that is put in parts, because its size is not known before its end. Nothing is under its key before it is
 * complete. All methods throw ObjectProblem.
 */
export class MultipartUpload {
  readonly #client: S3Client
  readonly #place: ObjectPlace
  readonly #uploadId: string
  readonly #signal: AbortSignal | undefined
  readonly #etags: string[] = []
  #chunks: Buffer[] = []
  #sizeBytes = 0

  private constructor(client: S3Client, place: ObjectPlace, uploadId: string, signal?: AbortSignal) {
    this.#client = client
    this.#place = place
    this.#uploadId = uploadId
    this.#signal = signal
  }

  /** Begins an upload. `signal` ends all its requests but the one that aborts it. Throws ObjectProblem. */
  static async create(client: S3Client, place: ObjectPlace, signal?: AbortSignal): Promise<MultipartUpload> {
    const headers = { 'content-type': 'application/octet-stream' }
    const { body } = await client.send({ method: 'POST', ...place, query: { uploads: '' }, headers, signal })
    const uploadId = readUploadId(body.toString('utf8'))
    if (uploadId === undefined) throw new ObjectProblem('InternalError', 'the answer has no UploadId')
    return new MultipartUpload(client, place, uploadId, signal)
  }

  /** Adds bytes, which may be kept until a part is full. */
  async write(bytes: Buffer): Promise<void> {
    for (let from = 0; from < bytes.length; ) {
      const taken = Math.min(bytes.length - from, partSizeBytes - this.#sizeBytes)
      // The caller may use its buffer again.
      this.#chunks.push(Buffer.from(bytes.subarray(from, from + taken)))
      this.#sizeBytes += taken
      from += taken
      if (this.#sizeBytes === partSizeBytes) await this.#putPart()
    }
  }

  /** Makes the object of all parts. */
  async complete(): Promise<void> {
    // An object has at least one part, which may be empty.
    if (this.#sizeBytes > 0 || this.#etags.length === 0) await this.#putPart()
    await this.#client.send({
      ...{ method: 'POST', ...this.#place, query: { uploadId: this.#uploadId }, isPatient: true },
      headers: { 'content-type': 'application/xml' },
      body: Buffer.from(renderComplete(this.#etags)),
      signal: this.#signal,
    })
  }

  /** Removes the parts. A server that stops waits for it, so its time is short. */
  abort(): Promise<void> {
    return abortUpload(this.#client, this.#place, this.#uploadId, AbortSignal.timeout(abortMillisMax))
  }

  async #putPart(): Promise<void> {
    const partNumber = this.#etags.length + 1
    if (partNumber > partsMax)
      throw new ObjectProblem('EntityTooLarge', `the object has more than ${partsMax} parts`)
    const body = Buffer.concat(this.#chunks)
    this.#chunks = []
    this.#sizeBytes = 0
    const query = { partNumber: `${partNumber}`, uploadId: this.#uploadId }
    const signal = this.#signal
    const { headers } = await this.#client.send({
      method: 'PUT',
      ...this.#place,
      query,
      body,
      signal,
      isPatient: true,
    })
    if (typeof headers.etag !== 'string')
      throw new ObjectProblem('InternalError', `the answer to part ${partNumber} has no ETag`)
    this.#etags.push(headers.etag)
  }
}

/** The place of uploads, and the signal that ends the search for them. */
interface UploadsPlace {
  readonly bucket: string
  readonly prefix: string
  readonly signal?: AbortSignal | undefined
}

/**
 * Aborts the uploads of a killed process below a prefix, as far as `isOurs` says. Their parts take space that no listing of
 * objects shows. Throws ObjectProblem.
 */
export async function abortLeftUploads(
  client: S3Client,
  { bucket, prefix, signal }: UploadsPlace,
  isOurs: (key: string) => boolean,
): Promise<void> {
  const query = { uploads: '', prefix, 'encoding-type': 'url' }
  const { body } = await client.send({ method: 'GET', bucket, query, signal })
  for (const { key, uploadId } of readUploads(body.toString('utf8')))
    if (key.startsWith(prefix) && isOurs(key)) await abortUpload(client, { bucket, key }, uploadId, signal)
}

async function abortUpload(
  client: S3Client,
  place: ObjectPlace,
  uploadId: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await client.send({ method: 'DELETE', ...place, query: { uploadId }, signal })
  } catch (error) {
    // A repeated abort finds nothing.
    if (!(error instanceof ObjectProblem) || error.code !== 'NoSuchUpload') throw error
  }
}
