import type { LastBackup } from '../../operator/index.ts'
import { writePrivateFile } from '../../std/index.ts'
import type { DataDirectory } from '../parts/data-directory.ts'

/** The event of the audit log that records a complete backup. */
export const createdEvent = 'CreateBackup'

/**
 * Writes the note about the last complete backup, for the status of a server, its metrics and the doctor. It is a file, because a
 * sealed server writes no rows. Throws OperatorError.
 */
export function noteLastBackup(directory: DataDirectory, last: LastBackup): void {
  writePrivateFile(directory.lastBackup, `${JSON.stringify(last)}\n`)
}
