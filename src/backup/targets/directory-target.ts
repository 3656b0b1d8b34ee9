import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory } from '../../std/index.ts'
import { FileSink } from '../file-sink.ts'
import type { BackupSink } from '../write-backup.ts'
import { isLeft, type NamedBackup, parseBackupName } from './backup-name.ts'
import { type BackupTarget, inOrderOfTime } from './backup-target.ts'

const partialSuffix = '.partial'

/** Scheduled backups in a directory, which must exist: one that is not there may be a disk that is not mounted. */
export class DirectoryTarget implements BackupTarget {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  async open({ name, at }: NamedBackup): Promise<BackupSink> {
    for (const left of await readdir(this.#path))
      if (left.endsWith(partialSuffix) && isLeft(left.slice(0, -partialSuffix.length), at))
        await rm(join(this.#path, left), { force: true })
    return await FileSink.open(join(this.#path, name), false)
  }

  async list(): Promise<readonly NamedBackup[]> {
    return inOrderOfTime((await readdir(this.#path)).map(parseBackupName))
  }

  async delete(name: string): Promise<void> {
    await rm(join(this.#path, name), { force: true })
    await syncDirectory(this.#path)
  }
}
