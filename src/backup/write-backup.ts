import type { FileHandle } from 'node:fs/promises'
import { open, unlink } from 'node:fs/promises'
import { OperatorError, sha256Hex, sha256Stream } from '../std/index.ts'
import { AgeWriter } from './age/age-writer.ts'
import { tarEnd, tarHeader, tarPadding } from './archive/tar.ts'
import { type BackupFacts, type BackupManifest, isBackupName } from './manifest.ts'

const readSizeBytes = 1 << 20

/** A file that goes into a backup. */
export interface BackupFile {
  /** The name in the data directory. */
  readonly name: string
  readonly path: string
  /** The bytes that the backup takes; the whole file if absent. The file may be longer. */
  readonly sizeBytes?: number
  /** Whether the file is removed as soon as it is open. */
  readonly isTemporary?: boolean
}

/** The place that a backup is written to. Nothing is there under the name of the backup before it is complete. */
export interface BackupSink {
  /** The bytes are valid until the promise resolves. Throws the target's error. */
  write(bytes: Buffer): Promise<void>
  /** Makes the backup durable, and gives it its name. */
  complete(): Promise<void>
  /** Removes the parts of a backup that does not become complete. May be called again. */
  abort(): Promise<void>
}

/** The settings of `writeBackup`. */
export interface BackupOptions {
  readonly facts: BackupFacts
  /** The files in their order; the database is the first. */
  readonly files: readonly BackupFile[]
  /** Recipients of age that `checkRecipients` has accepted. */
  readonly recipients: readonly string[]
  /** Called from time to time with the bytes of files that are written, and the bytes of all. */
  readonly progress: (written: number, of: number) => void
  /** Ends the work before it is complete, and the parts are removed. */
  readonly signal?: AbortSignal
}

/** The outcome of a backup. */
export interface WrittenBackup {
  /** The size of the encrypted file. */
  readonly sizeBytes: number
  readonly manifest: BackupManifest
}

/**
 * Encrypts files to a backup: a tar archive of a manifest, the files and their digests, in a file of age. All files are opened
 * before the first is read, so that none can vanish. Throws OperatorError, also for a target that cannot be written.
 */
export async function writeBackup(options: BackupOptions, sink: BackupSink): Promise<WrittenBackup> {
  const opened: OpenedFile[] = []
  let sizeBytes = 0
  try {
    for (const file of options.files) opened.push(await openFile(file))
    const entries = opened.map(file => ({ name: file.name, sizeBytes: file.sizeBytes }))
    const manifest: BackupManifest = { v: 1, ...options.facts, entries }
    const writer = await AgeWriter.open(options.recipients, async bytes => {
      options.signal?.throwIfAborted()
      sizeBytes += bytes.length
      await sink.write(bytes)
    })
    try {
      await writeArchive(writer, manifest, opened, options.progress)
    } finally {
      writer.close()
      await writer.settled()
    }
    options.signal?.throwIfAborted()
    await sink.complete()
    return { sizeBytes, manifest }
  } catch (error) {
    await sink.abort()
    if (error instanceof OperatorError) throw error
    throw new OperatorError(`The backup was not made: ${(error as Error).message}.`)
  } finally {
    for (const { handle } of opened) await handle.close()
  }
}

interface OpenedFile {
  readonly name: string
  readonly handle: FileHandle
  readonly sizeBytes: number
}

async function openFile({ name, path, sizeBytes, isTemporary }: BackupFile): Promise<OpenedFile> {
  if (!isBackupName(name)) throw new Error(`${name} is no file of a backup`)
  const handle = await open(path, 'r')
  try {
    if (isTemporary === true) await unlink(path)
    return { name, handle, sizeBytes: sizeBytes ?? (await handle.stat()).size }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function writeArchive(
  writer: AgeWriter,
  manifest: BackupManifest,
  files: readonly OpenedFile[],
  progress: BackupOptions['progress'],
): Promise<void> {
  const mtime = Math.floor(Date.parse(manifest.madeAt) / 1000)
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const digests: Record<string, string> = {}
  let written = 0
  const writeText = async (name: string, text: string) => {
    const bytes = Buffer.from(text)
    digests[name] = sha256Hex(bytes)
    await writer.write(tarHeader(name, bytes.length, mtime))
    await writer.write(bytes)
    await writer.write(tarPadding(bytes.length))
  }
  await writeText('manifest.json', `${JSON.stringify(manifest, undefined, 1)}\n`)
  for (const file of files) {
    await writer.write(tarHeader(file.name, file.sizeBytes, mtime))
    const digest = sha256Stream()
    for await (const bytes of readHandle(file)) {
      digest.update(bytes)
      await writer.write(bytes)
      written += bytes.length
      progress(written, total)
    }
    digests[file.name] = digest.digest().toString('hex')
    await writer.write(tarPadding(file.sizeBytes))
  }
  await writeText('digests.json', `${JSON.stringify(digests, undefined, 1)}\n`)
  await writer.write(tarEnd())
  await writer.end()
}

/** Reads the next part while the one before is worked on. A part is valid until the next one. */
async function* readHandle({ name, handle, sizeBytes }: OpenedFile): AsyncGenerator<Buffer> {
  const lengthMax = Math.min(readSizeBytes, sizeBytes)
  const [one, other] = [Buffer.alloc(lengthMax), Buffer.alloc(lengthMax)]
  const read = async (buffer: Buffer, position: number) => {
    const wanted = Math.min(buffer.length, sizeBytes - position)
    const { bytesRead } = await handle.read(buffer, 0, wanted, position)
    if (bytesRead === 0) throw new Error(`the file ${name} became shorter while it was read`)
    return buffer.subarray(0, bytesRead)
  }
  let ahead = sizeBytes > 0 ? read(one, 0) : undefined
  for (let position = 0, count = 1; ahead !== undefined; count++) {
    const part: Buffer = await ahead
    position += part.length
    ahead = position < sizeBytes ? read(count % 2 === 0 ? one : other, position) : undefined
    // A consumer that stops leaves it unread.
    ahead?.catch(() => undefined)
    yield part
  }
}
