import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type DatabaseState, findLastBlock, listLogNames } from '../../audit/index.ts'
import type { BackupManifest } from '../../backup/index.ts'
import { globalDomain } from '../../domain/index.ts'
import { type LockedStore, lacksMacs } from '../../store/index.ts'
import type { DataDirectory } from '../parts/data-directory.ts'

/** Returns the fault of a log that is not the one of the manifest; none if it ends where the cut was made. */
export async function findFaultsOfLog(
  { auditLogs }: DataDirectory,
  { audit: { stream, firstFile, file, offset } }: BackupManifest,
): Promise<string[]> {
  const names = await listLogNames(auditLogs)
  const last = names.at(-1)
  const isSame = names[0] === firstFile && last === file && statSync(join(auditLogs, file)).size === offset
  if (!isSame) return ['the audit log does not end where the manifest says']
  // A log without a block has no stream yet.
  const block = await findLastBlock(auditLogs)
  return block === undefined || block.stream === stream
    ? []
    : ['the audit log is a different one than the manifest says']
}

/**
 * Returns the faults of a database that no server in use has, or that does not belong to the log. They show without the root key.
 * `seen` is the last state in the log.
 */
export async function findFaultsOfDatabase(
  locked: LockedStore,
  { database }: DataDirectory,
  { counts }: BackupManifest,
  seen: DatabaseState | undefined,
): Promise<string[]> {
  if ((await locked.domainKeys.list()).length === 0)
    return [
      'the database has no domain keys: the server had no root key yet, and there is nothing to restore',
    ]
  // The log of a server from before MACs has no states.
  if (lacksMacs(database)) return []
  if (seen?.[globalDomain] === undefined) return ['the audit log has no state of the database beside it']
  const differs = Object.entries(seen).find(([domain, count]) => (counts[domain] ?? -1) < count)
  return differs === undefined
    ? []
    : [
        `the audit log has seen change ${differs[1]} of ${differs[0]}, and the manifest has ${counts[differs[0]] ?? 'none'}`,
      ]
}
