import type { KeyObject } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { copySecret, threadEnvironment } from '../../std/index.ts'
import { FairQueue } from '../queues/fair-queue.ts'
import type { Requester } from '../requester.ts'
import type { SlowReply, SlowRequest, SlowResult, SlowTasks } from './slow-lane-worker.ts'

/** The result of a task, whose bytes come back as a Buffer. */
type Answer<T> = T extends Uint8Array ? Buffer : T
/** The result of a task by its name. */
export type ResultOf<T extends keyof SlowTasks> = Answer<ReturnType<SlowTasks[T]>>

/** The key and the bytes that a task gets. */
export type InputsOf<T> = T extends (key: infer Key, ...inputs: infer Inputs extends Uint8Array[]) => unknown
  ? [key: Key, ...inputs: Inputs]
  : never

interface Pending {
  readonly task: string
  resolve(result: unknown): void
  reject(error: Error): void
}

/**
 * These tasks make numbers and texts of a private key from outside, which JavaScript cannot wipe. The thread ends after the
 * task, and its whole heap goes back to the system.
 */
const spendsThread: { readonly [task: string]: boolean } = { checkPrivateKey: true } satisfies Partial<
  Record<keyof SlowTasks, boolean>
>

/** A thread and its tasks. */
interface Thread {
  readonly worker: Worker
  readonly pending: Map<number, Pending>
  /** Runs while something is pending. Each reply starts it again. */
  watchdog?: NodeJS.Timeout | undefined
}

/** The settings of a `SlowLane`. */
interface SlowLaneOptions {
  readonly threadsMax?: number
  readonly silenceMillisMax?: number
  /** One task runs; a second one is at hand when it ends. A long task should have none behind it that cannot change threads. */
  readonly tasksPerThread?: number
  /** The most tasks of one account that wait. */
  readonly waitingMax?: number
}

/** A task of microseconds or milliseconds never takes this long, even on a machine that has little time for this priority. */
const silenceMillisMax = 60_000

/**
 * Threads for tasks that cost a tenth of a millisecond or more, and for tasks that Node cannot run in libuv's pool. They have
 * a lower priority than the threads that answer requests and sync the audit log, if the system has priorities of threads. All
 * lanes together should leave a processor free, since the system does not take a busy one from its thread at once. A thread
 * starts when all others are busy, never keeps the process alive when it is idle, and loads the modules that only these tasks
 * need, so the server starts without them. A thread that does not reply for too long is ended, so that a task without an end
 * costs no more than itself. Tasks wait in a queue that is fair between accounts: a thread gets no more of them than keep
 * it busy.
 */
export class SlowLane {
  readonly #threadsMax: number
  readonly #silenceMillisMax: number
  readonly #queue: FairQueue
  readonly #threads = new Set<Thread>()
  #isClosed = false
  #lastId = 0

  constructor({
    threadsMax = Math.max(1, availableParallelism() - 1),
    silenceMillisMax: silenceMax = silenceMillisMax,
    tasksPerThread = 2,
    waitingMax = 1000,
  }: SlowLaneOptions = {}) {
    this.#threadsMax = threadsMax
    this.#silenceMillisMax = silenceMax
    this.#queue = new FairQueue({ runningMax: threadsMax * tasksPerThread, waitingMax })
  }

  /** As those of its queue. */
  get figures(): FairQueue['figures'] {
    return this.#queue.figures
  }

  /** As `runFor`, for the server itself. */
  run<T extends keyof SlowTasks>(task: T, ...inputs: InputsOf<SlowTasks[T]>): Promise<ResultOf<T>> {
    return this.runFor(undefined, task, ...inputs)
  }

  /**
   * Runs a task of the worker's table. Rejects if the task throws, or if the thread dies or is silent for too long, and with
   * the errors of `FairQueue.run`.
   */
  runFor<T extends keyof SlowTasks>(
    requester: Requester | undefined,
    task: T,
    ...inputs: InputsOf<SlowTasks[T]>
  ): Promise<ResultOf<T>> {
    return this.#queue.run(requester, () => this.#post(task, ...inputs))
  }

  #post<T extends keyof SlowTasks>(
    task: T,
    ...[key, ...inputs]: InputsOf<SlowTasks[T]>
  ): Promise<ResultOf<T>> {
    if (this.#isClosed) return Promise.reject(closed())
    return new Promise((resolve, reject) => {
      const thread = this.#freestThread()
      const { worker, pending } = thread
      const id = ++this.#lastId
      pending.set(id, { task, resolve: resolve as Pending['resolve'], reject })
      worker.ref()
      if (thread.watchdog === undefined) this.#watch(thread)
      // These are copies: a Buffer is cut from a pool, and the whole pool would move to the thread.
      const own = inputs.map(copySecret)
      const request: SlowRequest = { id, task, key, inputs: own }
      worker.postMessage(
        request,
        own.map(input => input.buffer),
      )
    })
  }

  /** Ends the threads. Rejects the tasks under way. */
  close(): void {
    this.#isClosed = true
    this.#queue.close(closed())
    for (const thread of this.#threads) this.#end(thread, 'the HSM was closed')
  }

  #end(thread: Thread, why: string): void {
    this.#lose(thread, why)
    void thread.worker.terminate()
  }

  #freestThread(): Thread {
    let freest: Thread | undefined
    for (const thread of this.#threads) {
      if (freest === undefined || thread.pending.size < freest.pending.size) freest = thread
    }
    const isBusy = freest === undefined || freest.pending.size > 0
    return freest === undefined || (isBusy && this.#threads.size < this.#threadsMax) ? this.#start() : freest
  }

  #start(): Thread {
    // The thread does not get the flags of the process: some, such as --input-type, are not allowed for a file.
    const url = new URL('./slow-lane-worker.ts', import.meta.url)
    const worker = new Worker(url, { execArgv: [], env: threadEnvironment() })
    const thread: Thread = { worker, pending: new Map() }
    worker.on('message', (reply: SlowReply) => this.#finish(thread, reply))
    worker.on('error', cause => this.#lose(thread, 'its thread failed', cause))
    worker.on('exit', () => this.#lose(thread, 'its thread ended'))
    this.#threads.add(thread)
    return thread
  }

  #finish(thread: Thread, { id, result, problem }: SlowReply): void {
    const { pending } = thread
    const waiting = pending.get(id)
    if (waiting === undefined) return
    pending.delete(id)
    if (pending.size > 0) this.#watch(thread)
    else if (spendsThread[waiting.task] === true) this.#end(thread, 'its thread is spent')
    else rest(thread)
    if (problem !== undefined) waiting.reject(new Error(`${waiting.task} failed: ${problem}`))
    else waiting.resolve(toAnswer(result))
  }

  #watch(thread: Thread): void {
    clearTimeout(thread.watchdog)
    const giveUp = () => this.#end(thread, 'its thread is silent')
    thread.watchdog = setTimeout(giveUp, this.#silenceMillisMax).unref()
  }

  /** Forgets a thread, so that a later task starts a new one. */
  #lose(thread: Thread, why: string, cause?: unknown): void {
    if (!this.#threads.delete(thread)) return
    for (const { task, reject } of thread.pending.values())
      reject(new Error(`${task} failed: ${why}`, { cause }))
    thread.pending.clear()
    rest(thread)
  }
}

const closed = () => new Error('the HSM is closed')

function rest(thread: Thread): void {
  clearTimeout(thread.watchdog)
  thread.watchdog = undefined
  thread.worker.unref()
}

function toAnswer(result: SlowResult): KeyObject | Buffer | boolean | undefined {
  return result instanceof Uint8Array
    ? Buffer.from(result.buffer, result.byteOffset, result.byteLength)
    : result
}
