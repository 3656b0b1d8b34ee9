import { type Logger, pino } from 'pino'
import { AuditLog } from '../audit/index.ts'
import { rootKeyProvider } from '../hsm/index.ts'
import { authenticateInsecurely, HttpServer, SignatureVerifier, type WireRequest } from '../http/index.ts'
import { Identities } from '../identity/index.ts'
import { deleteDueKeys, Scheduler } from '../jobs/index.ts'
import { AuditTrail, type Caller, Pipeline } from '../pipeline/index.ts'
import { kms } from '../services/index.ts'
import { type Clock, OperatorError, systemClock } from '../std/index.ts'
import { lockDirectory, openSqliteStore } from '../store/index.ts'
import type { Config } from './config.ts'
import { DataDirectory, writePrivateFile } from './data-directory.ts'
import { exportLines } from './environment.ts'
import { prepareRootKey, prepareStore } from './first-start.ts'
import { applySeed, readSeedFile } from './seed/index.ts'

const deletionIntervalMillis = 60_000
/** How long requests in flight may take once the server is told to stop. */
const shutdownGraceMillis = 20_000

/** A running server. */
export interface Keyward {
  /** Where it is reached, such as `http://127.0.0.1:4599`. */
  readonly url: string
  /** The shared-credentials file of the first administrator. */
  readonly credentialsPath: string
  /** Shell lines that point the AWS CLI and SDKs here. */
  readonly exports: readonly string[]
  /** Finishes the requests in flight, then closes everything. */
  close(): Promise<void>
}

/** What has been opened so far, to be closed from the last to the first. */
type Cleanup = (() => void | Promise<void>)[]

/** Starts a server. Throws OperatorError for whatever the operator can mend; nothing is left open then. */
export async function startKeyward(config: Config, clock: Clock = systemClock): Promise<Keyward> {
  const cleanup: Cleanup = []
  try {
    return await assemble(config, clock, cleanup)
  } catch (error) {
    await closeAll(cleanup).catch(() => undefined)
    throw isFileTrouble(error) ? new OperatorError(`Keyward cannot start: ${error.message}`) : error
  }
}

/** Trouble with the disk or the database on it, such as no space: the operator's to mend. */
function isFileTrouble(error: unknown): error is Error {
  const codes = ['ERR_SQLITE_ERROR', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM', 'EIO']
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '')
}

async function assemble(config: Config, clock: Clock, cleanup: Cleanup): Promise<Keyward> {
  const log = pino({ name: 'keyward', level: config.logLevel }, pino.destination({ fd: 2, sync: true }))
  const seed = config.seedPath === undefined ? undefined : readSeedFile(config.seedPath, config.regions)
  const directory = new DataDirectory(config.dataDirectory)
  directory.prepare()
  const lock = lockDirectory(directory.path)
  cleanup.push(() => lock.release())

  const rootKey = prepareRootKey(rootKeyProvider(config.rootKey, directory.path), directory.hasDatabase())
  const store = await openSqliteStore(directory.database)
  cleanup.push(() => store.close())
  const { hsm, accountId } = await prepareStore({ ...config, store, rootKey, directory, clock })
  cleanup.push(() => hsm.close())
  if (seed !== undefined) await applySeed(seed, { store, hsm, clock })

  const auditLog = await AuditLog.open(directory.auditLogs, clock, auditEvents(log))
  const audit = await AuditTrail.open(auditLog, store)
  cleanup.push(() => audit.close())
  const identities = new Identities({ store, unwrapSecret: (id, wrapped) => hsm.unwrapSecret(id, wrapped) })
  cleanup.push(() => identities.close())
  const [defaultRegion = ''] = config.regions
  const pipeline = new Pipeline({
    store,
    hsm,
    audit,
    clock,
    defaultRegion,
    onFault: (error, call) => log.error({ err: error.cause, ...call }, 'a request failed inside'),
  })

  const deletion = new Scheduler(
    () => deleteDueKeys({ store, clock, appendCommitted: (id, line) => audit.appendCommitted(id, line) }),
    deletionIntervalMillis,
    error => log.error({ err: error }, 'deleting due keys failed'),
  )
  deletion.start()
  cleanup.push(() => deletion.close())
  const http = await HttpServer.listen({
    host: config.host,
    port: config.port,
    services: [kms],
    pipeline,
    authenticate: chooseAuthentication(config, accountId, identities, clock),
    checkHost: config.insecureNoAuth,
    healthNotes: config.insecureNoAuth ? ['insecure-no-auth: requests are not authenticated'] : [],
    isReady: () => !audit.isFailing,
    onFault: error => log.error({ err: error.cause }, 'a request failed inside'),
  })
  cleanup.push(() => http.close(shutdownGraceMillis))

  writePrivateFile(directory.endpoint, `${http.url}\n${defaultRegion}\n`)
  for (const path of directory.listOpenToOthers())
    log.warn({ path }, 'other users of this machine can read this')
  log.info({ url: http.url }, 'up')
  return {
    url: http.url,
    credentialsPath: directory.credentials,
    exports: exportLines(http.url, defaultRegion, directory.credentials),
    close: () => closeAll(cleanup),
  }
}

function chooseAuthentication(
  config: Config,
  defaultAccountId: string,
  identities: Identities,
  clock: Clock,
) {
  const verifier = new SignatureVerifier({ identities, clock, regions: config.regions })
  if (!config.insecureNoAuth) {
    return (request: WireRequest, service: string): Caller | Promise<Caller> =>
      verifier.verify(request, service)
  }
  const options = { verifier, identities, defaultAccountId, regions: config.regions }
  return (request: WireRequest, service: string) => authenticateInsecurely(request, service, options)
}

function auditEvents(log: Logger) {
  return {
    failed: (error: unknown) =>
      log.fatal({ err: error }, 'the audit log cannot be written; every request fails until it can'),
    recovered: (dropped: number) =>
      log.warn({ droppedRecords: dropped }, 'the audit log can be written again'),
  }
}

/** Each step gets its turn even when one before it failed; the first failure is what is told. */
async function closeAll(cleanup: Cleanup): Promise<void> {
  const failures: unknown[] = []
  for (let close = cleanup.pop(); close !== undefined; close = cleanup.pop()) {
    try {
      await close()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}
