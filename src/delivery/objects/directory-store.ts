import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseJson, syncDirectory } from '../../std/index.ts'
import {
  type BucketState,
  ObjectProblem,
  type ObjectStore,
  type ObjectToPut,
  type StoredObject,
} from './object-store.ts'

const metadataSuffix = '.metadata.json'
const temporarySuffix = '.new'

/** Objects in a local directory: the keys are paths, and the metadata of an object is in a file beside it. */
export class DirectoryStore implements ObjectStore {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  async put({ key, bytes, metadata = {}, encryption }: ObjectToPut): Promise<void> {
    if (encryption !== undefined) throw new ObjectProblem('NotImplemented', 'a directory encrypts nothing')
    const path = this.#pathOf(key)
    try {
      // A directory that is not there may be a disk that is not mounted: its files would land below the mount.
      await stat(this.#root)
      await makeFolders(this.#root, dirname(path))
      // The metadata comes first, so that an object never lacks it.
      if (Object.keys(metadata).length > 0)
        await writeWhole(`${path}${metadataSuffix}`, Buffer.from(`${JSON.stringify(metadata)}\n`))
      await writeWhole(path, bytes)
    } catch (error) {
      throw toProblem(error)
    }
  }

  async head(): Promise<BucketState> {
    try {
      return (await stat(this.#root)).isDirectory() ? 'ok' : 'missing'
    } catch (error) {
      const { code } = toProblem(error)
      if (code === 'NoSuchBucket') return 'missing'
      if (code === 'AccessDenied') return 'denied'
      throw toProblem(error)
    }
  }

  async get(_bucket: string, key: string): Promise<StoredObject | undefined> {
    const path = this.#pathOf(key)
    const bytes = await readIfAny(path)
    if (bytes === undefined) return undefined
    const metadata = await readIfAny(`${path}${metadataSuffix}`)
    return { bytes, metadata: metadata === undefined ? {} : readMetadata(metadata) }
  }

  async *list(_bucket: string, prefix: string): AsyncGenerator<string> {
    // Only folders that the prefix names are walked.
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    const keys = await listKeys(folder === '' ? this.#root : this.#pathOf(folder.slice(0, -1)), folder)
    yield* keys.filter(key => key.startsWith(prefix)).sort()
  }

  /** A key is a path, and a client chooses its prefix: it must not lead out of the directory. */
  #pathOf(key: string): string {
    const segments = key.split('/')
    const isFine =
      segments.every(
        segment =>
          segment !== '' &&
          segment !== '.' &&
          segment !== '..' &&
          segment.length <= 255 &&
          !segment.includes('\0'),
      ) && !segments.slice(0, -1).some(isObjectName)
    if (!isFine) throw new ObjectProblem('InvalidKey', `${JSON.stringify(key)} cannot be the name of a file`)
    return join(this.#root, ...segments)
  }
}

/** A folder with the name of an object, or of its metadata, would keep that object from its place. */
const isObjectName = (segment: string) => /\.json\.gz(?:$|\.)/i.test(segment)

/** Makes the folders of a path below the root, and makes their names durable. */
async function makeFolders(root: string, folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let path = folder; path !== root; path = dirname(path)) await syncDirectory(dirname(path))
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}${temporarySuffix}`
  await rm(temporary, { force: true })
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await syncDirectory(dirname(path))
}

async function readIfAny(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw toProblem(error)
  }
}

function readMetadata(bytes: Buffer): Readonly<Record<string, string>> {
  try {
    return parseJson(bytes.toString('utf8')) as Record<string, string>
  } catch {
    // Somebody changed the file. An object without its metadata has no valid signature.
    return {}
  }
}

async function listKeys(folder: string, prefix: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(error => {
    if (isMissing(error)) return []
    throw toProblem(error)
  })
  const keys: string[] = []
  for (const entry of entries) {
    if (entry.isDirectory())
      keys.push(...(await listKeys(join(folder, entry.name), `${prefix}${entry.name}/`)))
    else if (!entry.name.endsWith(metadataSuffix) && !entry.name.endsWith(temporarySuffix))
      keys.push(`${prefix}${entry.name}`)
  }
  return keys
}

const isMissing = (error: unknown) => (error as { code?: string }).code === 'ENOENT'

/** The errors of a directory, under the codes that S3 would give. */
function toProblem(error: unknown): ObjectProblem {
  if (error instanceof ObjectProblem) return error
  const { code, message } = error as NodeJS.ErrnoException
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'NoSuchBucket',
    ENOTDIR: 'NoSuchBucket',
    EACCES: 'AccessDenied',
    EPERM: 'AccessDenied',
    EROFS: 'AccessDenied',
  }
  return new ObjectProblem(known[code ?? ''] ?? 'InternalError', message, { cause: error })
}
