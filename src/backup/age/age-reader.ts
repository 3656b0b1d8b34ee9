import { OperatorError } from '../../std/index.ts'
import { ByteSource } from '../archive/byte-source.ts'
import { BackupDamaged } from '../problems.ts'
import { ChunkOpener, chunkSizeBytes, cutOff, nonceSizeBytes, payloadKey, tagSizeBytes } from './stream.ts'

/** Far more than the 64 recipients that a backup has at most need. */
const headerSizeMaxBytes = 256 * 1024
const sealedChunkSizeBytes = chunkSizeBytes + tagSizeBytes

/**
 * Decrypts an age file chunk by chunk. A chunk is returned only when it is verified. Throws OperatorError if no identity opens
 * the file, and BackupDamaged if the file is not whole.
 */
export async function* readAge(
  bytes: AsyncIterable<Buffer>,
  identities: readonly string[],
): AsyncGenerator<Buffer, void, undefined> {
  const source = new ByteSource(bytes)
  const fileKey = await openHeader(await readHeader(source), identities)
  const nonce = await source.read(nonceSizeBytes)
  if (nonce.length < nonceSizeBytes) throw new BackupDamaged(cutOff)
  const opener = new ChunkOpener(payloadKey(fileKey, nonce))
  fileKey.fill(0)
  try {
    let chunk = await source.read(sealedChunkSizeBytes)
    for (let isFirst = true; ; isFirst = false) {
      const next = await source.read(sealedChunkSizeBytes)
      const isLast = next.length === 0
      const opened = opener.open(chunk, isLast)
      // Only an empty payload has an empty chunk.
      if (opened.length === 0 && !isFirst) throw new BackupDamaged(cutOff)
      yield opened
      if (isLast) return
      chunk = next
    }
  } finally {
    opener.close()
  }
}

async function readHeader(source: ByteSource): Promise<Buffer> {
  const first = await source.readLine(64)
  if (first?.toString('latin1') !== 'age-encryption.org/v1\n')
    throw new BackupDamaged('The file is not a backup: it does not begin as files of age do.')
  const lines = [first]
  for (let sizeBytes = first.length; ; ) {
    const line = await source.readLine(headerSizeMaxBytes - sizeBytes)
    if (line === undefined) throw new BackupDamaged('The backup is damaged: its header has no end.')
    lines.push(line)
    sizeBytes += line.length
    if (line.toString('latin1').startsWith('--- ')) return Buffer.concat(lines)
  }
}

async function openHeader(header: Buffer, identities: readonly string[]): Promise<Uint8Array> {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  try {
    for (const identity of identities) decrypter.addIdentity(identity)
  } catch {
    throw new OperatorError('An identity has a typing error: its checksum is wrong.')
  }
  try {
    return await decrypter.decryptHeader(header)
  } catch (error) {
    if ((error as Error).message.startsWith('no identity matched'))
      throw new OperatorError(
        'The identity does not open the backup: it is encrypted to other recipients, or its header is damaged.',
      )
    throw new BackupDamaged('The backup is damaged: its header is not what was written.')
  }
}
