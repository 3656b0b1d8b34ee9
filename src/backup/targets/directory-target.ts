import { lstat, readdir, rm } from 'node:fs/promises'
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
    const named = inOrderOfTime((await readdir(this.#path)).map(parseBackupName))
    const found: NamedBackup[] = []
    for (const backup of named) if (await this.#hasFile(backup.name)) found.push(backup)
    return found
  }

  async delete(name: string): Promise<void> {
    await rm(join(this.#path, name), { force: true })
    await syncDirectory(this.#path)
  }

  /** Whether the name is that of a file with content: a directory, a link or an empty file is no backup. */
  async #hasFile(name: string): Promise<boolean> {
    const stats = await lstat(join(this.#path, name)).catch(() => undefined)
    return stats?.isFile() === true && stats.size > 0
  }
}
