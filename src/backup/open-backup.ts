import { equalConstantTime, isJsonObject, parseJson, sha256Stream } from '../std/index.ts'
import { readAge } from './age/age-reader.ts'
import { readTar, type TarEntry } from './archive/tar.ts'
import { type BackupManifest, manifestSizeMaxBytes, parseManifest } from './manifest.ts'
import { BackupDamaged } from './problems.ts'

/** A backup whose manifest is read. */
export interface OpenedBackup {
  readonly manifest: BackupManifest
  /**
   * Gives each file with its bytes, in the order of the manifest. All bytes of a file must be read before the next one. It throws
   * BackupDamaged if the backup is not whole, at its end, too: no file is good before that.
   */
  readonly files: AsyncIterable<TarEntry>
}

/**
 * Opens a backup with the identities of age. Throws OperatorError if none of them opens it, and BackupDamaged for a file that
 * is not a backup.
 */
export async function openBackup(
  bytes: AsyncIterable<Buffer>,
  identities: readonly string[],
): Promise<OpenedBackup> {
  const archive = readTar(readAge(bytes, identities))
  const digests = new Map<string, string>()
  const manifest = parseManifest(await readText(archive, 'manifest.json', digests))
  return { manifest, files: readFiles(archive, manifest, digests) }
}

async function* readFiles(
  archive: AsyncGenerator<TarEntry>,
  { entries }: BackupManifest,
  digests: Map<string, string>,
): AsyncGenerator<TarEntry> {
  for (const { name, sizeBytes } of entries) {
    const entry = await next(archive)
    if (entry?.name !== name || entry.sizeBytes !== sizeBytes)
      throw new BackupDamaged(`The backup is damaged: ${name} is missing, or has a different size.`)
    yield { name, sizeBytes, bytes: digesting(entry, digests) }
  }
  const found = new Map(digests)
  compareDigests(await readText(archive, 'digests.json', digests), found)
  if ((await next(archive)) !== undefined)
    throw new BackupDamaged('The backup is damaged: it has files that its manifest does not name.')
}

async function* digesting({ name, bytes }: TarEntry, digests: Map<string, string>): AsyncGenerator<Buffer> {
  const digest = sha256Stream()
  for await (const part of bytes) {
    digest.update(part)
    yield part
  }
  digests.set(name, digest.digest().toString('hex'))
}

async function next(archive: AsyncGenerator<TarEntry>): Promise<TarEntry | undefined> {
  const { value, done } = await archive.next()
  return done === true ? undefined : value
}

/** Reads the next file, which must have this name. */
async function readText(
  archive: AsyncGenerator<TarEntry>,
  name: string,
  digests: Map<string, string>,
): Promise<string> {
  const entry = await next(archive)
  if (entry?.name !== name || entry.sizeBytes > manifestSizeMaxBytes)
    throw new BackupDamaged(`The backup is damaged: ${name} is missing.`)
  const parts: Buffer[] = []
  for await (const part of digesting(entry, digests)) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

function compareDigests(text: string, found: ReadonlyMap<string, string>): void {
  let listed: unknown
  try {
    listed = parseJson(text)
  } catch {
    listed = undefined
  }
  if (!isJsonObject(listed) || Object.keys(listed).length !== found.size)
    throw new BackupDamaged('The backup is damaged: its digests are not those of its files.')
  for (const [name, digest] of found) {
    const expected = listed[name]
    if (typeof expected !== 'string' || !equalConstantTime(Buffer.from(expected), Buffer.from(digest)))
      throw new BackupDamaged(`The backup is damaged: ${name} does not have its digest.`)
  }
}
