import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig, verifyBackup } from '../../../src/app/index.ts'
import { assertDone, makeVault, type Vault } from '../../fixtures/castle/backups.ts'
import { callSigned } from '../../fixtures/clients.ts'
import {
  type KeywardProcess,
  readAuditRecords,
  runKeyward,
  temporaryDirectory,
} from '../../fixtures/keyward-process.ts'
import { type BackupPlace, Bucket, bucketStates, FilePlace, fileStates } from './backup-places.ts'
import { KilledCommand } from './killed-command.ts'
import { KnownDirectory } from './known-directory.ts'
import type { Operation, Round, Running } from './operation.ts'
import { RoundServers } from './round-servers.ts'

/** A backup is written in parts of 1 MiB to a file, and of 16 MiB to a bucket. The log has enough for more than one. */
const logSizeBytes = { file: 5 << 19, s3: 18 << 20 } as const

const roundsPerBucket = 10

/** The processes that a round kills: one of the two alone, or both. */
const victims = ['both', 'server', 'command'] as const
type Victims = (typeof victims)[number]

/** The operation `keyward backup` of a running server that works, to a file or to a bucket. */
export class Backup implements Operation {
  readonly name: string
  readonly states: readonly string[]
  readonly #to: 'file' | 's3'
  #base: Promise<KnownDirectory> | undefined
  #vault: Promise<Vault> | undefined
  #bucket: Promise<Bucket> | undefined
  #rounds = 0

  constructor(to: 'file' | 's3') {
    this.name = `backup-${to}`
    this.#to = to
    this.states = ['the copy is pinned', 'the copy is made', ...(to === 'file' ? fileStates : bucketStates)]
  }

  async prepare(directory: string): Promise<Round> {
    this.#base ??= makeBase(logSizeBytes[this.#to])
    this.#vault ??= makeVault()
    const [base, vault] = [await this.#base, await this.#vault]
    const round = new BackupRound({
      ...{ known: base.copy(join(directory, 'data')), vault, place: await this.#place(directory) },
      victims: victims[this.#rounds++ % victims.length] ?? 'both',
    })
    await round.start()
    return round
  }

  async end(): Promise<void> {
    await (await this.#bucket)?.stop()
  }

  async #place(directory: string): Promise<BackupPlace> {
    if (this.#to === 'file') return new FilePlace(directory)
    // SeaweedFS has room for 1.2 GB, and keeps the parts of killed uploads.
    if (this.#rounds % roundsPerBucket === 0) {
      await this.end()
      this.#bucket = undefined
    }
    this.#bucket ??= Bucket.start()
    return (await this.#bucket).next(directory)
  }
}

/** Makes a data directory whose log has at least this size. */
async function makeBase(sizeBytes: number): Promise<KnownDirectory> {
  const known = await KnownDirectory.make(join(temporaryDirectory(), 'data'))
  const EncryptionContext = { filler: 'x'.repeat(6000) }
  const KeyId = '11111111-2222-4333-8444-555555555555'
  const input = JSON.stringify({ KeyId, Plaintext: 'eA==', EncryptionContext })
  await known.serve({}, async server => {
    for (let written = 0; written < sizeBytes; written += input.length)
      assert.equal((await callSigned(server, 'Encrypt', input)).status, 400)
  })
  return known
}

interface RoundParts {
  readonly known: KnownDirectory
  readonly vault: Vault
  readonly place: BackupPlace
  readonly victims: Victims
}

class BackupRound implements Round {
  readonly #parts: RoundParts
  readonly #servers = new RoundServers()
  #server: KeywardProcess | undefined
  #command: KilledCommand | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(parts: RoundParts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    this.#server = await this.#servers.start({ dataDirectory: this.#parts.known.path })
  }

  begin(): Running {
    const { known, place } = this.#parts
    this.#work = known.acknowledged.workUntilGone(this.#server ?? assert.fail('no server runs'))
    // The command of a server that is killed fails, and leaves nothing.
    const mayFail = this.#parts.victims === 'server'
    this.#command = new KilledCommand(this.#args(), { environment: place.settings }, mayFail)
    return { processes: () => this.#victims(), ended: this.#command.ended }
  }

  hasBegun(): boolean {
    return this.#parts.place.state() !== undefined
  }

  states(): readonly string[] {
    const { known, place } = this.#parts
    const copies = readdirSync(known.path).filter(name => name.startsWith('backup-'))
    // The copy has its name when it is whole, and no name from the moment in which it is read.
    if (copies.length > 0)
      return [copies.every(name => name.endsWith('.db')) ? 'the copy is made' : 'the copy is pinned']
    return [place.state() ?? 'nothing']
  }

  async finish(): Promise<void> {
    const { known, victims: killed, place } = this.#parts
    const left = await place.read()
    if (left !== undefined) await this.#verify(left)
    if (killed === 'command') assertDone(await this.#again())
    await this.#server?.kill()
    await this.#work
    known.witnessHeads()
    const server = await this.#servers.start({ dataDirectory: known.path })
    assert.deepEqual(
      readdirSync(known.path).filter(name => name.startsWith('backup-')),
      [],
    )
    await known.acknowledged.check(server)
    assertDone(await this.#again())
    place.checkClean()
    await this.#verify((await place.read()) ?? assert.fail('there is no backup'))
    await known.acknowledged.work(server)
    await known.acknowledged.check(server)
    assert.equal(await server.stop(), 0)
    assert.equal(server.stderr(), '')
    await known.checkWhole()
    const records = readAuditRecords(known.path).filter(({ eventName }) => eventName === 'CreateBackup')
    assert.ok(records.length >= (killed === 'command' ? 2 : 1), `${records.length} records of backups`)
  }

  async end(): Promise<void> {
    this.#command?.end()
    this.#servers.end()
  }

  #args(): string[] {
    const { known, vault, place } = this.#parts
    return ['backup', place.path, '--recipient', vault.keys.recipient, '--data-dir', known.path]
  }

  #again() {
    return runKeyward([...this.#args(), '--force'], { environment: this.#parts.place.settings })
  }

  #victims(): readonly ChildProcess[] {
    const command = this.#command?.processes() ?? []
    if (this.#parts.victims === 'command') return command
    return this.#parts.victims === 'server'
      ? this.#servers.processes
      : [...this.#servers.processes, ...command]
  }

  async #verify(path: string): Promise<void> {
    const { known, vault } = this.#parts
    const config = loadConfig({ 'data-dir': known.path }, {})
    const { faults, checked, unchecked } = await verifyBackup(config, {
      ...{ path, identityPaths: [vault.identityPath], progress: () => undefined },
    })
    assert.deepEqual(faults, [])
    assert.ok((checked?.entities ?? 0) > 0, unchecked ?? 'nothing was checked')
  }
}
