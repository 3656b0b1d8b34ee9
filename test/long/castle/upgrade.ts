import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { FactCallers } from '../../fixtures/data-directories/fact-callers.ts'
import { readFacts } from '../../fixtures/data-directories/facts.ts'
import { olderNames, resolveEnvironment, unpack } from '../../fixtures/data-directories/stored-directory.ts'
import { type KeywardProcess, readAuditRecords } from '../../fixtures/keyward-process.ts'
import { readRows } from './database-look.ts'
import { KnownDirectory, type Settings } from './known-directory.ts'
import type { Operation, Round, Running } from './operation.ts'
import { RoundServers, unlessKilled } from './round-servers.ts'

/** The facts that a round checks. The test of stored data directories checks all. */
const factsPerRound = 40

/** Makes the operation of each stored data directory of an older version. */
export const upgradeOperations = (): readonly Operation[] => olderNames().map(name => new Upgrade(name))

/** The first start of this version on a data directory that an older one wrote. */
class Upgrade implements Operation {
  readonly name: string
  readonly states: readonly string[]
  readonly #stored: string
  #rounds = 0

  constructor(stored: string) {
    this.#stored = stored
    this.name = `upgrade-${stored}`
    // The first version with an audit log is later than the first one with MACs.
    const hasMacs = readFacts(stored).records > 0
    this.states = ['nothing is migrated', ...(hasMacs ? [] : ['migrated without MACs']), 'migrated']
  }

  async prepare(directory: string): Promise<Round> {
    return new UpgradeRound(this.#stored, directory, this.#rounds++)
  }

  async end(): Promise<void> {}
}

class UpgradeRound implements Round {
  readonly #stored: string
  readonly #known: KnownDirectory
  readonly #settings: Settings
  readonly #number: number
  readonly #servers = new RoundServers()
  readonly #migrationsBefore: number

  constructor(stored: string, directory: string, number: number) {
    this.#stored = stored
    this.#number = number
    this.#known = KnownDirectory.of(join(directory, 'data'))
    const unpacked = unpack(stored)
    cpSync(unpacked.dataDirectory, this.#known.path, { recursive: true })
    const outside = join(directory, 'outside')
    cpSync(unpacked.outside, outside, { recursive: true })
    this.#settings = resolveEnvironment(readFacts(stored).environment, outside)
    this.#migrationsBefore = this.#migrations
  }

  begin(): Running {
    const ended = this.#start().then(
      () => undefined,
      (error: Error) => unlessKilled(this.#servers.processes, error),
    )
    return { processes: () => this.#servers.processes, ended }
  }

  hasBegun(): boolean {
    return existsSync(join(this.#known.path, 'keyward.lock'))
  }

  states(): readonly string[] {
    if (this.#migrations === this.#migrationsBefore) return ['nothing is migrated']
    return [this.#has('domain_states') ? 'migrated' : 'migrated without MACs']
  }

  async finish(): Promise<void> {
    const server = await this.#start()
    const { callers, facts } = readFacts(this.#stored)
    const factCallers = new FactCallers(server, callers)
    const from = (this.#number * factsPerRound) % facts.length
    for (const fact of facts.slice(from, from + factsPerRound)) await factCallers.check(fact)
    assert.equal(await server.stop(), 0)
    assert.ok(this.#migrations > this.#migrationsBefore && this.#has('domain_states'))
    await this.#known.checkWhole(this.#settings)
    assert.ok(readAuditRecords(this.#known.path).length > readFacts(this.#stored).records)
    assert.deepEqual(
      readdirSync(this.#known.path).filter(name => /\.new$/.test(name)),
      [],
    )
  }

  async end(): Promise<void> {
    this.#servers.end()
  }

  get #migrations(): number {
    return readRows(this.#known.path, 'SELECT name FROM keyward_migrations').length
  }

  #has(table: string): boolean {
    return readRows(this.#known.path, `SELECT 1 FROM ${table} LIMIT 1`).length > 0
  }

  #start(): Promise<KeywardProcess> {
    return this.#servers.start({ dataDirectory: this.#known.path, environment: this.#settings })
  }
}
