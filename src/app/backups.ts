import type { WrittenBackup } from '../backup/index.ts'
import type { Config } from './config/config.ts'
import type { BackupRequest } from './recovery/make-backup.ts'
import type { Restored, RestoreRequest } from './recovery/restore.ts'
import type { VerifiedBackup, VerifyRequest } from './recovery/verify-backup.ts'

// Most commands need nothing of backups, and start without their code.

/**
 * Makes a backup of a data directory, whether its server runs or not; the audit log gets a record of it. Throws OperatorError, and
 * no backup is there then.
 */
export async function makeBackup(config: Config, request: BackupRequest): Promise<WrittenBackup> {
  return await (await import('./recovery/make-backup.ts')).makeBackup(config, request)
}

/**
 * Restores a backup into the data directory, which must be empty but for the root key, and verifies it. Throws OperatorError, and
 * the directory is as before then.
 */
export async function restoreBackup(config: Config, request: RestoreRequest): Promise<Restored> {
  return await (await import('./recovery/restore.ts')).restoreBackup(config, request)
}

/** Checks a backup without restoring it. Throws OperatorError if it cannot be checked. */
export async function verifyBackup(config: Config, request: VerifyRequest): Promise<VerifiedBackup> {
  return await (await import('./recovery/verify-backup.ts')).verifyBackup(config, request)
}
