import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { RekeyResult } from '../../../src/operator/index.ts'
import { TestCaller } from '../../fixtures/caller.ts'
import { command, statusOf } from '../../fixtures/castle/operator-command.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  startKeyward,
  temporaryDirectory,
} from '../../fixtures/keyward-process.ts'
import { readRows } from './database-look.ts'
import { KnownDirectory, type Settings } from './known-directory.ts'
import type { Operation, Round, Running } from './operation.ts'
import { RoundServers, unlessKilled } from './round-servers.ts'

type Kind = 'file' | 'passphrase' | 'shares' | 'kms'

const quorum = { shares: 3, threshold: 2 }

/** The states of the disk between the old root key, which is in a file, and the new one. */
const states: Readonly<Record<Kind, readonly string[]>> = {
  file: ['the new file is beside', 'committed', 'the old file is put aside', 'renamed'],
  passphrase: ['nothing has changed', 'committed', 'the old file is put aside'],
  shares: ['shares wait for their confirmation', 'committed', 'the old file is put aside'],
  kms: ['the new root key is encrypted', 'committed', 'the old file is put aside'],
}

/** The operation `keyward operator rekey` of a server whose root key is in a file. */
export class Rekey implements Operation {
  readonly name: string
  readonly states: readonly string[]
  readonly #to: Kind
  #base: Promise<KnownDirectory> | undefined
  #service: Promise<KeyService> | undefined

  constructor(to: Kind) {
    this.name = `rekey-${to}`
    this.#to = to
    this.states = states[to]
  }

  async prepare(directory: string): Promise<Round> {
    this.#base ??= KnownDirectory.make(join(temporaryDirectory(), 'data'))
    if (this.#to === 'kms') this.#service ??= startKeyService()
    const known = (await this.#base).copy(join(directory, 'data'))
    const round = new RekeyRound(this.#to, known, await this.#service)
    await round.start()
    return round
  }

  async end(): Promise<void> {
    await (await this.#service)?.server.kill()
  }
}

/** A second Keyward, which is the other KMS. */
interface KeyService {
  readonly server: KeywardProcess
  readonly setting: string
}

async function startKeyService(): Promise<KeyService> {
  const server = await startKeyward()
  const { KeyMetadata } = await new TestCaller(server).sdk.createKey({})
  const credentials = join(server.dataDirectory, 'credentials')
  return { server, setting: `kms:${KeyMetadata?.Arn}?endpoint=${server.url}&credentials=${credentials}` }
}

const countEncryptions = ({ server }: KeyService) =>
  readAuditRecords(server.dataDirectory).filter(({ eventName }) => eventName === 'Encrypt').length

class RekeyRound implements Round {
  readonly #to: Kind
  readonly #known: KnownDirectory
  readonly #service: KeyService | undefined
  readonly #servers = new RoundServers()
  #encryptions = 0
  #server: KeywardProcess | undefined
  #work: Promise<void> = Promise.resolve()
  /** The secrets that the operators have for the new root key. */
  #secrets: readonly string[] = []
  #changes = 0

  constructor(to: Kind, known: KnownDirectory, service: KeyService | undefined) {
    this.#to = to
    this.#known = known
    this.#service = service
  }

  async start(): Promise<void> {
    this.#encryptions = this.#service === undefined ? 0 : countEncryptions(this.#service)
    this.#server = await this.#servers.start({
      dataDirectory: this.#known.path,
      environment: this.#settings(),
    })
  }

  begin(): Running {
    const server = this.#server ?? assert.fail('no server runs')
    this.#work = this.#known.acknowledged.workUntilGone(server)
    const { processes } = this.#servers
    const ended = this.#rekey(server, []).catch(error => unlessKilled(processes, error))
    return { processes: () => processes, ended }
  }

  /** The command is sent at once; most of its work shows nowhere before the commit. */
  hasBegun(): boolean {
    return true
  }

  states(): readonly string[] {
    const path = join(this.#known.path, 'root.key')
    const hasNext = existsSync(`${path}.next`)
    const isCommitted = this.#envelope() !== undefined
    if (!isCommitted) return [this.#uncommitted(hasNext)]
    if (this.#to !== 'file') return [existsSync(path) ? 'committed' : 'the old file is put aside']
    if (!hasNext) return ['renamed']
    return [existsSync(path) ? 'committed' : 'the old file is put aside']
  }

  async finish(): Promise<void> {
    await this.#work
    this.#known.witnessHeads()
    const isCommitted = this.#envelope() !== undefined
    if (isCommitted) this.#changes++
    const given = isCommitted ? this.#secrets : []
    const again = await this.#open(given)
    await this.#known.acknowledged.check(again)
    await this.#rekey(again, given)
    this.#changes++
    assert.equal((await statusOf(again)).provider, this.#to)
    await this.#known.acknowledged.work(again)
    await this.#known.acknowledged.check(again)
    assert.equal(await again.stop(), 0)
    // The start may say where it has put the old root key.
    assert.doesNotMatch(again.stderr(), /"level":[56]0/)
    await this.#known.checkWhole(this.#settings(), this.#secrets)
    const records = readAuditRecords(this.#known.path).filter(({ eventName }) => eventName === 'RekeyRootKey')
    assert.equal(records.length, this.#changes, 'each change has one record')
    assert.deepEqual(
      readdirSync(this.#known.path).filter(name => /\.(new|next)$/.test(name)),
      [],
    )
  }

  async end(): Promise<void> {
    this.#servers.end()
  }

  /** The kind of the new root key if it is committed. */
  #envelope(): string | undefined {
    const [row] = readRows(this.#known.path, 'SELECT envelope FROM root_keys')
    return row === undefined ? undefined : (JSON.parse(String(row['envelope'])) as { kind: string }).kind
  }

  #uncommitted(hasNext: boolean): string {
    if (hasNext) return 'the new file is beside'
    if (this.#to === 'shares' && this.#secrets.length > 0) return 'shares wait for their confirmation'
    const { server } = this.#service ?? {}
    if (this.#service !== undefined && server !== undefined)
      if (countEncryptions(this.#service) > this.#encryptions) return 'the new root key is encrypted'
    return 'nothing has changed'
  }

  /** Changes the root key, with all confirmations. `given` opens the present one. */
  async #rekey(server: KeywardProcess, given: readonly string[]): Promise<void> {
    const passphrase = `passphrase number ${this.#changes}`
    const next = this.#to === 'passphrase' ? [passphrase] : []
    const to = this.#service?.setting ?? `${this.#to}:${this.#to === 'file' ? 'root.key' : ''}`
    const args = { to, given: given.length, ...(this.#to === 'shares' ? quorum : {}) }
    // A passphrase is known before the change, and the shares after the first answer.
    if (next.length > 0) this.#secrets = next
    const { shares = [] } = (await command(server, 'rekey', args, [...given, ...next])) as RekeyResult
    if (this.#to !== 'shares') return
    this.#secrets = shares.slice(0, quorum.threshold)
    for (const share of this.#secrets) await command(server, 'rekey-verify', {}, [share])
  }

  /** Starts a server and opens it, with secrets if its root key needs some. */
  async #open(secrets: readonly string[]): Promise<KeywardProcess> {
    const server = await this.#servers.start({
      dataDirectory: this.#known.path,
      environment: this.#settings(),
    })
    for (const secret of secrets) await command(server, 'unseal', {}, [secret])
    assert.equal((await statusOf(server)).state, 'open')
    return server
  }

  /** The settings of the operator. After the change KEYWARD_ROOT_KEY is as `rekey` says: a KMS needs its credentials. */
  #settings(): Settings {
    const rootKey: Settings =
      this.#envelope() === 'kms' ? { KEYWARD_ROOT_KEY: this.#service?.setting ?? '' } : {}
    return { KEYWARD_OUTBOUND: '127.0.0.1', ...rootKey }
  }
}
