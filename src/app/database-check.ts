import { userInfo } from 'node:os'
import { pino } from 'pino'
import { AuditLog, findLastState, renderServiceEvent } from '../audit/index.ts'
import { OperatorError, systemClock, uuid } from '../std/index.ts'
import { lockDirectory, openSqliteStore, type VerificationReport } from '../store/index.ts'
import { announceUpgrade } from './announce-upgrade.ts'
import type { Config } from './config/config.ts'
import { Cleanup } from './parts/cleanup.ts'
import { DataDirectory } from './parts/data-directory.ts'
import { checkWhole, describeOlder, findOlderDomains, type OlderDomain } from './parts/database-checks.ts'
import { type OpenedDatabase, openDatabase, refuseLostDatabase } from './parts/first-start.ts'
import { keepMemoryPrivate } from './parts/private-memory.ts'
import { type AskSecret, openRootKeyForCommand } from './parts/seal/root-key-for-command.ts'
import { keepMadeKeys } from './recovery/keep-made-keys.ts'
import { raiseKeyCounts } from './recovery/raise-key-counts.ts'

/**
 * Checks the database of a stopped server: the file, every entity, the sets of entities, and that the audit log has seen
 * no later state. Returns the number of entities. Throws OperatorError if the database cannot be opened.
 */
export function verifyDatabase(config: Config, report: VerificationReport, ask?: AskSecret): Promise<number> {
  return withDatabase(config, false, ask, async ({ store: { integrity } }, directory) => {
    const count = await integrity.verify(report)
    const seen = await findLastState(directory.auditLogs)
    for (const older of findOlderDomains(integrity.commitCounts(), seen)) report.fault(describeOlder(older))
    return count
  })
}

/**
 * Accepts a database that was restored from a backup and is older than the audit log; the audit log gets a record of it.
 * Returns the domains whose changes since the backup are lost; none if the database is not older. Throws OperatorError if
 * the database does not verify.
 */
export function acceptRestore(config: Config, ask?: AskSecret): Promise<readonly OlderDomain[]> {
  return withDatabase(config, true, ask, async ({ store, isUpgraded }, directory) => {
    await checkWhole(store.integrity)
    const seen = await findLastState(directory.auditLogs)
    const older = findOlderDomains(store.integrity.commitCounts(), seen)
    if (older.length === 0 && !isUpgraded) return older
    const events = { failed: () => undefined, recovered: () => undefined }
    const log = await AuditLog.open(directory.auditLogs, systemClock, events)
    try {
      await log.append(describeAcceptance(older, config.regions[0] ?? ''))
      if (older.length > 0) {
        await keepMadeKeys(store)
        await raiseKeyCounts(store)
      }
      const raised = older.map(({ domain, seen: count }) => [domain, count + 1])
      await store.integrity.raiseCommitCounts(Object.fromEntries(raised))
      await log.noteStates(() => store.integrity.commitCounts())
    } finally {
      await log.close()
    }
    return older
  })
}

/** Returns the audit record of an accepted restore. It names the operator, so it is for no account. */
function describeAcceptance(older: readonly OlderDomain[], region: string): string {
  return renderServiceEvent({
    eventId: uuid(),
    time: systemClock.now(),
    eventSource: 'keyward',
    eventName: 'AcceptRestore',
    region,
    accountId: undefined,
    serviceEventDetails: {
      operatingSystemUser: userInfo().username,
      domains: older.map(({ domain, commits, seen }) => ({ domain, change: commits, lastChangeSeen: seen })),
    },
    resources: [],
  })
}

/** Opens the database of a stopped server, and closes it afterwards. Throws OperatorError. */
async function withDatabase<T>(
  config: Config,
  mayUpgrade: boolean,
  ask: AskSecret | undefined,
  work: (opened: OpenedDatabase, directory: DataDirectory) => Promise<T>,
): Promise<T> {
  const log = pino({ name: 'keyward', level: config.logLevel }, pino.destination({ fd: 2, sync: true }))
  const directory = new DataDirectory(config.dataDirectory)
  const cleanup = new Cleanup()
  keepMemoryPrivate()
  try {
    refuseLostDatabase(directory)
    if (!directory.hasDatabase())
      throw new OperatorError(`There is no database in the data directory ${directory.path}.`)
    const lock = lockDirectory(directory.path)
    cleanup.add(() => lock.release())
    const locked = await openSqliteStore(directory.database)
    cleanup.add(() => locked.close())
    announceUpgrade(log, locked.migrated)
    const rootKey = await openRootKeyForCommand(config, { directory, locked }, ask)
    cleanup.add(() => rootKey.destroy())
    const opened = await openDatabase({ locked, log, rootKey, mayUpgrade }, [])
    cleanup.add(() => opened.hsm.close())
    return await work(opened, directory)
  } finally {
    await cleanup.run()
  }
}
