import { basicDate, type Millis } from '../../std/index.ts'

/** A scheduled backup, as its name describes it. */
export interface NamedBackup {
  readonly name: string
  /** The time of its cut, to the second. */
  readonly at: Millis
}

const pattern = /^keyward-(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z-[0-9a-f]{8}\.age$/

/** Returns the name of a scheduled backup, such as `keyward-20261130T120000Z-1f3a5c7e.age`. */
export const backupNameOf = (at: Millis, backupId: string): string =>
  `keyward-${basicDate(at)}-${backupId.slice(0, 8)}.age`

/** Reads the name of a scheduled backup; undefined for any other text. */
export function parseBackupName(name: string): NamedBackup | undefined {
  const [, ...parts] = pattern.exec(name) ?? []
  const [year, month, day, hour, minute, second] = parts
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return parts.length === 0 || Number.isNaN(at) ? undefined : { name, at }
}

/** How many scheduled backups are kept, and how long. */
export interface BackupRetention {
  readonly count: number | undefined
  readonly days: number | undefined
}

const dayMillis = 86_400_000
/** The backups that no number of days deletes: a clock that is far ahead makes all of them old at once. */
const keptInAnyCase = 3

/**
 * Returns the backups that are no longer kept, of a list with the oldest first. The newest is always kept, and the
 * newest three are kept however old they are. Backups of the future are kept, too, and do not count: a clock was wrong, and must
 * not delete the others.
 */
export function backupsToDelete(
  backups: readonly NamedBackup[],
  { count, days }: BackupRetention,
  now: Millis,
): readonly NamedBackup[] {
  const past = backups.filter(({ at }) => at <= now)
  return past.slice(0, -1).filter(({ at }, index) => {
    const isBeyondCount = count !== undefined && index < past.length - count
    const isOld = days !== undefined && at < now - days * dayMillis
    return isBeyondCount || (isOld && index < past.length - keptInAnyCase)
  })
}

/** A backup that a killed process left unfinished is removed after a day: a second server may still be writing a newer one. */
export const isLeft = (name: string, now: Millis): boolean =>
  (parseBackupName(name)?.at ?? now) <= now - dayMillis
