import { Worker } from 'node:worker_threads'
import type { LogPosition } from '../../audit/index.ts'
import { threadEnvironment } from '../../std/index.ts'
import type { Gathered, GatherRequest } from './gather.ts'
import type { LocateRequest } from './locate.ts'
import type { OutletReply, OutletRequest } from './outlet-worker.ts'

/** A thread without work ends after this time: a server with trails needs it for a moment every few minutes. */
const idleMillis = 10_000

interface Waiting {
  readonly resolve: (reply: OutletReply) => void
  readonly reject: (error: Error) => void
}

/**
 * Reads the audit log for trails, and compresses their files, in a thread of its own, so that neither the thread that
 * answers nor the pool that writes the log has this work.
 */
export class Outlet {
  readonly #directory: string
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #lastId = 0

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Makes the log files of trails from a part of the audit log. */
  async gather(request: Omit<GatherRequest, 'task'>): Promise<Gathered> {
    const { gathered } = await this.#ask({ task: 'gather', ...request })
    if (gathered === undefined) throw new Error('the reply has no files')
    return gathered
  }

  /** Finds the place in the audit log where the records of a time begin. */
  async locate(request: Omit<LocateRequest, 'task'>): Promise<LogPosition> {
    const { place } = await this.#ask({ task: 'locate', ...request })
    if (place === undefined) throw new Error('the reply has no place')
    return place
  }

  /** Ends the thread. Work under way rejects. */
  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#lose(worker, 'the server stops')
    await worker?.terminate()
  }

  #ask(request: GatherRequest | LocateRequest): Promise<OutletReply> {
    clearTimeout(this.#idle)
    this.#worker ??= this.#start()
    const id = ++this.#lastId
    const { promise, resolve, reject } = Promise.withResolvers<OutletReply>()
    this.#waiting.set(id, { resolve, reject })
    this.#worker.ref()
    this.#worker.postMessage({ id, ...request } satisfies OutletRequest)
    return promise
  }

  #start(): Worker {
    const worker = new Worker(new URL('./outlet-worker.ts', import.meta.url), {
      execArgv: [],
      env: threadEnvironment(),
      workerData: this.#directory,
    })
    worker.on('message', (reply: OutletReply) => this.#finish(worker, reply))
    worker.on('error', cause => this.#lose(worker, `the thread failed: ${(cause as Error).message}`))
    worker.on('exit', () => this.#lose(worker, 'the thread ended'))
    return worker
  }

  #finish(worker: Worker, reply: OutletReply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (this.#waiting.size === 0) {
      worker.unref()
      this.#idle = setTimeout(() => {
        this.#lose(worker, 'the thread is idle')
        void worker.terminate()
      }, idleMillis).unref()
    }
    if (reply.problem === undefined) waiting?.resolve(reply)
    else waiting?.reject(new Error(`the audit log cannot be read: ${reply.problem}`))
  }

  /** Forgets a thread, so that the next task starts a new one. */
  #lose(worker: Worker | undefined, why: string): void {
    if (worker === undefined || worker !== this.#worker) return
    this.#worker = undefined
    for (const { reject } of this.#waiting.values()) reject(new Error(`the audit log cannot be read: ${why}`))
    this.#waiting.clear()
  }
}
