import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import koffi from 'koffi'

// Encryptions with AES-GCM in a token, as fast as a program without anything else makes them: threads with a session each, and all
// structures laid out once. Arguments: the path of the library, the label of the key, the number of threads, the seconds. The variable TOKEN_PIN has the PIN.
// Prints the encryptions per second, and the CPU time of one.

const [plaintextBytes, dataBytes, tagBytes, ivBytes] = [32, 100, 16, 12]

/** Keeps memory whose address is in a structure. */
const kept: Buffer[] = []

function memory(size: number): Buffer {
  const buffer = Buffer.from(new ArrayBuffer(size))
  kept.push(buffer)
  return buffer
}

const addressOf = (buffer: Buffer) => BigInt(koffi.address(buffer))

/** Returns an array of CK_ULONG. */
function words(...values: readonly bigint[]): Buffer {
  const buffer = memory(values.length * 8)
  for (const [index, value] of values.entries()) buffer.writeBigUInt64LE(value, index * 8)
  return buffer
}

type Call = (...given: (bigint | number | Buffer | null)[]) => number

/** The functions of the library by their places in CK_FUNCTION_LIST. */
function functionsOf(path: string) {
  const out = memory(8)
  koffi.load(path).func('ulong C_GetFunctionList(void *out)')(out)
  const at = (place: number, parameters: string): Call => {
    const pointer = koffi.decode(out.readBigUInt64LE(), 8 + 8 * place, 'uint64') as bigint
    const call = koffi.decode(BigInt(pointer), koffi.proto(`ulong (${parameters})`)) as Call
    return (...given) => {
      const code = call(...given)
      if (code !== 0) throw new Error(`function ${place} answered with ${code}`)
      return code
    }
  }
  return {
    initialize: at(0, 'void *'),
    slots: at(4, 'uint8_t, void *, void *'),
    openSession: at(12, 'ulong, ulong, void *, void *, void *'),
    login: at(18, 'ulong, ulong, void *, ulong'),
    findInit: at(26, 'ulong, void *, ulong'),
    find: at(27, 'ulong, void *, ulong, void *'),
    findFinal: at(28, 'ulong'),
    encryptInit: at(29, 'ulong, void *, ulong'),
    encrypt: at(30, 'ulong, void *, ulong, void *, void *'),
  }
}

interface Place {
  readonly path: string
  readonly slot: bigint
  readonly key: bigint
  readonly seconds: number
}

function sessionOf(library: ReturnType<typeof functionsOf>, slot: bigint): bigint {
  const session = memory(8)
  library.openSession(slot, 6, null, null, session)
  return session.readBigUInt64LE()
}

/** The encryptions of a thread, and the time that they took. */
interface Done {
  readonly count: number
  readonly perSecond: number
}

/** Encrypts for a while. */
function encryptAll({ path, slot, key, seconds }: Place): Done {
  const library = functionsOf(path)
  const session = sessionOf(library, slot)
  const [iv, data, input] = [memory(ivBytes), memory(dataBytes), memory(plaintextBytes)]
  const [output, length] = [memory(plaintextBytes + tagBytes), memory(8)]
  const parameters = words(
    ...[addressOf(iv), BigInt(ivBytes), BigInt(ivBytes * 8), addressOf(data), BigInt(dataBytes)],
    BigInt(tagBytes * 8),
  )
  const mechanism = words(0x1087n, addressOf(parameters), BigInt(parameters.length))
  const start = performance.now()
  let count = 0
  while (performance.now() < start + seconds * 1000) {
    iv.writeUInt32BE(count++)
    length.writeBigUInt64LE(BigInt(output.length))
    library.encryptInit(session, mechanism, key)
    library.encrypt(session, input, input.length, output, length)
  }
  return { count, perSecond: (count * 1000) / (performance.now() - start) }
}

/** Logs in; returns the key, and keeps the session open. */
function enter(path: string, label: string) {
  const library = functionsOf(path)
  library.initialize(words(0n, 0n, 0n, 0n, 2n, 0n))
  const [slots, count] = [memory(16), words(2n)]
  library.slots(1, slots, count)
  const slot = slots.readBigUInt64LE()
  const session = sessionOf(library, slot)
  const pin = Buffer.from(process.env['TOKEN_PIN'] ?? '')
  library.login(session, 1, pin, pin.length)
  const [name, found] = [Buffer.from(label), memory(8)]
  const value = memory(name.length)
  name.copy(value)
  library.findInit(session, words(0x3n, addressOf(value), BigInt(value.length)), 1)
  library.find(session, found, 1, count)
  library.findFinal(session)
  return { slot, key: found.readBigUInt64LE() }
}

if (isMainThread) {
  const [path = '', label = '', threads, seconds] = process.argv.slice(2)
  const place: Place = { path, ...enter(path, label), seconds: Number(seconds) }
  const workers = Array.from(
    { length: Number(threads) },
    () => new Worker(new URL(import.meta.url), { workerData: place }),
  )
  const answerOf = (worker: Worker) =>
    new Promise<Done>((done, reject) => worker.once('message', done).once('error', reject))
  await Promise.all(workers.map(answerOf))
  const before = process.cpuUsage()
  for (const worker of workers) worker.postMessage('start')
  const all = await Promise.all(workers.map(answerOf))
  const { user, system } = process.cpuUsage(before)
  const sumOf = (pick: (done: Done) => number) => all.reduce((sum, done) => sum + pick(done), 0)
  const perSecond = sumOf(done => done.perSecond)
  console.log(JSON.stringify({ perSecond, cpuMicros: (user + system) / sumOf(({ count }) => count) }))
} else {
  parentPort?.once('message', () => parentPort?.postMessage(encryptAll(workerData as Place)))
  parentPort?.postMessage(0)
}
