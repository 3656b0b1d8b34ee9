import { Worker } from 'node:worker_threads'
import { type Metric, threadEnvironment } from '../../std/index.ts'
import type { SealedChain } from '../chain/block-line.ts'
import { Chain } from '../chain/chain.ts'
import type { FilePlace } from '../log/log-position.ts'
import { LogTail } from '../log/log-tail.ts'
import type { WrittenBatch } from '../log/written-batch.ts'
import type { FollowerRequests, FollowerStart, FromFollower, ToFollower } from './follower-worker.ts'
import { IndexLag } from './index-lag.ts'

/**
 * A thread takes 12 MiB. So a log that grows by less than `hereSizeMaxBytes` in `stepMillis` is followed on the thread that
 * writes it, which takes a fraction of a millisecond.
 */
const stepMillis = 1000
const hereSizeMaxBytes = 256 * 1024
/** The thread hears of the writes of this time in one message, because each message wakes it. */
const collectMillis = 100
const resourceLimits = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 }

/** The settings of a `Follower`. */
export interface FollowerOptions extends FollowerStart {
  /** Gets the chain up to each block that is sealed, or up to the newest of several. */
  readonly onSealed: (chain: SealedChain) => void
  /** Gets the cause when the thread ended. It is started again. */
  readonly onFailure: (error: unknown) => void
}

interface Pending {
  resolve(answer: unknown): void
  reject(error: Error): void
}

/**
 * Follows the log: reads from its files what is written, and computes the chain of the blocks. No call waits for it. A thread
 * of its own starts when there is much to do, or when it is asked. To hand the bytes over would cost the thread that answers
 * more than the reading costs: 0.7 µs a record.
 */
export class Follower {
  readonly #options: FollowerOptions
  readonly #pending = new Map<number, Pending>()
  readonly #indexLag = new IndexLag()
  #worker: Worker | undefined
  #sealed: SealedChain
  /** The end of what was fed. */
  #fed: FilePlace | undefined
  #flushing: NodeJS.Timeout | undefined
  #stepping: NodeJS.Timeout | undefined
  /** The log as this thread follows it. */
  #here: LogTail | undefined
  #following: Promise<void> = Promise.resolve()
  #notFollowedSizeBytes = 0
  #lastId = 0
  #isClosed = false

  private constructor(options: FollowerOptions) {
    this.#options = options
    this.#sealed = options.sealed
  }

  /** Opens the follower of a log. The thread starts later. */
  static open(options: FollowerOptions): Follower {
    return new Follower(options)
  }

  /** Returns the metrics of the index, which only the thread has. */
  metrics(): Metric[] {
    return this.#indexLag.metrics()
  }

  /** Notes a write to the log. */
  feed({ file, offset, bytes }: WrittenBatch): void {
    this.#fed = { file, offset: offset + bytes.length }
    this.#indexLag.wrote(bytes.length)
    if (this.#isClosed) return
    if (this.#worker !== undefined) {
      this.#flushing ??= setTimeout(() => this.#flush(), collectMillis).unref()
      return
    }
    this.#notFollowedSizeBytes += bytes.length
    if (this.#notFollowedSizeBytes > hereSizeMaxBytes) this.#start()
    else this.#stepLater()
  }

  /** Asks the thread, which answers when it has consumed everything that was fed so far. */
  ask<N extends keyof FollowerRequests>(
    name: N,
    input: FollowerRequests[N]['input'],
  ): Promise<FollowerRequests[N]['answer']> {
    if (this.#isClosed) return Promise.reject(new Error('the follower of the audit log is closed'))
    const worker = this.#worker ?? this.#start()
    this.#flush()
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      this.#pending.set(id, { resolve: resolve as Pending['resolve'], reject })
      worker.ref()
      worker.postMessage({ kind: 'request', id, name, input } satisfies ToFollower)
    })
  }

  /** Resolves when everything that was fed so far is in the chain. */
  async drain(): Promise<void> {
    if (this.#worker !== undefined) await this.ask('drain', undefined)
    else await this.#step()
  }

  /** Ends the thread. The next start follows the rest. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#stepping)
    clearTimeout(this.#flushing)
    const worker = this.#worker
    this.#lose(worker, 'the follower of the audit log is closed')
    await worker?.terminate()
    await this.#following
    this.#leaveHere()
  }

  /** Follows the log on this thread, up to what was fed. */
  #step(): Promise<void> {
    clearTimeout(this.#stepping)
    this.#stepping = undefined
    this.#notFollowedSizeBytes = 0
    const to = this.#fed
    if (to === undefined || this.#worker !== undefined) return this.#following
    this.#here ??= this.#tailHere()
    const here = this.#here
    this.#following = this.#following
      .then(() => here.catchUp(to))
      .catch(error => {
        this.#leaveHere()
        this.#options.onFailure(error)
      })
    return this.#following
  }

  #leaveHere(): void {
    this.#here?.close()
    this.#here = undefined
  }

  #tailHere(): LogTail {
    const chain = new Chain(this.#sealed)
    return new LogTail({ ...this.#options, sealed: this.#sealed }, ({ bytes }) => {
      const sealed = chain.add(bytes).at(-1)
      if (sealed !== undefined) this.#note(sealed)
    })
  }

  #stepLater(): void {
    this.#stepping ??= setTimeout(() => void this.#step(), stepMillis).unref()
  }

  #start(): Worker {
    clearTimeout(this.#stepping)
    this.#stepping = undefined
    // A step that is under way goes on, and its seals are as good as those of the thread.
    void this.#following.then(() => this.#leaveHere())
    const { directory, stream, indexDirectory } = this.#options
    const workerData: FollowerStart = { directory, stream, indexDirectory, sealed: this.#sealed }
    // The thread does not get the flags of the process: some, such as --input-type, are not allowed for a file.
    const url = new URL('./follower-worker.ts', import.meta.url)
    const worker = new Worker(url, { execArgv: [], env: threadEnvironment(), workerData, resourceLimits })
    worker.on('message', (message: FromFollower) => this.#take(worker, message))
    worker.on('error', error => this.#fail(worker, error))
    worker.on('exit', code => this.#fail(worker, new Error(`the thread ended with ${code}`)))
    worker.unref()
    this.#worker = worker
    this.#notFollowedSizeBytes = 0
    this.#indexLag.begin()
    this.#postFed()
    return worker
  }

  #take(worker: Worker, message: FromFollower): void {
    if (worker !== this.#worker) return
    if (message.kind === 'sealed') this.#note(message.chain)
    else if (message.kind === 'indexed') this.#indexLag.reported(message)
    else if (message.kind === 'problem') this.#options.onFailure(new Error(message.problem))
    else {
      const pending = this.#pending.get(message.id)
      this.#pending.delete(message.id)
      if (this.#pending.size === 0) worker.unref()
      if (message.kind === 'answer') pending?.resolve(message.answer)
      else pending?.reject(new Error(message.problem))
    }
  }

  #note(chain: SealedChain): void {
    if (chain.sealed <= this.#sealed.sealed) return
    this.#sealed = chain
    this.#options.onSealed(chain)
  }

  #fail(worker: Worker, error: unknown): void {
    if (worker !== this.#worker) return
    this.#lose(worker, 'the thread behind the audit log ended')
    this.#options.onFailure(error)
    this.#stepLater()
  }

  #lose(worker: Worker | undefined, why: string): void {
    if (worker !== this.#worker) return
    this.#worker = undefined
    this.#indexLag.end()
    for (const { reject } of this.#pending.values()) reject(new Error(why))
    this.#pending.clear()
  }

  #flush(): void {
    clearTimeout(this.#flushing)
    this.#flushing = undefined
    this.#postFed()
  }

  #postFed(): void {
    if (this.#worker === undefined || this.#fed === undefined) return
    const writtenBytes = this.#indexLag.messaged()
    this.#worker.postMessage({ kind: 'upTo', to: this.#fed, writtenBytes } satisfies ToFollower)
  }
}
