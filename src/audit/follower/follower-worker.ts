import { Buffer } from 'node:buffer'
import { flushCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock, yieldToRequests } from '../../std/index.ts'
import { Chain } from '../chain/chain.ts'
import { Indexer } from '../index/indexer.ts'
import type { WrittenBatch } from '../log/written-batch.ts'
import type { FollowerRequests, FollowerStart, FromFollower, ToFollower } from './follower-messages.ts'
import { LogTail } from './log-tail.ts'

/** The other side of the follower. It runs in its own thread, and gets everything that is written to the log. */

type Handlers = {
  readonly [N in keyof FollowerRequests]: (
    input: FollowerRequests[N]['input'],
  ) => Promise<FollowerRequests[N]['answer']>
}

const start = workerData as FollowerStart
const chain = new Chain(start.stream, start.sealed)
const tail = new LogTail(start, consume)

/** The index; undefined if there is none. */
const indexer = start.indexDirectory === undefined ? undefined : openIndex(start.indexDirectory)

const handlers: Handlers = {
  drain: () => Promise.resolve(undefined),
  lookup(query) {
    if (indexer === undefined) return Promise.reject(new Error('the log has no index'))
    return indexer.lookup(query)
  },
}

function openIndex(indexDirectory: string): Indexer {
  return Indexer.open({
    ...{ logDirectory: start.directory, indexDirectory, clock: systemClock },
    onProblem: error => send({ kind: 'problem', problem: String(error) }),
  })
}

/** Each message waits for the one before it. A failure here ends the thread, and the main thread starts a new one. */
let working: Promise<void> = Promise.resolve()

yieldToRequests()
// A process that is killed writes nothing, and the next thread would compile all again.
flushCompileCache()
parentPort?.on('message', (message: ToFollower) => {
  working = working.then(() => take(message))
})

function consume(batch: WrittenBatch): void {
  const seal = chain.add(batch).at(-1)
  if (seal !== undefined) send({ kind: 'sealed', seal })
  indexer?.add(batch)
}

async function take(message: ToFollower): Promise<void> {
  if (message.kind === 'upTo') {
    await tail.catchUp(message.to)
  } else if (message.kind === 'batch') {
    const { file, offset, bytes } = message
    await tail.add({ file, offset, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) })
    send({ kind: 'consumed', sizeBytes: bytes.length })
  } else {
    // An answer may take long, and the log goes on meanwhile.
    void answer(message.id, message.name, message.input)
  }
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
