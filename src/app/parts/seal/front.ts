import { type DatabaseState, findLastState } from '../../../audit/index.ts'
import type { TokenAudit } from '../../../hsm/index.ts'
import { type LockedStore, lockDirectory, openSqliteStore } from '../../../store/index.ts'
import { type LogParts, openLog } from '../audit.ts'
import type { Base } from '../base.ts'
import { Cleanup } from '../cleanup.ts'
import { DataDirectory } from '../data-directory.ts'
import { refuseLostDatabase } from '../first-start.ts'

/** The parts of a server that need no root key. */
export interface Front {
  readonly directory: DataDirectory
  readonly locked: LockedStore
  /** The last state of the database in the audit log, read before this process wrote to it. */
  readonly seen: DatabaseState | undefined
  /**
   * Returns the state that the audit log repeats. While the server is sealed that is the state seen, so that records of
   * refusals do not push it out of reach.
   */
  readState: (() => DatabaseState) | undefined
  /** Reads and judges the keys of a cluster of HSMs; undefined while the server is sealed. */
  auditCluster: ((clusterId: string) => Promise<TokenAudit | undefined>) | undefined
  /** Closes the HSM, after the last head of the audit log is signed. */
  readonly hsmCleanup: Cleanup
  /** Closes everything else that only an open server has, before the audit log. */
  readonly openCleanup: Cleanup
}

/** Opens the data directory and the database, which stays locked. Throws OperatorError. */
export async function openFront({ config, cleanup }: Base): Promise<Front> {
  const directory = new DataDirectory(config.dataDirectory)
  directory.prepare()
  const lock = lockDirectory(directory.path)
  cleanup.add(() => lock.release())
  refuseLostDatabase(directory)
  directory.removeLeftSnapshots()
  const locked = await openSqliteStore(directory.database)
  cleanup.add(() => locked.close())
  const seen = await findLastState(directory.auditLogs)
  const hsmCleanup = new Cleanup()
  cleanup.add(() => hsmCleanup.run())
  const readState = seen === undefined ? undefined : () => seen
  return {
    directory,
    locked,
    seen,
    readState,
    auditCluster: undefined,
    hsmCleanup,
    openCleanup: new Cleanup(),
  }
}

/** Opens the audit log. Everything that only an open server has closes before it. Throws OperatorError. */
export async function openFrontLog(base: Base, { directory, openCleanup }: Front): Promise<LogParts> {
  const log = await openLog(base, directory)
  base.cleanup.add(() => openCleanup.run())
  return log
}
