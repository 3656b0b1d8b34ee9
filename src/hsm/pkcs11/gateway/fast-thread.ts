import { readSync, writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { newSecret } from '../../../std/index.ts'
import { loadBinding } from '../binding.ts'
import { result } from '../constants.ts'
import { Cryptoki } from '../cryptoki.ts'
import { CryptokiError } from '../cryptoki-calls.ts'
import { tagBytes } from '../gcm.ts'
import { decryptionProblem } from '../token-answers.ts'
import {
  answerHeadBytes,
  answerIvAt,
  fastBytesMax,
  type ReadRequest,
  readRequest,
  writeAnswerHead,
} from './fast-frames.ts'
import { problemOf, type TokenWork } from './open-token.ts'

// A thread of the process of a token, with a session of its own: threads that share one crash SoftHSM2. It reads and writes its pipe without an event
// loop, because a thread in native code waits anyway.

/** How a thread starts. */
export interface FastThreadOptions {
  readonly library: string
  readonly slot: bigint
  /** The file descriptor of its channel. */
  readonly descriptor: number
}

/** The first message of a thread. */
export interface FastThreadStart {
  /** Why there is no session. */
  readonly problem?: string
}

/** Room for the message that is read and the next ones. */
const requests = newSecret(2 * fastBytesMax)
const answers = newSecret(2 * fastBytesMax)

async function start(): Promise<void> {
  const { library, slot, descriptor } = workerData as FastThreadOptions
  let work: TokenWork
  try {
    const cryptoki = Cryptoki.attach(await loadBinding(), library)
    work = { cryptoki, slot, session: cryptoki.openSession(slot) }
  } catch (error) {
    parentPort?.postMessage({ problem: (error as Error).message } satisfies FastThreadStart)
    return
  }
  parentPort?.postMessage({} satisfies FastThreadStart)
  serve(work, descriptor)
}

/** Answers until the server closes the channel. */
function serve(work: TokenWork, descriptor: number): void {
  let filled = 0
  for (;;) {
    const size = readSync(descriptor, requests, filled, requests.length - filled, null)
    if (size === 0) return
    filled += size
    const done = answerAll(work, requests.subarray(0, filled), descriptor)
    requests.copyWithin(0, done, filled)
    requests.fill(0, filled - done, filled)
    filled -= done
  }
}

/** Answers the requests that are whole; returns their size. */
function answerAll(work: TokenWork, bytes: Buffer, descriptor: number): number {
  let [read, written] = [0, 0]
  for (;;) {
    const request = readRequest(bytes.subarray(read))
    if (request === undefined) break
    const room = answerHeadBytes + Math.max(request.input.length, request.sizeBytes) + 2 * tagBytes
    if (written + Math.max(room, problemBytesMax) > answers.length) written = flush(written, descriptor)
    written += answer(work, request, answers.subarray(written))
    read += request.end
  }
  flush(written, descriptor)
  return read
}

function flush(size: number, descriptor: number): 0 {
  for (let at = 0; at < size; ) at += writeSync(descriptor, answers, at, size - at)
  answers.fill(0, 0, size)
  return 0
}

/** Writes an answer; returns its size. */
function answer(work: TokenWork, request: ReadRequest, target: Buffer): number {
  try {
    const output = target.subarray(answerHeadBytes)
    const size = perform(work, request, output)
    const iv = request.operation === 'encrypt' ? work.cryptoki.gcm.copyIv(target.subarray(answerIvAt)) : 0
    writeAnswerHead(target, 'done', { iv, output: size })
    return answerHeadBytes + size
  } catch (error) {
    return answerProblem(work, error, target)
  }
}

function perform({ cryptoki, session }: TokenWork, request: ReadRequest, output: Buffer): number {
  const { operation, key, iv, data, input, sizeBytes } = request
  const work = { iv, data, input }
  // No more room than the output has, because a library may fill all of it.
  const room = output.subarray(0, input.length + 2 * tagBytes)
  switch (operation) {
    case 'encrypt':
      return cryptoki.gcm.encrypt(session, key, work, room)
    case 'decrypt':
      return cryptoki.gcm.decrypt(session, key, work, room)
    case 'random':
      cryptoki.fillRandom(session, output.subarray(0, sizeBytes))
      return sizeBytes
  }
}

/** More than the text of a problem has. */
const problemBytesMax = 4096
const staleResults: readonly number[] = [result.keyHandleInvalid, result.objectHandleInvalid]

function answerProblem(work: TokenWork, error: unknown, target: Buffer): number {
  target.fill(0)
  if (error instanceof CryptokiError && staleResults.includes(error.code)) {
    writeAnswerHead(target, 'stale', { iv: 0, output: 0 })
    return answerHeadBytes
  }
  const { code, message } = problemOf(decryptionAnswer(work, error), work.cryptoki, work.slot)
  const size = target.write(
    JSON.stringify({ code, message }),
    answerHeadBytes,
    problemBytesMax - answerHeadBytes,
  )
  writeAnswerHead(target, 'problem', { iv: 0, output: size })
  return answerHeadBytes + size
}

function decryptionAnswer(work: TokenWork, error: unknown): unknown {
  try {
    return decryptionProblem(error, work.cryptoki, work)
  } catch (gone) {
    return gone
  }
}

await start()
