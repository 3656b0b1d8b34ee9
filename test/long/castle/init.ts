import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InitResult } from '../../../src/operator/index.ts'
import { command, statusOf } from '../../fixtures/castle/operator-command.ts'
import { type KeywardProcess, readAuditRecords } from '../../fixtures/keyward-process.ts'
import { readRows } from './database-look.ts'
import { KnownDirectory, type Settings } from './known-directory.ts'
import type { Operation, Round, Running } from './operation.ts'
import { RoundServers, unlessKilled } from './round-servers.ts'

type Kind = 'passphrase-file' | 'passphrase' | 'shares'

const quorum = { shares: 3, threshold: 2 }
const passphrase = 'correct horse battery staple'

/** The states of the disk from nothing to an open server. The first opening makes domain keys and the administrator in one commit. */
const states: Readonly<Record<Kind, readonly string[]>> = {
  'passphrase-file': ['no root key', 'a root key', 'credentials without a commit', 'domain keys'],
  passphrase: ['no root key', 'a root key', 'credentials without a commit', 'domain keys'],
  shares: [
    'no root key',
    'shares that nobody has',
    'shares that operators have',
    'credentials without a commit',
    'domain keys',
  ],
}

/** The operation `keyward operator init` with the first opening; for a passphrase in a file, the first start. */
export class Init implements Operation {
  readonly name: string
  readonly states: readonly string[]
  readonly #kind: Kind

  constructor(kind: Kind) {
    this.name = `init-${kind}`
    this.#kind = kind
    this.states = states[kind]
  }

  async prepare(directory: string): Promise<Round> {
    const round = new InitRound(this.#kind, directory)
    await round.prepare()
    return round
  }

  async end(): Promise<void> {}
}

class InitRound implements Round {
  readonly #kind: Kind
  readonly #known: KnownDirectory
  readonly #settings: Settings
  readonly #servers = new RoundServers()
  #server: KeywardProcess | undefined
  /** The shares that the operators have. */
  #shares: readonly string[] = []

  constructor(kind: Kind, directory: string) {
    this.#kind = kind
    this.#known = KnownDirectory.of(join(directory, 'data'))
    const file = join(directory, 'passphrase')
    writeFileSync(file, `${passphrase}\n`, { mode: 0o600 })
    const place = kind === 'passphrase-file' ? file : ''
    this.#settings = { KEYWARD_ROOT_KEY: `${kind}:${place}` }
  }

  /** Starts the server that an operator makes the root key of. */
  async prepare(): Promise<void> {
    if (this.#kind !== 'passphrase-file') this.#server = await this.#start()
  }

  begin(): Running {
    return { processes: () => this.#servers.processes, ended: this.#run() }
  }

  hasBegun(): boolean {
    return existsSync(join(this.#known.path, 'keyward.lock'))
  }

  states(): readonly string[] {
    if (readRows(this.#known.path, 'SELECT 1 FROM domain_keys').length > 0) return ['domain keys']
    if (readRows(this.#known.path, 'SELECT 1 FROM root_keys').length === 0) return ['no root key']
    if (existsSync(join(this.#known.path, 'credentials'))) return ['credentials without a commit']
    if (this.#kind !== 'shares') return ['a root key']
    return [this.#shares.length === 0 ? 'shares that nobody has' : 'shares that operators have']
  }

  async finish(): Promise<void> {
    if (existsSync(join(this.#known.path, 'audit'))) this.#known.witnessHeads()
    const server = await this.#start()
    const { state } = await statusOf(server)
    // Shares that operators have open the server for ever. A root key whose shares nobody has protects nothing, and is replaced.
    const isLost = state === 'sealed' && this.#kind === 'shares' && this.#shares.length === 0
    if (isLost) await assert.rejects(command(server, 'init', quorum), /use --force/)
    if (state === 'uninitialized' || isLost) await this.#init(server, isLost)
    await this.#unseal(server)
    const { state: end, rootKeyId } = await statusOf(server)
    assert.equal(end, 'open')
    await assert.rejects(command(server, 'init', { force: true }), /has a root key/)
    await this.#known.acknowledged.work(server)
    await this.#known.acknowledged.check(server)
    assert.equal(await server.stop(), 0)
    // A first opening that was killed may have left no state of the database in the log, of which the next one warns.
    assert.doesNotMatch(server.stderr(), /"level":[56]0/)
    await this.#known.checkWhole(this.#settings, this.#secrets)
    this.#checkRecorded(rootKeyId)
  }

  async end(): Promise<void> {
    this.#servers.end()
  }

  get #secrets(): readonly string[] {
    if (this.#kind === 'passphrase') return [passphrase]
    return this.#shares.slice(0, quorum.threshold)
  }

  /** Asserts that a root key that an operator had made is on record. */
  #checkRecorded(rootKeyId: string | undefined): void {
    if (this.#kind === 'passphrase-file') return
    const details = readAuditRecords(this.#known.path)
      .filter(({ eventName }) => eventName === 'InitializeRootKey')
      .map(({ serviceEventDetails }) => serviceEventDetails as { rootKeyId: string })
    const ids = details.map(detail => detail.rootKeyId)
    assert.ok(ids.includes(rootKeyId ?? ''), `the root key ${rootKeyId} is not on record`)
  }

  async #run(): Promise<void> {
    try {
      this.#server ??= await this.#start()
      if (this.#kind !== 'passphrase-file') await this.#init(this.#server)
      await this.#unseal(this.#server)
    } catch (error) {
      await unlessKilled(this.#servers.processes, error)
    }
  }

  async #init(server: KeywardProcess, isForced = false): Promise<void> {
    const args = { ...(this.#kind === 'shares' ? quorum : {}), ...(isForced ? { force: true } : {}) }
    const secrets = this.#kind === 'passphrase' ? [passphrase] : []
    const { shares = [] } = (await command(server, 'init', args, secrets)) as InitResult
    this.#shares = shares
  }

  /** Opens a server that does not open itself. */
  async #unseal(server: KeywardProcess): Promise<void> {
    if ((await statusOf(server)).state === 'open') return
    for (const secret of this.#secrets) await command(server, 'unseal', {}, [secret])
  }

  #start(): Promise<KeywardProcess> {
    return this.#servers.start({ dataDirectory: this.#known.path, environment: this.#settings })
  }
}
