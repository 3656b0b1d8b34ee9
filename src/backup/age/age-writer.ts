import { randomBytes } from '../../std/index.ts'
import { ChunkSealer, chunkSizeBytes, nonceSizeBytes, payloadKey, tagSizeBytes } from './stream.ts'

const sealedSizeBytes = chunkSizeBytes + tagSizeBytes
/** The size of the writes to the target. */
const writeSizeBytes = 16 * sealedSizeBytes

/** Encrypts what is written to it, and passes it on in large parts. */
export class AgeWriter {
  readonly #sealer: ChunkSealer
  readonly #write: (bytes: Buffer) => Promise<void>
  readonly #chunk = Buffer.alloc(chunkSizeBytes)
  #filled = 0
  /** The sealed chunks that were not written yet, and the buffer that is written meanwhile. */
  #sealed = Buffer.allocUnsafeSlow(writeSizeBytes)
  #written = Buffer.allocUnsafeSlow(writeSizeBytes)
  #sealedSizeBytes = 0
  /** The write that is under way while the next chunks are sealed. */
  #writing: Promise<void> = Promise.resolve()

  private constructor(sealer: ChunkSealer, write: (bytes: Buffer) => Promise<void>) {
    this.#sealer = sealer
    this.#write = write
  }

  /**
   * Makes the header for these recipients, which `checkRecipients` has accepted. The bytes that `write` gets are valid until its
   * promise resolves.
   */
  static async open(
    recipients: readonly string[],
    write: (bytes: Buffer) => Promise<void>,
  ): Promise<AgeWriter> {
    const { header, fileKey } = await makeHeader(recipients)
    const nonce = randomBytes(nonceSizeBytes)
    const sealer = new ChunkSealer(payloadKey(fileKey, nonce))
    fileKey.fill(0)
    const writer = new AgeWriter(sealer, write)
    await writer.#begin(Buffer.concat([header, nonce]))
    return writer
  }

  /** The bytes may be changed when the promise resolves. */
  async write(bytes: Uint8Array): Promise<void> {
    let rest = bytes
    while (rest.length > 0) {
      // A full chunk waits for a byte after it: only then it is not the last one.
      if (this.#filled === chunkSizeBytes) await this.#sealFilled(false)
      if (this.#filled === 0 && rest.length > chunkSizeBytes) {
        await this.#seal(rest.subarray(0, chunkSizeBytes), false)
        rest = rest.subarray(chunkSizeBytes)
        continue
      }
      const part = rest.subarray(0, chunkSizeBytes - this.#filled)
      this.#chunk.set(part, this.#filled)
      this.#filled += part.length
      rest = rest.subarray(part.length)
    }
  }

  /** Writes the last chunk. */
  async end(): Promise<void> {
    await this.#sealFilled(true)
    await this.#writing
    this.close()
  }

  /** Wipes what is in memory, also of a payload that does not end. A write may still be under way then; `settled` waits for it. */
  close(): void {
    this.#sealer.close()
    this.#chunk.fill(0)
  }

  /** Resolves when no write is under way, whether it failed or not. */
  async settled(): Promise<void> {
    await this.#writing.catch(() => undefined)
  }

  async #sealFilled(isLast: boolean): Promise<void> {
    const chunk = this.#chunk.subarray(0, this.#filled)
    this.#filled = 0
    await this.#seal(chunk, isLast)
  }

  async #seal(chunk: Uint8Array, isLast: boolean): Promise<void> {
    for (const part of this.#sealer.seal(chunk, isLast)) {
      this.#sealed.set(part, this.#sealedSizeBytes)
      this.#sealedSizeBytes += part.length
    }
    if (!isLast && this.#sealedSizeBytes < writeSizeBytes) return
    await this.#begin(this.#sealed.subarray(0, this.#sealedSizeBytes))
    this.#sealedSizeBytes = 0
    const written = this.#sealed
    this.#sealed = this.#written
    this.#written = written
  }

  /** Begins a write when the one before is done. */
  async #begin(bytes: Buffer): Promise<void> {
    await this.#writing
    this.#writing = this.#write(bytes)
    // The next write or the end reports the error.
    this.#writing.catch(() => undefined)
  }
}

/** Returns the header and the file key, which the library shows to recipients alone. */
async function makeHeader(
  recipients: readonly string[],
): Promise<{ readonly header: Buffer; readonly fileKey: Uint8Array }> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  let fileKey = new Uint8Array(0)
  encrypter.addRecipient({
    wrapFileKey(key) {
      fileKey = Uint8Array.from(key)
      return []
    },
  })
  const file = Buffer.from(await encrypter.encrypt(new Uint8Array(0)))
  const macLine = file.indexOf('\n--- ') + 1
  return { header: file.subarray(0, file.indexOf('\n', macLine) + 1), fileKey }
}
