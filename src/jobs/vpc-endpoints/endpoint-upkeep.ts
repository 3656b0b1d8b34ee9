import { isDeepStrictEqual } from 'node:util'
import {
  type ClosedAddress,
  type EndpointDoors,
  type VpcEndpoint,
  vpcEndpointArn,
} from '../../domain/index.ts'
import type { Change, Store } from '../../store/index.ts'

/** The time between two looks at all endpoints, in milliseconds. */
const lookMillis = 5000
/** The wait before an endpoint with a fault is tried again, in milliseconds. It doubles with each fault in a row. */
const firstRetryMillis = 1000

/** Everything that the upkeep of endpoints needs. */
export interface EndpointUpkeepOptions {
  readonly store: Store
  readonly doors: EndpointDoors
  /** Receives an endpoint once it became available, once it failed, and once the reason of its failure changed. */
  readonly onOutcome: (endpoint: VpcEndpoint, closed: ClosedAddress | undefined) => void
  /** Receives every fault. An address that does not accept is none: it is in the state of its endpoint. */
  readonly onFault: (error: unknown) => void
}

/** The work on one endpoint. */
interface Work {
  /** The endpoint as it was when it was last seen. Its row may be a different one by now, or gone. */
  endpoint: VpcEndpoint
  /** Whether the endpoint must be looked at again. */
  isStale: boolean
  /** The endpoint that the work itself wrote or deleted last. That change must not wake the work. */
  written: VpcEndpoint | undefined
  running: Promise<void> | undefined
  /** The number of faults in a row. */
  faults: number
  retry: NodeJS.Timeout | undefined
}

/**
 * Keeps the listeners of VPC endpoints as the rows of the endpoints say, and the states of the endpoints as the listeners are. A
 * `pending` endpoint becomes `available` if all of its addresses accept, and `failed` otherwise; both change into each other when an
 * address is lost or returns. A `deleting` endpoint is closed, and then its row is deleted. The upkeep looks at an endpoint when it
 * changes, and at all of them at the start and every five seconds, because machines lose addresses and the server may have ended between
 * a row and its listener. Each endpoint has a run of its own, and no transaction waits for a listener.
 */
export class EndpointUpkeep {
  readonly #options: EndpointUpkeepOptions
  /** The work under way and the work with a fault, by the ARN of the endpoint. */
  readonly #works = new Map<string, Work>()
  #timer: NodeJS.Timeout | undefined
  #listing: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: EndpointUpkeepOptions) {
    this.#options = options
  }

  /** Resolves when every endpoint was looked at once, whatever came of it. Must be called once. */
  async start(): Promise<void> {
    this.#options.store.subscribe(change => this.#onChange(change))
    this.#lookAtAll()
    await this.#listing
    await this.#runs()
    if (this.#isClosed) return
    this.#timer = setInterval(() => this.#lookAtAll(), lookMillis)
    this.#timer.unref()
  }

  /** Waits for the runs in progress, and begins no other. The listeners stay as they are. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    for (const { retry } of this.#works.values()) clearTimeout(retry)
    await this.#listing
    await this.#runs()
  }

  async #runs(): Promise<void> {
    await Promise.all(Array.from(this.#works.values(), ({ running }) => running))
  }

  #lookAtAll(): void {
    this.#listing = this.#wakeAll()
  }

  /** Never rejects: the next look is a new chance. */
  async #wakeAll(): Promise<void> {
    try {
      for (const endpoint of await this.#options.store.reader.vpcEndpoints.listAll()) this.#wake(endpoint)
    } catch (error) {
      this.#options.onFault(error)
    }
  }

  #onChange(change: Change): void {
    if (change.type !== 'vpcEndpoint') return
    if (this.#works.get(nameOf(change.endpoint))?.written !== change.endpoint) this.#wake(change.endpoint)
  }

  #wake(endpoint: VpcEndpoint): void {
    if (this.#isClosed) return
    const work = this.#works.get(nameOf(endpoint)) ?? newWork(endpoint)
    this.#works.set(nameOf(endpoint), work)
    work.endpoint = endpoint
    work.isStale = true
    clearTimeout(work.retry)
    // The run begins after the commit that woke it has been reported to all.
    work.running ??= Promise.resolve().then(() => this.#run(work))
  }

  async #run(work: Work): Promise<void> {
    try {
      while (work.isStale && !this.#isClosed) {
        work.isStale = false
        await this.#step(work)
      }
      this.#works.delete(nameOf(work.endpoint))
    } catch (error) {
      work.running = undefined
      work.faults++
      this.#options.onFault(error)
      this.#retryLater(work)
    }
  }

  /** Looks at an endpoint once. */
  async #step(work: Work): Promise<void> {
    const { store, doors } = this.#options
    const { vpcEndpointId } = work.endpoint
    const endpoint = await store.reader.vpcEndpoints.find(work.endpoint, vpcEndpointId)
    // The doors may have the policy of a change that came after this read. They must not get an older one.
    if (work.isStale) return
    if (endpoint === undefined) return await doors.close(work.endpoint)
    if (endpoint.state === 'deleting') {
      await doors.close(endpoint)
      await this.#change(work, endpoint, 'gone')
      return
    }
    const [closed] = await doors.follow(endpoint)
    const followed = afterFollow(endpoint, closed)
    if (isDeepStrictEqual(followed, endpoint)) return
    if (await this.#change(work, endpoint, followed)) this.#options.onOutcome(followed, closed)
  }

  /**
   * Writes an endpoint or deletes its row, unless the row has changed: then the change has woken the work again. Resolves with whether it
   * did.
   */
  async #change(work: Work, seen: VpcEndpoint, changed: VpcEndpoint | 'gone'): Promise<boolean> {
    work.written = changed === 'gone' ? seen : changed
    return await this.#options.store.write(async ({ vpcEndpoints }) => {
      if (!isDeepStrictEqual(await vpcEndpoints.find(seen, seen.vpcEndpointId), seen)) return false
      if (changed === 'gone') await vpcEndpoints.delete(seen)
      else await vpcEndpoints.update(changed)
      return true
    })
  }

  #retryLater(work: Work): void {
    if (this.#isClosed) return
    const millis = Math.min(firstRetryMillis * 2 ** (work.faults - 1), lookMillis)
    work.retry = setTimeout(() => this.#wake(work.endpoint), millis)
    work.retry.unref()
  }
}

const nameOf = (endpoint: VpcEndpoint): string => vpcEndpointArn(endpoint, endpoint.vpcEndpointId)

const newWork = (endpoint: VpcEndpoint): Work => ({
  ...{ endpoint, isStale: true, written: undefined, running: undefined, faults: 0, retry: undefined },
})

/** Returns an endpoint as it is when this is the first of its addresses that do not accept, or when all accept. */
function afterFollow(endpoint: VpcEndpoint, closed: ClosedAddress | undefined): VpcEndpoint {
  if (closed === undefined) return { ...endpoint, state: 'available', lastError: undefined }
  return { ...endpoint, state: 'failed', lastError: { code: closed.code, message: closed.message } }
}
