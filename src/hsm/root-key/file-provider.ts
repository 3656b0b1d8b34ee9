import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
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
const asideOf = (path: string, time: number) => `${path}.before-${basicDate(time)}`
const unusedOf = (path: string, time: number) => `${path}.unused-${basicDate(time)}`
/** As long as the name under which the root key is put aside, and no name of any time. */
const trialOf = (path: string) => `${path}.before-00000000T000000Z`

/**
 * Keeps the root key in a file: one line, `keyward-root-key-v1:` and 32 bytes in base64, mode 0600. A file appears whole or
 * not at all, and none is ever overwritten. A symbolic link is followed: it is how operators put the root key elsewhere.
 * `directory` is the data directory.
 */
export function fileProvider(path: string, directory: string): RootKeyProvider {
  const place = () => realPlace(path)
  const complete = async (envelope: RootKeyEnvelope | undefined) =>
    completeChange(place(), envelope, directory)
  return {
    kind: 'file',
    description: path,
    opensItself: true,
    filePaths: [path],
    exists: () => existsSync(path),
    async protect(rootKey, given, before): Promise<Protected> {
      wipeGiven(given)
      const target = place()
      // If the last change is committed and was not completed, the file beside is the only copy of the present root key.
      completeChange(target, before, directory)
      // A file that is there may be the only copy of a root key, so the new one stands beside it until the commit.
      const made = existsSync(target) ? nextOf(target) : target
      refuseForeign(target, before)
      if (made !== target) tryToReplace(target)
      createRootKeyFile(made, rootKey)
      const envelope = { v: 1, kind: 'file', rootKeyId: rootKeyIdOf(rootKey) } as const
      return { envelope, finish: () => complete(envelope), undo: async () => rmSync(made, { force: true }) }
    },
    async recover(envelope, given) {
      wipeGiven(given)
      if (envelope === undefined && existsSync(path)) return readRootKeyFile(path)
      if (envelope === undefined) throw new RootKeyProblem('NothingGiven', missing(path))
      if (envelope.kind !== 'file') throw wrongKind('file', envelope)
      return recover(path, envelope.rootKeyId)
    },
    completeChange: complete,
    async setAside(rootKeyId) {
      const target = place()
      return idIn(target) === rootKeyId ? setAside(target) : undefined
    },
  }
}

/** Unlike rmSync with `force`, it does not throw for a path below a file. */
function removeIfThere(path: string): void {
  if (existsSync(path)) rmSync(path)
}

/** Follows symbolic links. A path that leads nowhere stays as it is. */
function realPlace(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Reads the root key with this id: a kill may have left the new one in the file beside. */
function recover(path: string, rootKeyId: string): Buffer {
  for (const place of [path, nextOf(realPlace(path))]) {
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

/** Returns the id of the root key in a file; undefined if there is no file. Throws OperatorError. */
function idIn(path: string): string | undefined {
  if (!existsSync(path)) return undefined
  const rootKey = readRootKeyFile(path)
  const id = rootKeyIdOf(rootKey)
  rootKey.fill(0)
  return id
}

/** A root key of a different database must stay where that database looks for it. Throws OperatorError. */
function refuseForeign(path: string, before: RootKeyEnvelope | undefined): void {
  const found = idIn(path)
  if (found !== undefined && found !== before?.rootKeyId)
    throw new OperatorError(
      `There is a root key in ${path}, and it is not the one in use. It is never replaced: name a file that does not exist yet.`,
    )
  if (existsSync(nextOf(path)))
    throw new OperatorError(
      `There is a root key in ${nextOf(path)} that this database does not use. It is left from a change that was interrupted, or is the root key of a different database. If no database needs it, remove it, and then repeat the command.`,
    )
}

/** Finds out before a commit whether the file can be put aside after it. Throws OperatorError. */
function tryToReplace(path: string): void {
  const trial = trialOf(path)
  try {
    rmSync(trial, { force: true })
    linkSync(path, trial)
    rmSync(trial)
  } catch (error) {
    throw new OperatorError(
      `The root key ${path} cannot be put aside for a new one: ${(error as Error).message}. A file that is mounted alone cannot be replaced: mount its directory. Or name a different file with --to file:PATH.`,
    )
  }
}

/** Returns the place where the old root key was put; undefined if there was nothing to complete. Throws OperatorError. */
function completeChange(
  path: string,
  envelope: RootKeyEnvelope | undefined,
  directory: string,
): string | undefined {
  const next = nextOf(path)
  try {
    // No root key is only in these: they are names of its file before it appears, and of a file that stays.
    for (const left of [temporaryOf(path), temporaryOf(next), trialOf(path)]) removeIfThere(left)
    const nextId = idIn(next)
    if (nextId === undefined) return undefined
    const isCommitted = envelope?.kind === 'file' && nextId === envelope.rootKeyId
    return isCommitted ? bringIn(next, path, nextId) : leaveUnused(next, path, directory)
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new OperatorError(`The root key in ${next} cannot take its place: ${(error as Error).message}`)
  }
}

function bringIn(next: string, path: string, id: string): string | undefined {
  if (idIn(path) === id) {
    rmSync(next)
    return undefined
  }
  const aside = existsSync(path) ? setAside(path) : undefined
  renameSync(next, path)
  syncDirectorySync(dirname(path))
  return aside
}

/**
 * Moves a new root key that the database does not use out of the way. It is not deleted: the database may be an older one, put in the
 * place of the one that needs it. Beside a file elsewhere it may be that of a different database, and stays where that one looks.
 */
function leaveUnused(next: string, path: string, directory: string): undefined {
  if (realPlace(dirname(next)) === realPlace(directory)) moveAside(next, unusedOf(path, systemClock.now()))
}

/** Older backups need the old root key, so it stays. Returns its place. */
const setAside = (path: string) => moveAside(path, asideOf(path, systemClock.now()))

/**
 * Gives a root key a name with the time (ISO 8601, basic format), and a number behind it if others of that second have the name.
 * Returns its place.
 */
function moveAside(path: string, name: string): string {
  for (let count = 1; ; count++) {
    const place = count === 1 ? name : `${name}-${count}`
    try {
      // Unlike a rename, a link replaces no file that has the name already.
      linkSync(path, place)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw new OperatorError(
        `The root key ${path} cannot be put aside as ${place}: ${(error as Error).message}`,
      )
    }
    rmSync(path)
    syncDirectorySync(dirname(path))
    return place
  }
}

function readRootKeyFile(path: string): Buffer {
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
    removeIfThere(temporary)
    throw new OperatorError(`The root key cannot be written to ${path}: ${(error as Error).message}`)
  } finally {
    for (const secret of [digits, line]) secret.fill(0)
  }
}
