import { isAbsolute } from 'node:path'
import { type Located, type Millis, needed, OperatorError } from '../../../std/index.ts'
import { locateSetting } from '../located-setting.ts'
import type { TrailSettings } from '../trail-settings.ts'
import { readDuration } from '../values/units.ts'
import { type BackupPlace, bucketForm, readBackupPlace } from './backup-place.ts'

/** The checked settings of scheduled backups. */
export interface BackupSettings {
  readonly to: BackupPlace
  readonly everyMillis: Millis
  /** How many backups are kept, and for how many days; undefined for no limit. */
  readonly keep: { readonly count: number | undefined; readonly days: number | undefined }
  /** The recipients of age, of which the backup room checks more. */
  readonly recipients: readonly string[]
}

const minuteMillis = 60_000
const recipientPattern = /^age1(pq1)?[02-9ac-hj-np-z]+$/

/**
 * Reads the settings from a YAML file, or from the setting if it is YAML itself; undefined if there are no scheduled backups.
 * Throws OperatorError.
 */
export function readBackupSettings(
  setting: string | undefined,
  { s3 }: Pick<TrailSettings, 's3'>,
  dataDirectory: string,
): BackupSettings | undefined {
  if (setting === undefined) return undefined
  const at = locateSetting(setting, 'backup')
  const { to, every, keep, recipients } = at.members(['to', 'every', 'keep', 'recipients'])
  const place = readPlace(needed(to, at, 'to'), dataDirectory)
  if (place.type === 's3' && s3 === undefined)
    throw new OperatorError(
      'KEYWARD_BACKUP names a bucket, and needs KEYWARD_TRAIL_S3_ENDPOINT, the URL of the S3 server.',
    )
  const { count, days } = keep?.members(['count', 'days']) ?? {}
  return {
    to: place,
    everyMillis: every === undefined ? 24 * 60 * minuteMillis : readDuration(every, minuteMillis),
    keep: { count: count && readCount(count), days: days && readCount(days) },
    recipients: needed(recipients, at, 'recipients').items().map(readRecipient),
  }
}

function readPlace(at: Located, dataDirectory: string): BackupPlace {
  const text = at.text()
  const place = readBackupPlace(text)
  if (place?.type === 's3') return place
  // The server and the commands run in different directories.
  if (place === undefined || !isAbsolute(text))
    throw at.error(`must be the absolute path of a directory, or ${bucketForm}`)
  if (`${place.path}/`.startsWith(`${dataDirectory}/`))
    throw at.error(`must not be in the data directory ${dataDirectory}, with which the backups would be lost`)
  return place
}

function readCount(at: Located): number {
  const count = /^\d{1,5}$/.test(at.text()) ? Number(at.text()) : 0
  if (count === 0) throw at.error('must be a number from 1 to 99999')
  return count
}

function readRecipient(at: Located): string {
  const text = at.text()
  // The text of an identity is a secret, so no message repeats it.
  if (!recipientPattern.test(text)) throw at.error('must be a public key of age-keygen, such as age1…')
  return text
}
