import { Worker } from 'node:worker_threads'
import { threadEnvironment } from '../../../std/index.ts'
import type { TokenAbilities, TokenKeyName } from '../../clusters/token-gateway.ts'
import { endWithParent, loadBinding } from '../binding.ts'
import { officerType, userType } from '../constants.ts'
import type { Message } from '../frames.ts'
import { TokenProblem } from '../problem.ts'
import { type Handler, serveRequests } from '../request-server.ts'
import { loadCryptoki, toTokenProblem } from '../token-answers.ts'
import { probeIvs } from './abilities.ts'
import type { FastThreadOptions, FastThreadStart } from './fast-thread.ts'
import { findLeak } from './leak.ts'
import { OpenToken, problemOf } from './open-token.ts'
import { allKeys, destroyKey, findKey, makeKey, readKeyIfAny, requireToken } from './stored-keys.ts'
import { findTransport, makeTransport, trust, unwrapKey, wrapKey } from './transport-keys.ts'

// The process of one token. It has one user: the user of the token, or its security officer.

let library = ''
let token: OpenToken | undefined
/** The ends of the threads. */
let threads: readonly Promise<void>[] = []
/** The keys that a list goes through. */
let listed: bigint[] = []
/** The keys of one answer. */
const pageSize = 200

function opened(): OpenToken {
  if (token === undefined) throw new Error('no token is open')
  return token
}

const nameIn = (head: Message['head']) => head['name'] as TokenKeyName
const userIn = ({ officer }: Message['head']) => (officer === true ? officerType : userType)
const nothing = Buffer.alloc(0)

/** The requests. The server is trusted, and checks what comes from outside. */
const handlers = {
  async load({ library: path, token: label }) {
    library = String(path)
    token = new OpenToken(loadCryptoki(endWithParent(await loadBinding()), library), String(label))
    return undefined
  },
  describe: () => ({ head: { token: opened().describe() } }),
  openSession(head) {
    opened().openSession(userIn(head))
    return undefined
  },
  login(head, [pin = nothing]) {
    opened().logIn(pin, userIn(head))
    return undefined
  },
  async startThreads({ descriptors }) {
    threads = await startThreads(descriptors as number[])
    return { head: { count: threads.length } }
  },
  changePin(_, [old = nothing, next = nothing]) {
    opened().changePin(old, next)
    return undefined
  },
  abilities() {
    const { cryptoki, slot, work } = opened()
    const { manufacturer, model, firmware } = cryptoki.tokenFacts(slot)
    const abilities: TokenAbilities = { make: `${manufacturer} ${model} ${firmware}`, ivs: probeIvs(work) }
    return { head: { abilities } }
  },
  keys({ from }) {
    const { work } = opened()
    const [start, end] = [Number(from), Number(from) + pageSize]
    if (start === 0) listed = allKeys(work)
    const keys = listed.slice(start, end).flatMap(object => readKeyIfAny(work, object) ?? [])
    requireToken(work)
    return { head: { keys, next: end < listed.length ? end : undefined } }
  },
  findKey: head => ({ head: { handle: String(findKey(opened().work, nameIn(head))) } }),
  makeKey(head) {
    const key = makeKey(opened().change, nameIn(head), head['isShared'] === true)
    return { head: { handle: String(key) } }
  },
  destroyKey(head) {
    destroyKey(opened().change, nameIn(head))
    return undefined
  },
  transportKey() {
    const key = findTransport(opened().work)
    return key && { head: { fingerprint: key.fingerprint }, parts: [key.modulus, key.exponent] }
  },
  makeTransportKey() {
    const { fingerprint, modulus, exponent } = makeTransport(opened().change)
    return { head: { fingerprint }, parts: [modulus, exponent] }
  },
  trust({ label }, [modulus = nothing, exponent = nothing]) {
    trust(opened().change, { modulus, exponent }, String(label))
    return undefined
  },
  wrapKey: head => ({ parts: [wrapKey(opened().work, nameIn(head), String(head['fingerprint']))] }),
  unwrapKey(head, [wrapped = nothing]) {
    unwrapKey(opened().change, nameIn(head), wrapped)
    return undefined
  },
  leak: () => ({ head: { leak: findLeak(opened().work) } }),
} satisfies Readonly<Record<string, Handler>>

/** The name of a request. */
export type TokenRequestName = keyof typeof handlers

/** A token may have fewer sessions than threads are wanted. */
async function startThreads(descriptors: readonly number[]): Promise<Promise<void>[]> {
  const ends: Promise<void>[] = []
  for (const descriptor of descriptors) {
    const options: FastThreadOptions = { library, slot: opened().slot, descriptor }
    const file = new URL('./fast-thread.ts', import.meta.url)
    const worker = new Worker(file, { workerData: options, env: threadEnvironment() })
    const ended = new Promise<void>(done => worker.once('exit', () => done()))
    // A thread that fails may leave the library in any state.
    worker.once('error', () => process.exit(1))
    const { problem } = await new Promise<FastThreadStart>(done => worker.once('message', done))
    if (problem === undefined) ends.push(ended)
    else if (ends.length > 0) break
    else throw new TokenProblem('Refused', `it has no further session: ${problem}`)
  }
  return ends
}

/** The time in which the threads end. */
const endMillisMax = 2000

/** C_Finalize must not run beside another call, and process.exit waits for threads: one that hangs needs a kill. */
async function end(): Promise<void> {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), endMillisMax)
  await Promise.all(threads)
  token?.cryptoki.finalize()
}

serveRequests({
  handlers,
  problemOf: error =>
    token === undefined ? toTokenProblem(error) : problemOf(error, token.cryptoki, token.slot),
  end,
})
