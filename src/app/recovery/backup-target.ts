import { type BackupTarget, DirectoryTarget, S3Target } from '../../backup/index.ts'
import { S3Client } from '../../delivery/index.ts'
import { OperatorError, systemClock } from '../../std/index.ts'
import type { Config } from '../config/config.ts'
import { readCredentialsFile } from '../config/credentials-file.ts'
import type { BackupSettings } from '../config/recovery/backup-settings.ts'

/** A part of a backup has 16 MiB, which a slow line takes its time for. */
const timeoutMillis = 300_000

/** Opens the client of the S3 server of the settings. Throws OperatorError if they name none. */
export function openS3Client({ trails: { s3 }, outbound }: Pick<Config, 'trails' | 'outbound'>): S3Client {
  if (s3 === undefined)
    throw new OperatorError('A backup to a bucket needs KEYWARD_TRAIL_S3_ENDPOINT, the URL of the S3 server.')
  return new S3Client({
    ...{ endpoint: s3.endpoint, region: s3.region, ca: s3.ca, outbound, timeoutMillis },
    // The operator may replace the file while the server runs.
    credentials: () => readCredentialsFile(s3.credentialsPath),
    clock: systemClock,
  })
}

/** Opens the place that scheduled backups are written to. Throws OperatorError. */
export function openBackupTarget(
  config: Pick<Config, 'trails' | 'outbound'>,
  { to }: BackupSettings,
): BackupTarget {
  return to.type === 'path' ? new DirectoryTarget(to.path) : new S3Target(openS3Client(config), to)
}

/** Returns the text of a place, as the setting has it. */
export const shownPlace = ({ to }: BackupSettings): string =>
  to.type === 'path' ? to.path : `s3://${to.bucket}/${to.key}`
