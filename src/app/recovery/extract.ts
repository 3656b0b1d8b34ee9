import { createReadStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type BackupManifest, openBackup, readIdentities } from '../../backup/index.ts'
import { OperatorError, syncDirectory } from '../../std/index.ts'

const readSizeBytes = 1 << 20

/** Reads a file of a backup, and the identities that open it. */
export interface BackupInput {
  readonly path: string
  readonly identityPaths: readonly string[]
}

/** A backup that is open, and how its files are written. */
export interface OpenInput {
  readonly manifest: BackupManifest
  /** Writes the files into a directory, durably. Throws OperatorError; the files are good only if it does not throw. */
  extract(directory: string, progress: (written: number, of: number) => void): Promise<void>
}

/**
 * Opens a backup for `work`, and closes its file afterwards. Nothing is written before `extract` is called. Throws OperatorError,
 * and BackupDamaged for a backup that is not whole.
 */
export async function withBackup<T>(
  { path, identityPaths }: BackupInput,
  work: (input: OpenInput) => Promise<T>,
): Promise<T> {
  if (identityPaths.length === 0)
    throw new OperatorError('A backup needs --identity with a file that age-keygen made.')
  const identities = identityPaths.flatMap(readIdentities)
  const stream = createReadStream(path, { highWaterMark: readSizeBytes })
  try {
    const { manifest, files } = await openBackup(partsOf(stream, path), identities)
    const total = manifest.entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    return await work({
      manifest,
      async extract(directory, progress) {
        let written = 0
        for await (const { name, bytes } of files)
          await writeFile(join(directory, name), modeOf(name), bytes, length => {
            written += length
            progress(written, total)
          })
        await syncDirectory(directory)
      },
    })
  } catch (error) {
    // A call of the system failed, as on a full disk, which the operator can repair.
    if (error instanceof OperatorError || (error as NodeJS.ErrnoException).syscall === undefined) throw error
    throw new OperatorError(`The files of the backup cannot be written: ${(error as Error).message}.`)
  } finally {
    stream.destroy()
  }
}

async function* partsOf(stream: AsyncIterable<unknown>, path: string): AsyncGenerator<Buffer> {
  try {
    for await (const part of stream) yield part as Buffer
  } catch (error) {
    throw new OperatorError(`The backup ${path} cannot be read: ${(error as Error).message}.`)
  }
}

/** Certificates and public keys may be read by others, as where the server wrote them. */
const modeOf = (name: string) => (/^tls\/ca|^audit-heads/.test(name) ? 0o644 : 0o600)

async function writeFile(
  path: string,
  mode: number,
  bytes: AsyncIterable<Buffer>,
  wrote: (length: number) => void,
): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = await open(path, 'wx', mode)
  try {
    for await (const part of bytes) {
      await file.writeFile(part)
      wrote(part.length)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  await syncDirectory(folder)
}
