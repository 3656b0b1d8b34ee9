import type { BackupSink } from '../write-backup.ts'
import type { NamedBackup } from './backup-name.ts'

/** The place that scheduled backups are written to. Its methods throw the error of the target, and a signal ends their work. */
export interface BackupTarget {
  /** Begins a backup, and removes what killed processes left of older ones. */
  open(backup: NamedBackup, signal?: AbortSignal): Promise<BackupSink>
  /** Returns the scheduled backups, the oldest first. */
  list(signal?: AbortSignal): Promise<readonly NamedBackup[]>
  delete(name: string, signal?: AbortSignal): Promise<void>
}

/** The backups among some names, the oldest first. */
export function inOrderOfTime(backups: Iterable<NamedBackup | undefined>): NamedBackup[] {
  return [...backups]
    .filter(backup => backup !== undefined)
    .sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))
}
