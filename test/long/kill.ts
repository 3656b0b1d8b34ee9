import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig, verifyAuditLog, verifyDatabase, verifyTrailBuckets } from '../../src/app/index.ts'
import { Choices } from '../fixtures/choices.ts'
import { type KeywardProcess, startKeyward } from '../fixtures/keyward-process.ts'
import type { WitnessClient } from '../fixtures/witness/client.ts'
import type { AuditRecord } from '../fixtures/witness/growing-log.ts'
import { changeIn, someOf } from '../fixtures/witness/moments.ts'
import { Unacknowledged, Witness } from '../fixtures/witness/witness.ts'
import { type Leftover, remove } from '../fixtures/witness/work.ts'
import { endpointSettings, endpointWork } from './endpoint-work.ts'
import { TrailWatch } from './trail-watch.ts'
import { makeWorkDirectory } from './work-directory.ts'

// A server is killed (kill -9) again and again, on one data directory. After each kill, every answered call has its record, the
// server has exactly the state that the records lead to, and the chain of the log has no fault.

const clientsPerRound = 8
const loadMaxMillis = 600
const logFileBytes = 1024 * 1024
const sampledLookups = 3
const wholeCheckRounds = 50

const trailName = 'everything'
const bucketName = 'logs'
const account = '000000000000'
const unknownKeyId = '11111111-2222-4333-8444-555555555555'

/** The counts of a run. */
export interface KillFigures {
  rounds: number
  records: number
  /** Private endpoints that were made. */
  endpoints: number
  /** Rounds in which the kill came when a file of the log had just begun. */
  atNewFile: number
  /** Further starts that were killed: before the server was up, and when an object of the trail was being put. */
  inStart: number
  atDelivery: number
}

/** `npm run long -- kill [ROUNDS [SEED]]`. The directory stays after a fault. */
export async function runKills([
  count = '1000',
  seed = String(randomInt(2 ** 31)),
]: readonly string[]): Promise<void> {
  const directory = makeWorkDirectory('kill')
  console.log(`seed ${seed}, in ${directory.path}`)
  const started = performance.now()
  const run = new KillRun(directory.path, Number(seed))
  try {
    await run.begin()
    for (let round = 1; round <= Number(count); round++) {
      await run.round()
      if (round % wholeCheckRounds !== 0) continue
      await run.checkWholeLog()
      const seconds = (performance.now() - started) / 1000 / round
      console.log(`${round} rounds, ${seconds.toFixed(2)} s each: ${run.describe()}`)
    }
    await run.end()
  } catch (error) {
    console.error(`round ${run.figures.rounds + 1} of seed ${seed}, in ${directory.path}:`, error)
    await run.kill()
    process.exitCode = 1
    return
  }
  directory.remove()
  console.log(`After ${count} kills all is there: ${run.describe()}`)
}

/** The rounds on one data directory. Anything that is lost fails an assertion. */
export class KillRun {
  readonly figures: KillFigures = {
    ...{ rounds: 0, records: 0, endpoints: 0, atNewFile: 0, inStart: 0, atDelivery: 0 },
  }
  readonly dataDirectory: string
  readonly #directory: string
  readonly #choices: Choices
  readonly #audit: string
  readonly #trail: TrailWatch
  #keyward: KeywardProcess | undefined
  #startMillis = 0
  #known: Witness | undefined

  constructor(directory: string, seed: number) {
    this.#directory = directory
    this.dataDirectory = join(directory, 'data')
    this.#choices = new Choices(seed)
    const root = join(directory, 'bucket')
    mkdirSync(root)
    writeFileSync(this.#heads, '')
    this.#trail = new TrailWatch(root, account)
    const trails = {
      fileInterval: '1s',
      digestInterval: '1m',
      buckets: { [bucketName]: { directory: root } },
    }
    this.#audit = JSON.stringify({ files: { maxSize: `${logFileBytes}` }, heads: '1s', trails })
  }

  /** Starts the first server, and a trail of everything. */
  async begin(): Promise<void> {
    await this.#start()
    const client = this.#client()
    await client.cloudtrail('CreateTrail', {
      ...{ Name: trailName, S3BucketName: bucketName, EnableLogFileValidation: true },
    })
    await client.cloudtrail('StartLogging', { Name: trailName })
    this.#trail.started(await this.#witness.check(client))
  }

  /** Kills the server under load, and checks everything. */
  async round(): Promise<void> {
    await this.#workUntilKilled()
    while (this.#choices.chance(25)) await this.#killStart()
    await this.#start()
    await this.#check()
    this.figures.rounds++
  }

  /** Does what `keyward audit verify` does, with a witness that has all heads. */
  async checkWholeLog(): Promise<void> {
    const config = loadConfig({ 'data-dir': this.dataDirectory }, {})
    appendFileSync(
      this.#heads,
      this.#witness.log
        .takeHeads()
        .map(line => `${line}\n`)
        .join(''),
    )
    const places = { directory: undefined, headKey: undefined, witnesses: [this.#heads] }
    const { fault, isTorn } = await verifyAuditLog(config, places)
    assert.deepEqual({ fault, isTorn }, { fault: undefined, isTorn: false })
  }

  /** Ends the trail and the server, and checks the log, the trail and the database as wholes. */
  async end(): Promise<void> {
    await this.#client().cloudtrail('StopLogging', { Name: trailName })
    // A start delivers at once.
    await this.#stop()
    await this.#start()
    await this.#check()
    for (const deadline = performance.now() + 30_000; !(await this.#trail.isComplete()); ) {
      assert.ok(performance.now() < deadline, `missing in the trail: ${this.#trail.describeMissing()}`)
      await someOf(200, this.#choices)
    }
    await this.#stop()
    await this.checkWholeLog()
    const config = loadConfig({ 'data-dir': this.dataDirectory, audit: this.#audit }, {})
    const { faults, unread } = await verifyTrailBuckets(config)
    assert.deepEqual([...faults, ...unread], [])
    await verifyDatabase(config, { fault: text => assert.fail(text), progress: () => undefined })
  }

  /** Describes the rounds so far in one line. */
  describe(): string {
    const { records, endpoints, atNewFile, inStart, atDelivery } = this.figures
    const { bucket, deliveredAgain } = this.#trail
    return [
      `${records} records`,
      `${endpoints} private endpoints`,
      `${atNewFile} kills at a new file of the log`,
      `${inStart} kills before the server was up`,
      `${atDelivery} kills at a delivery`,
      `${bucket.logFiles.size} log files and ${bucket.digests} digests of the trail`,
      `${deliveredAgain} records delivered again`,
    ].join(', ')
  }

  /** Ends a server that runs after a failure. */
  async kill(): Promise<void> {
    await this.#keyward?.kill()
  }

  get #server(): KeywardProcess {
    return this.#keyward ?? assert.fail('no server runs')
  }

  get #witness(): Witness {
    return this.#known ?? assert.fail('no server ran')
  }

  get #heads(): string {
    return join(this.#directory, 'heads.jsonl')
  }

  #client(): WitnessClient {
    return this.#witness.client(this.#server)
  }

  async #start(): Promise<void> {
    const began = performance.now()
    this.#keyward = await this.#launch()
    this.#startMillis = performance.now() - began
    this.#known ??= new Witness(this.#keyward, this.#choices)
  }

  #launch(spawned: (child: ChildProcess) => void = () => undefined): Promise<KeywardProcess> {
    const environment = { KEYWARD_AUDIT: this.#audit, ...endpointSettings }
    return startKeyward({ dataDirectory: this.dataDirectory, environment, spawned })
  }

  async #stop(): Promise<void> {
    assert.equal(await this.#server.stop(), 0)
    assert.equal(this.#server.stderr(), '')
  }

  /** Puts clients to work, and kills the server at any moment, or when it begins a file of its log. */
  async #workUntilKilled(): Promise<void> {
    const client = this.#client()
    const leftovers = this.#witness.state.leftovers()
    const clients = Array.from({ length: clientsPerRound }, (_, index) =>
      this.#workOn(
        client,
        leftovers.filter((_, at) => at % clientsPerRound === index),
      ),
    )
    const atNewFile = this.#witness.log.fileSizeBytes > 0.75 * logFileBytes
    const filling = atNewFile ? [fillLog(client), fillLog(client)] : []
    const onEndpoints = untilGone(endpointWork(client, this.#choices, leftovers))
    const working = Promise.allSettled([...clients, ...filling, onEndpoints])
    if (!atNewFile) await someOf(loadMaxMillis, this.#choices)
    else if (await changeIn(join(this.dataDirectory, 'audit'), this.#choices)) this.figures.atNewFile++
    await this.#server.kill()
    assert.equal(this.#server.stderr(), '')
    const failed = (await working).find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
    this.#witness.readLog({ mayBeTorn: true })
  }

  /** Deletes what an earlier round left, and then works until the server is gone. */
  #workOn(client: WitnessClient, leftovers: Leftover[]): Promise<void> {
    return untilGone(async () => {
      for (const leftover of leftovers.splice(0)) await remove(client, leftover)
      await this.#witness.work(client)
    })
  }

  /** Kills a start at any moment, or when it delivers what the server before it has recorded. */
  async #killStart(): Promise<void> {
    let child: ChildProcess | undefined
    const starting = this.#launch(started => {
      child = started
    }).catch((error: Error) => error)
    const { folder } = this.#trail.bucket
    const delivers = folder !== undefined && this.#choices.chance(50)
    if (!delivers) await someOf(1.2 * this.#startMillis, this.#choices)
    else if (await changeIn(folder, this.#choices)) this.figures.atDelivery++
    child?.kill('SIGKILL')
    const started = await starting
    if (started instanceof Error) {
      // A start that failed by itself has a status, or says why.
      assert.equal(started.message, 'keyward ended with null: ')
      this.figures.inStart++
    } else await started.kill()
    this.#witness.readLog({ mayBeTorn: true })
  }

  async #check(): Promise<void> {
    const client = this.#client()
    const delivered = await this.#trail.bucket.readNew()
    const records = await this.#witness.check(client, { lastUses: true })
    this.#trail.expect(records)
    this.#trail.take(delivered)
    for (let count = 0; count < sampledLookups; count++) await lookUp(client, this.#choices.of(records))
    this.#witness.forget()
    this.figures.records += records.length
    this.figures.endpoints += records.filter(({ eventName }) => eventName === 'CreateVpcEndpoint').length
  }
}

/** Works until the server is gone. */
async function untilGone(work: () => Promise<void>): Promise<void> {
  try {
    for (;;) await work()
  } catch (error) {
    if (!(error instanceof Unacknowledged)) throw error
  }
}

/** Fills a file of the log with large records until the server is gone. */
function fillLog(client: WitnessClient): Promise<void> {
  const EncryptionContext = { filler: 'x'.repeat(6000) }
  return untilGone(async () => {
    const input = { KeyId: unknownKeyId, Plaintext: 'eA==', EncryptionContext }
    await client.kms('Encrypt', input, 'NotFoundException')
  })
}

/** Asserts that LookupEvents finds a record. */
async function lookUp(client: WitnessClient, { eventID, requestID, eventName }: AuditRecord): Promise<void> {
  const LookupAttributes = [{ AttributeKey: 'EventId', AttributeValue: eventID }]
  const found: unknown[] = []
  // A page may be empty before the last one, while the index is being made.
  for (let NextToken: unknown; ; ) {
    const input = { LookupAttributes, ...(NextToken === undefined ? {} : { NextToken }) }
    const page = await client.cloudtrail('LookupEvents', input)
    for (const { CloudTrailEvent } of page['Events'] as { CloudTrailEvent: string }[]) {
      const event = JSON.parse(CloudTrailEvent) as AuditRecord
      found.push([event.eventID, event.requestID, event.eventName])
    }
    NextToken = page['NextToken']
    if (NextToken === undefined) break
  }
  assert.deepEqual(found, [[eventID, requestID, eventName]], `LookupEvents of ${eventID}`)
}
