import assert from 'node:assert/strict'
import { appendFileSync, cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig, verifyAuditLog, verifyDatabase } from '../../../src/app/index.ts'
import { headMarker } from '../../../src/audit/chain/audit-head.ts'
import { Acknowledged } from '../../fixtures/castle/acknowledged.ts'
import { type KeywardProcess, type StartOptions, startKeyward } from '../../fixtures/keyward-process.ts'

/** Settings by the names of their environment variables. */
export type Settings = Readonly<Record<string, string>>

/** The keys, with the rest of what `work` makes, that a server has before an operation. */
const workRounds = 3

/** A data directory of a stopped server, and everything that the server acknowledged. */
export class KnownDirectory {
  readonly path: string
  readonly acknowledged: Acknowledged
  /** The heads of the audit log so far, as a witness has them. */
  readonly #heads: string

  private constructor(path: string, acknowledged: Acknowledged) {
    this.path = path
    this.acknowledged = acknowledged
    this.#heads = `${path}.heads`
  }

  /** Makes one with some keys. */
  static async make(path: string): Promise<KnownDirectory> {
    const known = KnownDirectory.of(path)
    await known.serve({}, async server => {
      for (let count = 0; count < workRounds; count++) await known.acknowledged.work(server)
    })
    return known
  }

  /** A directory that a round makes, and of which nothing is known yet. */
  static of(path: string): KnownDirectory {
    return new KnownDirectory(path, new Acknowledged())
  }

  /** Has a server work, and stops it. */
  async serve(options: StartOptions, work: (server: KeywardProcess) => Promise<void>): Promise<void> {
    const server = await startKeyward({ ...options, dataDirectory: this.path })
    try {
      await work(server)
      assert.equal(await server.stop(), 0)
      assert.equal(server.stderr(), '')
    } finally {
      await server.kill()
    }
  }

  /** Copies it for one round. */
  copy(path: string): KnownDirectory {
    cpSync(this.path, path, { recursive: true })
    return new KnownDirectory(path, this.acknowledged.copy())
  }

  /** Gives the witness the heads that the log has now. A kill may have left half a line at its end. */
  witnessHeads(): void {
    const logs = join(this.path, 'audit')
    const names = readdirSync(logs).filter(name => name.endsWith('.jsonl'))
    const lines = names
      .sort()
      .flatMap(name => readFileSync(join(logs, name), 'utf8').split('\n').slice(0, -1))
    const heads = lines.filter(line => line.startsWith(headMarker))
    appendFileSync(this.#heads, heads.map(head => `${head}\n`).join(''))
  }

  /**
   * Asserts what `keyward verify` and `keyward audit verify --witness` assert, of a server that has stopped. The secrets open
   * the root key.
   */
  async checkWhole(settings: Settings = {}, secrets: readonly string[] = []): Promise<void> {
    const config = loadConfig({ 'data-dir': this.path }, settings)
    this.witnessHeads()
    const places = { directory: undefined, headKey: undefined, witnesses: [this.#heads] }
    const { fault, isTorn, witnessed } = await verifyAuditLog(config, places)
    assert.deepEqual({ fault, isTorn }, { fault: undefined, isTorn: false })
    assert.ok(witnessed > 0, 'the log has no head')
    const report = { fault: (text: string) => assert.fail(text), progress: () => undefined }
    const left = [...secrets]
    await verifyDatabase(config, report, async question => Buffer.from(left.shift() ?? assert.fail(question)))
  }
}
