import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Acknowledged } from '../../fixtures/castle/acknowledged.ts'
import { assertDone, backUp, makeVault, restore, type Vault } from '../../fixtures/castle/backups.ts'
import { assertOneLine } from '../../fixtures/castle/operator-command.ts'
import { readAuditRecords, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'
import { readRows } from './database-look.ts'
import { KilledCommand } from './killed-command.ts'
import { KnownDirectory } from './known-directory.ts'
import type { Operation, Round, Running } from './operation.ts'
import { RoundServers } from './round-servers.ts'

/** A restore raises the commit counts at least to this. */
const restoredCountMin = 1_000_000_000

/** The states of the directory, in the order in which a restore makes them. */
const states = [
  'the marker',
  'the database',
  'all entries',
  'verification',
  'the record',
  'the counts are raised',
  'no marker',
] as const

/** The operation `keyward restore` into a directory with the root key. */
export class Restore implements Operation {
  readonly name = 'restore'
  // No file shows the time between the record and the counts for longer than a commit takes.
  readonly states = states.filter(state => state !== 'the record')
  #base: Promise<Source> | undefined

  async prepare(directory: string): Promise<Round> {
    this.#base ??= makeSource()
    return new RestoreRound(await this.#base, join(directory, 'data'))
  }

  async end(): Promise<void> {}
}

/** A backup, and the directory that it was made of. */
interface Source {
  readonly known: KnownDirectory
  readonly vault: Vault
  readonly path: string
  /** The files of the backup, as names in a data directory. */
  readonly names: readonly string[]
}

async function makeSource(): Promise<Source> {
  const known = await KnownDirectory.make(join(temporaryDirectory(), 'data'))
  const vault = await makeVault()
  const made = await backUp(vault, known.path)
  assertDone(made)
  const logs = readdirSync(join(known.path, 'audit')).map(name => `audit/${name}`)
  return { known, vault, path: made.path, names: ['keyward.db', ...logs, 'audit-heads.pem'] }
}

class RestoreRound implements Round {
  readonly #source: Source
  readonly #restored: KnownDirectory
  readonly #acknowledged: Acknowledged
  readonly #servers = new RoundServers()
  #command: KilledCommand | undefined

  constructor(source: Source, path: string) {
    this.#source = source
    this.#restored = KnownDirectory.of(path)
    this.#acknowledged = source.known.acknowledged.copy()
    mkdirSync(path, { mode: 0o700 })
    cpSync(join(source.known.path, 'root.key'), join(path, 'root.key'))
  }

  begin(): Running {
    const { vault, path } = this.#source
    const args = ['restore', path, '--identity', vault.identityPath, '--data-dir', this.#restored.path]
    this.#command = new KilledCommand(args)
    return this.#command
  }

  hasBegun(): boolean {
    return this.#has('restore.json') || this.#has('keyward.db')
  }

  states(): readonly string[] {
    if (!this.#has('keyward.db')) return [this.#has('restore.json') ? 'the marker' : 'nothing']
    if (!this.#has('restore.json')) return ['no marker']
    if (!this.#source.names.every(name => this.#has(name))) return ['the database']
    if (!this.#has('keyward.db-wal')) return ['all entries']
    if (this.#hasRaisedCounts()) return ['the counts are raised']
    return [this.#hasRecord() ? 'the record' : 'verification']
  }

  async finish(): Promise<void> {
    const { vault, path, known } = this.#source
    const directory = this.#restored.path
    const isDone = !this.#has('restore.json') && this.#has('keyward.db')
    if (this.#has('restore.json'))
      assert.match(
        await refusedStart({ dataDirectory: directory }),
        /A restore into the data directory .* was not finished\. Run keyward restore again/,
      )
    const again = await restore(vault, path, directory)
    if (isDone) {
      assertOneLine(again)
      assert.match(again.stderr, /is not empty/)
    } else assertDone(again)
    cpSync(join(known.path, 'credentials'), join(directory, 'credentials'))
    const server = await this.#servers.start({ dataDirectory: directory })
    await this.#acknowledged.check(server)
    await this.#acknowledged.work(server)
    await this.#acknowledged.check(server)
    assert.equal(await server.stop(), 0)
    assert.equal(server.stderr(), '')
    await this.#restored.checkWhole()
    const records = readAuditRecords(directory).filter(({ eventName }) => eventName === 'RestoreBackup')
    assert.equal(records.length, 1)
    assert.ok(this.#hasRaisedCounts())
    assert.deepEqual(
      readdirSync(directory).filter(name => /^restore\.json|\.new$/.test(name)),
      [],
    )
  }

  async end(): Promise<void> {
    this.#command?.end()
    this.#servers.end()
  }

  #has(name: string): boolean {
    return existsSync(join(this.#restored.path, name))
  }

  #hasRaisedCounts(): boolean {
    const rows = readRows(this.#restored.path, 'SELECT commits FROM domain_states')
    return rows.length > 0 && rows.every(({ commits }) => Number(commits) >= restoredCountMin)
  }

  #hasRecord(): boolean {
    const name = this.#source.names.findLast(each => each.startsWith('audit/')) ?? ''
    return readFileSync(join(this.#restored.path, name)).includes('"RestoreBackup"')
  }
}
