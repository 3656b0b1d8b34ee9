import type { Millis } from '../../../std/index.ts'
import type { BackupSettings } from '../../config/recovery/backup-settings.ts'
import { type Finding, fault, ok, warn } from '../finding.ts'
import type { Subject } from '../subject.ts'

const remedy = 'See the log of the server. keyward backup makes a backup now.'

/** A list that takes longer hangs. */
const listMillisMax = 60_000

/** Checks that there are backups, and that the newest is not too old. */
export async function checkBackups({ config, now, directory }: Subject): Promise<readonly Finding[]> {
  const { backup } = config
  if (!directory.hasDatabase()) return [ok('There is nothing to back up yet.')]
  const last = directory.readLastBackup()
  if (backup === undefined)
    return [
      warn(
        `No backups are scheduled.${last === undefined ? '' : ` The last one was made at ${last.at}.`}`,
        'Set KEYWARD_BACKUP, or skip this check if something else runs keyward backup.',
      ),
    ]
  try {
    const { openBackupTarget } = await import('../../recovery/backup-target.ts')
    const { OwnBackups } = await import('../../recovery/own-backups.ts')
    const listed = new OwnBackups(directory).among(
      await openBackupTarget(config, backup).list(AbortSignal.timeout(listMillisMax)),
    )
    // Backups of a test clock are named by it.
    const isReal = config.testClock === 'off'
    const newest = listed.findLast(({ at }) => !isReal || at <= now)
    return isReal || newest === undefined
      ? [judgeNewest(newest?.at, now, backup)]
      : [ok(`The newest backup is ${newest.name}.`)]
  } catch (error) {
    return [
      fault(
        `The place of the backups cannot be reached: ${(error as Error).message}.`,
        'Mount the directory, or see the S3 server and its credentials.',
      ),
    ]
  }
}

/** Judges the time of the newest backup. */
export function judgeNewest(
  at: Millis | undefined,
  now: Millis,
  { everyMillis }: Pick<BackupSettings, 'everyMillis'>,
): Finding {
  if (at === undefined) return warn('Backups are scheduled, and there is none yet.', remedy)
  const made = `The newest backup is from ${new Date(at).toISOString()}.`
  return now - at > 2 * everyMillis ? fault(made, remedy) : ok(made)
}
