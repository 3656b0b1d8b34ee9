import { type LogPosition, placeInStream } from '../../audit/index.ts'
import type { Trail } from '../../domain/index.ts'
import { type Millis, otherWork } from '../../std/index.ts'
import { type DueChain, everyPage, type TrailChain } from '../../store/index.ts'
import { Outlet } from '../outlet/outlet.ts'
import { type Chained, changeChain, ended, isActive, keyOf } from './chain-state.ts'
import type { DeliveryOptions } from './delivery-options.ts'
import { deliverDigests, finishDigest } from './digests.ts'
import { deliverLogFiles, repeatLogFile } from './log-files.ts'
import { reconcileTrail } from './reconcile.ts'
import { SigningKeys } from './signing-keys.ts'

/** A page of chains that are due. A run ends after a page with as many as this to deliver, so it has less than twice as many. */
const chainsPerRun = 1000
const trailsPerPage = 100
/** Places in the log that were its end at a known time, so that the start of a trail is found without reading a day. */
const notedMax = 100

/** A chain that had no records: it needs no commit until it has some. */
interface Scanned {
  readonly place: LogPosition
  /** When the next file is due. */
  readonly nextAt: Millis
}

/**
 * The delivery of all trails: log files every few minutes, and digests. It is one job over all streams of the audit log, so
 * that each trail and Region has one chain.
 */
export class TrailDelivery {
  readonly #options: DeliveryOptions
  readonly #outlet: Outlet
  readonly #keys: SigningKeys
  readonly #trails = new Map<string, Trail>()
  /** The trails as their chains were brought in line with, by id. */
  readonly #reconciled = new Map<string, string>()
  readonly #scanned = new Map<string, Scanned>()
  readonly #noted: { readonly at: Millis; readonly place: LogPosition }[] = []
  /** The last chain of a run that did not come to the end of those that are due. */
  #after: DueChain | undefined
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#outlet = new Outlet(options.directory)
    this.#keys = new SigningKeys(options)
  }

  /** Delivers what is due. Returns whether more may be due at once. */
  run(): Promise<boolean> {
    // A run that the clock asks for waits for the one of the schedule: two would deliver the same records.
    const run = this.#running.then(() => this.#run())
    this.#running = run.catch(() => undefined)
    return run
  }

  /** Waits for the run in progress and ends the thread that reads the log. */
  async close(): Promise<void> {
    await this.#running
    await this.#outlet.close()
  }

  async #run(): Promise<boolean> {
    const { clock } = this.#options
    await this.#reconcile()
    this.#noteEnd()
    const now = clock.now()
    const ready = await this.#listReady(now)
    const settled: Chained[] = []
    for (const item of ready) {
      const chain = await this.#guarded(item, () => this.#repeatPending(item))
      if (chain !== undefined) settled.push({ ...item, chain })
    }
    // The next run goes on behind these chains.
    let hasMore = this.#after !== undefined
    for (const [place, group] of this.#byPlace(settled)) {
      const [first] = group
      const delivered = first && (await this.#guarded(first, () => this.#deliverFiles(place, group)))
      for (const item of delivered ?? [])
        hasMore = (await this.#guarded(item, () => this.#settle(item))) === true || hasMore
    }
    return hasMore
  }

  /** Returns the next chains of which something is due. Idle ones stay due in the store, and are passed over page by page. */
  async #listReady(now: Millis): Promise<Chained[]> {
    const { store } = this.#options
    const ready: Chained[] = []
    do {
      const due = await store.reader.trailChains.listDue(now, chainsPerRun, this.#after)
      this.#after = due.length === chainsPerRun ? due.at(-1) : undefined
      for (const chain of due.filter(item => this.#isDue(item, now))) {
        const trail = chain.deletedTrail ?? this.#trails.get(chain.trailId)
        // A chain that had ended before its trail was stopped or deleted has nothing more to deliver.
        if (trail === undefined || !isActive(chain)) {
          this.#scanned.delete(keyOf(chain))
          await changeChain(store, chain, current =>
            current.deletedTrail === undefined && trail !== undefined ? { ...current, ...ended } : 'delete',
          )
        } else ready.push({ chain, trail })
      }
      await otherWork()
    } while (this.#after !== undefined && ready.length < chainsPerRun)
    return ready
  }

  /** Brings the chains in line with the trails that changed. */
  async #reconcile(): Promise<void> {
    const { store } = this.#options
    const trails: Trail[] = []
    for await (const page of everyPage(trailsPerPage, request => store.reader.trails.listAll(request)))
      trails.push(...page)
    this.#trails.clear()
    for (const trail of trails) this.#trails.set(trail.trailId, trail)
    for (const id of this.#reconciled.keys()) if (!this.#trails.has(id)) this.#reconciled.delete(id)
    for (const trail of trails) {
      const state = JSON.stringify(trail)
      if (this.#reconciled.get(trail.trailId) === state) continue
      const isAll = await reconcileTrail(this.#options, trail, time => this.#locate(time))
      if (isAll) this.#reconciled.set(trail.trailId, state)
    }
  }

  /** Puts the object whose put was begun before. Returns the chain if nothing is pending then. */
  async #repeatPending(item: Chained): Promise<TrailChain | undefined> {
    const { chain } = item
    const { pending } = chain
    if (pending === undefined) return chain
    this.#scanned.delete(keyOf(chain))
    // The records of a log file whose put was begun before the log was replaced are gone.
    if (pending.kind === 'log' && pending.to[0]?.stream !== this.#options.log.position.stream)
      return await changeChain(this.#options.store, chain, current => ({ ...current, pending: undefined }))
    return pending.kind === 'log'
      ? await repeatLogFile(this.#options, this.#outlet, item, pending)
      : await finishDigest(this.#options, this.#keys, item, pending)
  }

  async #deliverFiles(place: LogPosition, group: readonly Chained[]): Promise<readonly Chained[]> {
    const { clock, fileIntervalMillis } = this.#options
    return await deliverLogFiles(this.#options, this.#outlet, place, group, (chain, passed) => {
      if (passed === undefined) this.#scanned.delete(keyOf(chain))
      else this.#scanned.set(keyOf(chain), { place: passed, nextAt: clock.now() + fileIntervalMillis })
    })
  }

  /** Delivers the digests of a chain whose log files are delivered, and ends it if its time has come. Returns whether it ended. */
  async #settle(item: Chained): Promise<boolean> {
    const { store, clock } = this.#options
    const scanned = this.#scanned.get(keyOf(item.chain))?.place
    const isEnding = item.chain.endsAt !== undefined && item.chain.endsAt <= clock.now()
    const chain = await deliverDigests(this.#options, this.#keys, item, scanned)
    // A chain that begins again has a place of its own. The records between the two are not the trail's.
    if (isEnding) this.#scanned.delete(keyOf(item.chain))
    if (isEnding && chain !== undefined && isActive(chain) && chain.digest === undefined)
      await changeChain(store, chain, current =>
        current.deletedTrail === undefined ? { ...current, ...ended } : 'delete',
      )
    return isEnding
  }

  /** Whether something of a chain is due. A chain without records is in the store as it was before them. */
  #isDue(chain: TrailChain, now: Millis): boolean {
    const nextAt = this.#scanned.get(keyOf(chain))?.nextAt ?? 0
    const { digest, endsAt, pending } = chain
    return (
      pending !== undefined ||
      nextAt <= now ||
      (digest?.dueAt ?? now + 1) <= now ||
      (endsAt ?? now + 1) <= now
    )
  }

  /** Chains that are at the same place of the log are served by one reading of it. */
  #byPlace(items: readonly Chained[]): Iterable<readonly [LogPosition, readonly Chained[]]> {
    const { stream } = this.#options.log.position
    const groups = new Map<string, [LogPosition, Chained[]]>()
    for (const item of items.filter(({ chain }) => isActive(chain))) {
      const place = this.#scanned.get(keyOf(item.chain))?.place ?? placeInStream(item.chain.cursors, stream)
      if (place === undefined) continue
      const key = `${place.file} ${place.offset}`
      const group = groups.get(key) ?? [place, []]
      group[1].push(item)
      groups.set(key, group)
    }
    return groups.values()
  }

  /** Remembers the end of the log, as a place from before later calls. */
  #noteEnd(): void {
    const { log, clock } = this.#options
    this.#noted.push({ at: clock.now(), place: log.position })
    if (this.#noted.length > notedMax) this.#noted.shift()
  }

  async #locate(time: Millis): Promise<LogPosition> {
    const from = this.#noted.findLast(({ at }) => at < time - 1000)?.place
    return await this.#outlet.locate({ time, from, to: this.#options.log.position })
  }

  /** A failure of one chain must not hold up the others. */
  async #guarded<T>({ chain }: Chained, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      this.#options.onFailure(error, { trail: chain.trailArn, region: chain.region })
      return undefined
    }
  }
}
