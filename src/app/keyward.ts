import { readFileSync } from 'node:fs'
import { type Logger, pino } from 'pino'
import type { Outbox } from '../audit/index.ts'
import { AuditLog, Recorder } from '../audit/index.ts'
import { AttestationVerifier, nitroRootCertificatePem, rootKeyProvider } from '../hsm/index.ts'
import { authenticateInsecurely, HttpServer, SignatureVerifier, type WireRequest } from '../http/index.ts'
import { AccessKeyLedger, Identities, Sessions, WebIdentities } from '../identity/index.ts'
import type { JobOptions } from '../jobs/index.ts'
import { type Caller, KeyUsageLedger, type Organization, Pipeline, Throttle } from '../pipeline/index.ts'
import { applySeed, readSeedFile } from '../seed/index.ts'
import { iam, keyward, kms, sts } from '../services/index.ts'
import { AdjustableClock, type Clock, OperatorError, systemClock } from '../std/index.ts'
import type { Store } from '../store/index.ts'
import { lockDirectory, openSqliteStore } from '../store/index.ts'
import type { Config } from './config/config.ts'
import { exportLines } from './config/environment.ts'
import { openIssuers } from './config/oidc-issuers.ts'
import { noOrganization, readOrganizationPolicies } from './config/organization-policies.ts'
import { DataDirectory, writePrivateFile } from './parts/data-directory.ts'
import { prepareRootKey, prepareStore } from './parts/first-start.ts'
import { advanceClock, startJobs } from './parts/jobs.ts'
import { sessionTokensOf } from './parts/session-tokens.ts'

/** How long requests in flight may still take when the server stops. */
const shutdownGraceMillis = 20_000

/** A running server. */
export interface Keyward {
  /** The URL of the server, such as `http://127.0.0.1:4599`. */
  readonly url: string
  /** The shared-credentials file of the first administrator. */
  readonly credentialsPath: string
  /** The shell lines that point the AWS CLI and SDKs at this server. */
  readonly exports: readonly string[]
  /** Finishes the requests in flight, then closes everything. */
  close(): Promise<void>
}

/** The steps that close the parts opened so far, from the first to the last; they run in reverse order. */
type Cleanup = (() => void | Promise<void>)[]

/** Starts a server. Throws OperatorError for an error that the operator can fix; nothing stays open then. */
export async function startKeyward(config: Config): Promise<Keyward> {
  const clock = config.testClock === 'off' ? systemClock : new AdjustableClock()
  const cleanup: Cleanup = []
  try {
    return await assemble(config, clock, cleanup)
  } catch (error) {
    await closeAll(cleanup).catch(() => undefined)
    throw isFileTrouble(error) ? new OperatorError(`Keyward cannot start: ${error.message}`) : error
  }
}

/** Whether the error is about the disk or the database on it, such as no space: the operator can fix it. */
function isFileTrouble(error: unknown): error is Error {
  const codes = ['ERR_SQLITE_ERROR', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM', 'EIO']
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '')
}

async function assemble(config: Config, clock: Clock, cleanup: Cleanup): Promise<Keyward> {
  const log = pino({ name: 'keyward', level: config.logLevel }, pino.destination({ fd: 2, sync: true }))
  const seed =
    config.seedPath === undefined
      ? undefined
      : readSeedFile(config.seedPath, config.regions, config.offersSm2)
  const organization = readOrganization(config)
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
  const audit = await Recorder.open(auditLog, outboxOf(store))
  cleanup.push(() => audit.close())
  const identities = new Identities({ store, unwrapSecret: (id, wrapped) => hsm.unwrapSecret(id, wrapped) })
  cleanup.push(() => identities.close())
  const sessionTokens = sessionTokensOf(hsm)
  const sessions = new Sessions(store, sessionTokens)
  cleanup.push(() => sessions.close())
  const usages = new KeyUsageLedger(store)
  const accessKeys = new AccessKeyLedger(store)
  const writeUses = async () => {
    await usages.write()
    await accessKeys.write()
  }
  // A full disk loses the last uses, but must not make the shutdown fail.
  cleanup.push(() =>
    writeUses().catch(error => log.error({ err: error }, 'the last uses of keys could not be written')),
  )
  const pipeline = new Pipeline({
    store,
    hsm,
    audit,
    clock,
    usages,
    sessions: sessionTokens,
    webIdentities: new WebIdentities(openIssuers(config.oidcIssuers, clock), clock),
    attestations: new AttestationVerifier(readNitroRoot(config)),
    throttle: config.hasRateQuotas ? new Throttle(clock, config.requestRates) : undefined,
    deployment: config,
    organization,
    onUnreadablePolicy: policy =>
      log.warn(policy, 'a stored policy cannot be read, so it denies everything until it is replaced'),
    onFault: (error, call) =>
      log.error({ err: error.cause, ...call }, 'a request failed with an internal error'),
  })

  const jobOptions: JobOptions = {
    store,
    hsm,
    clock,
    appendCommitted: (eventId, line) => audit.appendCommitted(eventId, line),
  }
  const jobs = startJobs(jobOptions, writeUses, (error, job) =>
    log.error({ err: error, job }, 'a job failed'),
  )
  cleanup.push(() => jobs.close())
  const http = await HttpServer.listen({
    host: config.host,
    port: config.port,
    services: [kms, iam, sts, keyward],
    pipeline,
    authenticate: noting(
      chooseAuthentication(config, accountId, { identities, sessions, clock }),
      accessKeys,
      clock,
    ),
    checkHost: config.insecureNoAuth,
    healthNotes: notesOf(config),
    isReady: () => !audit.isFailing,
    testClock:
      clock instanceof AdjustableClock
        ? {
            judgesSignatures: config.testClock === 'on',
            now: () => clock.now(),
            advance: millis => advanceClock(clock, millis, jobOptions),
          }
        : undefined,
    onFault: error => log.error({ err: error.cause }, 'a request failed with an internal error'),
  })
  cleanup.push(() => http.close(shutdownGraceMillis))

  const [defaultRegion = ''] = config.regions
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

function readOrganization({ organizationPoliciesPath: path }: Config): Organization {
  return path === undefined ? noOrganization : readOrganizationPolicies(path)
}

function notesOf(config: Config): string[] {
  return [
    ...(config.insecureNoAuth ? ['insecure-no-auth: requests are not authenticated'] : []),
    ...(config.testClock === 'off' ? [] : ['test-clock: clients may set the clock forward']),
  ]
}

function readNitroRoot({ nitroRootPath: path }: Config): string {
  if (path === undefined) return nitroRootCertificatePem
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new OperatorError(`The Nitro root ${path} cannot be read: ${(error as Error).message}`)
  }
}

function chooseAuthentication(
  config: Config,
  defaultAccountId: string,
  known: { readonly identities: Identities; readonly sessions: Sessions; readonly clock: Clock },
) {
  const signatureClock = config.testClock === 'exceptSignatures' ? systemClock : undefined
  const verifier = new SignatureVerifier({ ...known, signatureClock, regions: config.regions })
  if (!config.insecureNoAuth) {
    return (request: WireRequest, service: string): Caller | Promise<Caller> =>
      verifier.verify(request, service)
  }
  const options = { verifier, defaultAccountId, regions: config.regions }
  return (request: WireRequest, service: string) => authenticateInsecurely(request, service, options)
}

type Authenticate = (request: WireRequest, service: string) => Caller | Promise<Caller>

/** Wraps `authenticate` so that the uses of access keys are noted. */
function noting(authenticate: Authenticate, uses: AccessKeyLedger, clock: Clock): Authenticate {
  return (request, service) => {
    const note = (caller: Caller) => {
      const { accessKeyId, scope, identity } = caller
      // The store does not keep the access keys of sessions.
      if (accessKeyId !== undefined && identity.session === undefined)
        uses.note(accessKeyId, { at: clock.now(), service, region: scope.region })
      return caller
    }
    const caller = authenticate(request, service)
    return caller instanceof Promise ? caller.then(note) : note(caller)
  }
}

function auditEvents(log: Logger) {
  return {
    failed: (error: unknown) =>
      log.fatal({ err: error }, 'the audit log cannot be written; every request fails until it can'),
    recovered: (dropped: number) =>
      log.warn({ droppedRecords: dropped }, 'the audit log can be written again'),
  }
}

/** Runs each step even if an earlier one fails. Throws the first error. */
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

/** Returns the outbox of the audit log, which is in the store. */
function outboxOf(store: Store): Outbox {
  return {
    list: () => store.reader.listAuditOutbox(),
    delete: eventIds => store.write(writer => writer.deleteAuditRecords(eventIds)),
  }
}
