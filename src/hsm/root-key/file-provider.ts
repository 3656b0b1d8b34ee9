import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { basicDate, newSecret, OperatorError, syncDirectorySync, systemClock } from '../../std/index.ts'
import { type RootKeyEnvelope, wrongKind } from './envelope.ts'
import { RootKeyProblem } from './problem.ts'
import { type Protected, type RootKeyProvider, wipeGiven } from './provider.ts'
import { rootKeyIdOf, rootKeySizeBytes } from './root-key.ts'
import { readSecretFile } from './secret-file.ts'
import { decodeSecret, encodeSecret } from './secret-text.ts'
import { trimmed } from './share-text.ts'

const prefix = Buffer.from('keyward-root-key-v1:')
/** A file is written under this name first; a crash may leave it there. */
const temporaryOf = (path: string) => `${path}.new`
/** The root key that replaces the one of the file with the next commit. */
const nextOf = (path: string) => `${path}.next`

/**
 * Keeps the root key in a file: one line, `keyward-root-key-v1:` and 32 bytes in base64, mode 0600. A file appears whole or
 * not at all, and none is ever overwritten.
 */
export function fileProvider(path: string): RootKeyProvider {
  const complete = async (envelope: RootKeyEnvelope) => completeChange(path, envelope)
  return {
    kind: 'file',
    description: path,
    opensItself: true,
    filePaths: [path],
    exists: () => existsSync(path),
    async protect(rootKey, given, before): Promise<Protected> {
      wipeGiven(given)
      // If the last change is committed and was not completed, the file beside is the only copy of the present root key.
      if (before !== undefined) completeChange(path, before)
      // A file that is there may be the only copy of a root key, so the new one stands beside it until the commit.
      const place = existsSync(path) ? nextOf(path) : path
      if (place !== path) rmSync(place, { force: true })
      createRootKeyFile(place, rootKey)
      const envelope = { v: 1, kind: 'file', rootKeyId: rootKeyIdOf(rootKey) } as const
      return { envelope, finish: () => complete(envelope), undo: async () => rmSync(place, { force: true }) }
    },
    async recover(envelope, given) {
      wipeGiven(given)
      if (envelope === undefined && existsSync(path)) return readRootKeyFile(path)
      if (envelope === undefined) throw new RootKeyProblem('NothingGiven', missing(path))
      if (envelope.kind !== 'file') throw wrongKind('file', envelope)
      return recover(path, envelope.rootKeyId)
    },
    completeChange: async envelope => void completeChange(path, envelope),
    setAside: async () => (existsSync(path) ? setAside(path) : undefined),
  }
}

/** Reads the root key with this id: a kill may have left the new one in the file beside. */
function recover(path: string, rootKeyId: string): Buffer {
  for (const place of [path, nextOf(path)]) {
    const rootKey = existsSync(place) ? readRootKeyFile(place) : undefined
    if (rootKey !== undefined && rootKeyIdOf(rootKey) === rootKeyId) return rootKey
    rootKey?.fill(0)
  }
  if (!existsSync(path)) throw new RootKeyProblem('NothingGiven', missing(path))
  throw new RootKeyProblem(
    'WrongRootKey',
    `The root key in ${path} is not the one of this database, which is ${rootKeyId}. Put that one back, or name its place with KEYWARD_ROOT_KEY.`,
  )
}

/** The message about a root key that the database needs and that is not there. */
const missing = (path: string) =>
  `The root key ${path} is missing, and the database needs it. Put it back, or name its place with KEYWARD_ROOT_KEY; nothing can be decrypted without it.`

/** Returns the place of the root key that was put aside, if one was. */
function completeChange(path: string, { kind, rootKeyId }: RootKeyEnvelope): string | undefined {
  const next = nextOf(path)
  if (!existsSync(next)) return undefined
  const rootKey = readRootKeyFile(next)
  const isCommitted = kind === 'file' && rootKeyIdOf(rootKey) === rootKeyId
  rootKey.fill(0)
  const aside = isCommitted && existsSync(path) ? setAside(path) : undefined
  if (isCommitted) renameSync(next, path)
  else rmSync(next)
  syncDirectorySync(dirname(path))
  return aside
}

/**
 * Older backups need the old root key, so it stays under a name with the time (ISO 8601, basic format). Root keys that are put
 * aside in one second have a number behind the time, too.
 */
function setAside(path: string): string {
  const name = `${path}.before-${basicDate(systemClock.now())}`
  for (let count = 1; ; count++) {
    const place = count === 1 ? name : `${name}-${count}`
    try {
      // Unlike a rename, a link replaces no file that has the name already.
      linkSync(path, place)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw new OperatorError(`The old root key cannot be put aside as ${place}: ${(error as Error).message}`)
    }
    rmSync(path)
    syncDirectorySync(dirname(path))
    return place
  }
}

function readRootKeyFile(path: string): Buffer {
  rmSync(temporaryOf(path), { force: true })
  const bytes = readSecretFile(path, 'root key')
  const line = trimmed(bytes)
  const isRootKey = line.subarray(0, prefix.length).equals(prefix)
  const rootKey = isRootKey
    ? decodeSecret(line.subarray(prefix.length), rootKeySizeBytes, 'base64')
    : undefined
  bytes.fill(0)
  if (rootKey === undefined)
    throw new OperatorError(
      `${path} is not a Keyward root key. Put the right file back, or name its place with KEYWARD_ROOT_KEY.`,
    )
  return rootKey
}

function createRootKeyFile(path: string, rootKey: Uint8Array): void {
  const temporary = temporaryOf(path)
  const digits = encodeSecret(rootKey, 'base64')
  const line = newSecret(prefix.length + digits.length + 1)
  line.set(prefix)
  line.set(digits, prefix.length)
  line[line.length - 1] = 0x0a
  try {
    rmSync(temporary, { force: true })
    const file = openSync(temporary, 'wx', 0o600)
    try {
      writeSync(file, line)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    linkSync(temporary, path)
    rmSync(temporary)
    syncDirectorySync(dirname(path))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw new OperatorError(`The root key cannot be written to ${path}: ${(error as Error).message}`)
  } finally {
    for (const secret of [digits, line]) secret.fill(0)
  }
}
