import { flushCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock, yieldToRequests } from '../../std/index.ts'
import type { SealedChain } from '../chain/block-line.ts'
import { Chain } from '../chain/chain.ts'
import type { EventPage, EventQuery } from '../index/event-query.ts'
import { Indexer } from '../index/indexer.ts'
import type { FilePlace } from '../log/log-position.ts'
import { LogTail, type TailStart } from '../log/log-tail.ts'
import type { WrittenBatch } from '../log/written-batch.ts'

/**
 * The other side of the follower. It runs in its own thread, and reads everything that is written to the log. Other files
 * import only its types.
 */

/** The requests that the thread answers: the input and the answer of each, by its name. */
export interface FollowerRequests {
  /** Resolves when everything that was sent before is consumed. */
  drain: { readonly input: undefined; readonly answer: undefined }
  /** Finds records by the index of the log. */
  lookup: { readonly input: EventQuery; readonly answer: EventPage }
}

/** The data that the thread starts with. */
export interface FollowerStart extends TailStart {
  /** Where the index of the log is; there is none if absent. */
  readonly indexDirectory?: string | undefined
}

/** A message to the thread. */
export type ToFollower =
  | {
      readonly kind: 'upTo'
      readonly to: FilePlace
      /** The size of everything that was written up to there since the start. */
      readonly writtenBytes: number
    }
  | {
      readonly kind: 'request'
      readonly id: number
      readonly name: keyof FollowerRequests
      readonly input: unknown
    }

/** A message from the thread. */
export type FromFollower =
  | { readonly kind: 'sealed'; readonly chain: SealedChain }
  /** The index knows of the log up to a message, and lacks this much of it. */
  | { readonly kind: 'indexed'; readonly writtenBytes: number; readonly missingBytes: number }
  /** The index has a problem, from which it recovers by itself. */
  | { readonly kind: 'problem'; readonly problem: string }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly problem: string }

type Handlers = {
  readonly [N in keyof FollowerRequests]: (
    input: FollowerRequests[N]['input'],
  ) => Promise<FollowerRequests[N]['answer']>
}

/** How often the thread reports an index that is being completed. */
const reportMillis = 1000

const start = workerData as FollowerStart
const chain = new Chain(start.sealed)
const tail = new LogTail(start, consume)

/** The index; undefined if there is none. */
const { indexDirectory } = start
const indexer = indexDirectory === undefined ? undefined : openIndex(indexDirectory)

const handlers: Handlers = {
  drain: () => Promise.resolve(undefined),
  lookup(query) {
    if (indexer === undefined) return Promise.reject(new Error('the log has no index'))
    return indexer.lookup(query)
  },
}

/** The chain goes on without an index that cannot be opened. */
function openIndex(indexDirectory: string): Indexer | undefined {
  const onProblem = (error: unknown) => send({ kind: 'problem', problem: String(error) })
  try {
    return Indexer.open({ logDirectory: start.directory, indexDirectory, clock: systemClock, onProblem })
  } catch (error) {
    onProblem(error)
    return undefined
  }
}

/** The last place that the index knows of, as its message has it. */
let writtenBytes = 0
let reporting: NodeJS.Timeout | undefined

/** Each message waits for the one before it. A failure here ends the thread, and the main thread starts a new one. */
let working: Promise<void> = Promise.resolve()

yieldToRequests()
// A process that is killed writes nothing, and the next thread would compile all again.
flushCompileCache()
parentPort?.on('message', (message: ToFollower) => {
  working = working.then(() => take(message))
})

function consume(batch: WrittenBatch): void {
  const sealed = chain.add(batch.bytes).at(-1)
  if (sealed !== undefined) send({ kind: 'sealed', chain: sealed })
  indexer?.add(batch)
}

async function take(message: ToFollower): Promise<void> {
  if (message.kind === 'upTo') {
    await tail.catchUp(message.to)
    writtenBytes = message.writtenBytes
  } else {
    // An answer may take long, and the log goes on meanwhile.
    void answer(message.id, message.name, message.input)
  }
  if (reporting === undefined) report()
}

function report(): void {
  reporting = undefined
  if (indexer === undefined) return
  const missingBytes = indexer.missingBytes()
  send({ kind: 'indexed', writtenBytes, missingBytes })
  // The index goes on in the background.
  if (missingBytes > 0) reporting = setTimeout(report, reportMillis).unref()
}

async function answer(id: number, name: keyof FollowerRequests, input: unknown): Promise<void> {
  try {
    const handler = handlers[name] as (input: unknown) => Promise<unknown>
    send({ kind: 'answer', id, answer: await handler(input) })
  } catch (error) {
    send({ kind: 'failed', id, problem: error instanceof Error ? error.message : String(error) })
  }
}

function send(message: FromFollower): void {
  parentPort?.postMessage(message)
}
