import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { drive } from '../../bench/load.ts'
import { makeRequests } from '../../bench/requests.ts'
import { type KeywardProcess, runKeyward, startKeyward } from '../fixtures/keyward-process.ts'
import { advance } from '../fixtures/time-travel.ts'
import { fillWithKeys } from '../fixtures/worlds/many-keys.ts'
import { makeWorkDirectory } from './work-directory.ts'

// The domain keys of a server rotate under load. Every call is answered, and the 99th percentile of the latency stays within
// three times that of the same server without the re-wrapping.

const ratioMax = 3
const connections = 16
const roundsThatCount = 10

/** How a run measures. */
export interface RewrapRun {
  readonly keys: number
  readonly roundSeconds: number
  /** The distinct requests of a round. */
  readonly requests: number
  /** The rounds of each load before and after the re-wrapping. */
  readonly quietRounds: number
  /** Sets the clock forward instead of waiting a minute for the check. */
  readonly hasTestClock: boolean
}

/** A load: as many requests as the server takes, or half as many. */
type LoadName = 'full' | 'half'

/** The 99th percentiles of the rounds of one load, in milliseconds. */
export interface RewrapLatencies {
  readonly quiet: number[]
  /** By the table that was re-wrapped when the round began, or the phase after the last table. */
  readonly during: Map<string, number[]>
}

export interface RewrapFigures {
  readonly entities: number
  readonly seconds: number
  readonly loads: Readonly<Record<LoadName, RewrapLatencies>>
}

/** `npm run long -- rewrap [KEYS]`. */
export async function runRewrap([keys = '100000']: readonly string[]): Promise<void> {
  const { path, remove } = makeWorkDirectory('rewrap')
  try {
    const run = { keys: Number(keys), roundSeconds: 4, requests: 1000, quietRounds: 5, hasTestClock: false }
    const figures = await measureRewrap(path, run)
    print(figures)
    const worst = Math.max(...Object.values(figures.loads).map(worstRatio))
    console.log(`\nworst ratio: ${worst.toFixed(2)}, of ${ratioMax} at most`)
    if (worst > ratioMax) process.exitCode = 1
  } finally {
    remove()
  }
}

/** Fills a server with keys, rotates its domain keys, and measures calls before, during and after the re-wrapping. */
export async function measureRewrap(directory: string, run: RewrapRun): Promise<RewrapFigures> {
  const dataDirectory = join(directory, 'data')
  const start = () =>
    startKeyward({
      dataDirectory,
      flags: run.hasTestClock ? ['--test-clock', 'except-signatures'] : [],
    })
  assert.equal(await (await start()).stop(), 0)
  const keyIds = await fillWithKeys({ dataDirectory }, run.keys)
  const server = await start()
  try {
    const latencies = new LoadRounds(server, run, keyIds)
    await latencies.warmUp()
    await latencies.quiet()
    const stderrBefore = server.stderr()
    const began = performance.now()
    const rotation = await runKeyward(['operator', 'rotate-domain-keys', '--data-dir', dataDirectory])
    assert.equal(rotation.code, 0, rotation.stderr)
    const entities = await latencies.during()
    const seconds = (performance.now() - began) / 1000
    await latencies.quiet()
    assert.equal(server.stderr(), stderrBefore)
    return { entities, seconds, loads: latencies.loads }
  } finally {
    await server.stop()
  }
}

/** Rounds of load on a server. */
class LoadRounds {
  readonly loads: Record<LoadName, RewrapLatencies> = {
    full: { quiet: [], during: new Map() },
    half: { quiet: [], during: new Map() },
  }
  readonly #server: KeywardProcess
  readonly #run: RewrapRun
  readonly #keyIds: readonly string[]
  #perSecond = 0
  #next = 0

  constructor(server: KeywardProcess, run: RewrapRun, keyIds: readonly string[]) {
    this.#server = server
    this.#run = run
    this.#keyIds = keyIds
  }

  /** Finds out how many requests the server takes. */
  async warmUp(): Promise<void> {
    for (let round = 0; round < 2; round++) await this.#round('full')
  }

  async quiet(): Promise<void> {
    for (let round = 0; round < this.#run.quietRounds; round++)
      for (const name of ['full', 'half'] as const) this.loads[name].quiet.push(await this.#round(name))
  }

  /** Measures until everything is re-wrapped and the old domain keys of Regions are destroyed. Returns the number of entities. */
  async during(): Promise<number> {
    let isAdvanced = false
    let entities = 0
    for (let round = 0; ; round++) {
      const place = readPlace(this.#server)
      if (place.phase === 'waiting') return entities
      entities = place.done
      if (this.#run.hasTestClock && place.table === '' && !isAdvanced) {
        await advance(this.#server, 61)
        isAdvanced = true
      }
      const name = round % 2 === 0 ? 'full' : 'half'
      const { during } = this.loads[name]
      const at = place.table === '' ? 'checking' : place.table
      during.set(at, [...(during.get(at) ?? []), await this.#round(name)])
    }
  }

  /** Returns the 99th percentile of a round. Throws if a call fails. */
  async #round(name: LoadName): Promise<number> {
    // Other keys in each round, so that some are read from the database.
    const requests = await makeRequests(
      this.#server,
      'GenerateDataKey',
      () => ({
        KeyId: this.#keyIds[this.#next++ % this.#keyIds.length],
        KeySpec: 'AES_256',
        EncryptionContext: { tenant: String(this.#next) },
      }),
      this.#run.requests,
    )
    const { url } = this.#server
    const seconds = this.#run.roundSeconds
    const pace = name === 'full' ? {} : { perSecond: this.#perSecond / 2 }
    const result = await drive({ url, requests, connections, seconds, ...pace })
    if (name === 'full' && this.loads.full.during.size === 0) this.#perSecond = result.requestsPerSecond
    return result.p99Millis
  }
}

/** Reads the place of the re-wrapping beside the server. */
function readPlace({ dataDirectory }: KeywardProcess): { phase: string; table: string; done: number } {
  const database = new DatabaseSync(join(dataDirectory, 'keyward.db'), { readOnly: true })
  try {
    const row = database.prepare('SELECT phase, table_name AS "table", done FROM rewraps').get()
    return row as { phase: string; table: string; done: number }
  } finally {
    database.close()
  }
}

/** The worst ratio of all rounds together and of those of a table. The few rounds of a small table say nothing by themselves. */
function worstRatio({ quiet, during }: RewrapLatencies): number {
  const all = [...during.values()]
  const groups = [all.flat(), ...all.filter(rounds => rounds.length >= roundsThatCount)]
  return Math.max(...groups.map(rounds => median(rounds) / median(quiet)))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

function print({ entities, seconds, loads }: RewrapFigures): void {
  console.log(`${entities} entities in ${seconds.toFixed(0)} s\n`)
  console.log('| load | while | rounds | p99, median, ms | p99, maximum, ms | ratio |')
  console.log('|---|---|---|---|---|---|')
  for (const [name, { quiet, during }] of Object.entries(loads))
    for (const [at, rounds] of [['quiet', quiet] as const, ...during]) {
      const times = [median(rounds), Math.max(...rounds)].map(millis => millis.toFixed(2))
      const ratio = (median(rounds) / median(quiet)).toFixed(2)
      console.log(`| ${name} | ${at} | ${rounds.length} | ${times.join(' | ')} | ${ratio} |`)
    }
}
