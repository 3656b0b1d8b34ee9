import { existsSync } from 'node:fs'
import { type DatabaseState, findLastState, type NewestLines, readNewestLines } from '../../audit/index.ts'
import {
  DomainKeys,
  effectiveSetting,
  type Hsm,
  openHsm,
  parseEnvelope,
  RootKey,
  type RootKeyEnvelope,
  type RootKeyProvider,
} from '../../hsm/index.ts'
import { callOperator, NoServer, type OperatorStatus } from '../../operator/index.ts'
import { type Millis, OperatorError, systemClock } from '../../std/index.ts'
import {
  DoesNotVerify,
  type ExaminedDatabase,
  examineDatabase,
  isDirectoryLocked,
  readRootKeyEnvelope,
  type Store,
} from '../../store/index.ts'
import type { Config } from '../config/config.ts'
import { LocalServer } from '../local-server.ts'
import { Cleanup } from '../parts/cleanup.ts'
import { DataDirectory } from '../parts/data-directory.ts'
import { makeProvider } from '../parts/seal/keeper.ts'

/** A value, or the sentence about why there is none. */
export type Outcome<T> = { readonly value: T } | { readonly problem: string }

/** The rows of the database, for reads alone. */
export interface OpenedRows {
  readonly store: Pick<Store, 'reader' | 'integrity'>
  /** The last state of the database in the audit log, from before the database was read. */
  readonly seen: DatabaseState | undefined
}

/** The keeper of the root key, and the envelope that the database has. */
export interface KeptKey {
  readonly provider: RootKeyProvider
  readonly envelope: RootKeyEnvelope | undefined
}

/** How a running server answers. */
export interface Health {
  readonly origin: string
  /** Whether it can serve requests. */
  readonly isReady: boolean
}

/** A server that does not answer in this time hangs. */
const answerMillisMax = 5000

/** The installation that is examined. The things that several checks need are opened once, and never written to. */
export class Subject {
  readonly config: Config
  readonly directory: DataDirectory
  readonly now: Millis = systemClock.now()
  /** Whether a server runs on the data directory. */
  readonly isRunning: boolean
  readonly #cleanup = new Cleanup()
  readonly #opened = new Map<string, Promise<Outcome<unknown>>>()

  /** Throws OperatorError if this user cannot read the data directory: its files must not seem to be missing. */
  constructor(config: Config) {
    this.config = config
    this.directory = new DataDirectory(config.dataDirectory)
    this.directory.hasDatabase()
    this.isRunning = isDirectoryLocked(config.dataDirectory)
  }

  /** Finds who keeps the root key. */
  rootKey(): Promise<Outcome<KeptKey>> {
    return this.#once('rootKey', async () => {
      const { config, directory } = this
      const hasDatabase = directory.hasDatabase()
      const text = hasDatabase ? readRootKeyEnvelope(directory.database) : undefined
      const envelope = text === undefined ? undefined : parseEnvelope(text)
      const facts = { envelope, hasDomainKeys: hasDatabase, directory: directory.path }
      const setting = effectiveSetting({ setting: config.rootKey, ...facts })
      return { envelope, provider: makeProvider(config, setting, directory.path, undefined) }
    })
  }

  /** Opens the database file, without its keys. */
  database(): Promise<Outcome<ExaminedDatabase>> {
    return this.#once('database', async () => {
      if (!this.directory.hasDatabase()) throw new OperatorError(`There is no ${this.directory.database}.`)
      const database = await examineDatabase(this.directory.database)
      this.#cleanup.add(() => database.close())
      return database
    })
  }

  /** Opens the domain keys of the database with the root key. */
  keys(): Promise<Outcome<Hsm>> {
    return this.#once('keys', async () => {
      const { missingMigrations, newerMigration, domainKeys } = reached(await this.database())
      if (missingMigrations.length > 0 || newerMigration !== undefined)
        throw new OperatorError('The database has the format of a different version.')
      const { provider, envelope } = reached(await this.rootKey())
      if (!provider.opensItself) throw new OperatorError(`The root key needs ${provider.description}.`)
      const rootKey = RootKey.take(await provider.recover(envelope, {}))
      this.#cleanup.add(() => rootKey.destroy())
      const stored = await domainKeys.list()
      if (DomainKeys.predateMacs(rootKey, stored))
        throw new OperatorError('The rows have no MACs yet; a start of the server makes them.')
      const hsm = openHsm(rootKey, stored)
      this.#cleanup.add(() => hsm.close())
      return hsm
    })
  }

  /** Opens the rows of the database. */
  rows(): Promise<Outcome<OpenedRows>> {
    return this.#once('rows', async () => {
      // A server writes a state to its log after the commit, so this one is not newer than the rows that are read next.
      const seen = existsSync(this.directory.auditLogs)
        ? await findLastState(this.directory.auditLogs)
        : undefined
      const { authenticator } = reached(await this.keys())
      const database = reached(await this.database())
      return { store: await database.unlock(authenticator, () => undefined), seen }
    })
  }

  /** Reads the end of the audit log; undefined without a log. */
  newestLines(): Promise<Outcome<NewestLines | undefined>> {
    return this.#once('newestLines', async () => {
      const { auditLogs } = this.directory
      return this.directory.listAuditLogs().length === 0 ? undefined : await readNewestLines(auditLogs)
    })
  }

  /** Asks the running server for its status, through its operator socket. */
  status(): Promise<Outcome<OperatorStatus>> {
    return this.#once('status', async () => {
      try {
        const request = { command: 'status', arguments: {}, secrets: [] } as const
        return (await callOperator(this.directory.path, request)) as unknown as OperatorStatus
      } catch (error) {
        if (error instanceof NoServer) throw new OperatorError('The operator socket does not answer.')
        throw error
      }
    })
  }

  /** Asks the running server whether it can serve requests. */
  health(): Promise<Outcome<Health>> {
    return this.#once('health', async () => {
      const server = new LocalServer(this.config)
      const { status } = await server.send({
        method: 'GET',
        path: '/readyz',
        timeoutMillis: answerMillisMax,
      })
      return { origin: server.origin, isReady: status === 200 }
    })
  }

  /** Closes what was opened. */
  close(): Promise<void> {
    return this.#cleanup.run()
  }

  #once<T>(name: string, work: () => Promise<T>): Promise<Outcome<T>> {
    const opened = (this.#opened.get(name) as Promise<Outcome<T>> | undefined) ?? outcomeOf(work)
    this.#opened.set(name, opened)
    return opened
  }
}

function reached<T>(outcome: Outcome<T>): T {
  if ('problem' in outcome) throw new OperatorError(outcome.problem)
  return outcome.value
}

async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    if (error instanceof OperatorError) return { problem: error.message }
    if (error instanceof DoesNotVerify) return { problem: `${error.message}.` }
    if (typeof (error as NodeJS.ErrnoException).code === 'string')
      return { problem: `${(error as Error).message}.` }
    throw error
  }
}
