import type { BareCallName } from './bare-calls.ts'
import { runBare } from './bare-process.ts'
import { drive, type Load, type LoadResult } from './load.ts'
import {
  rounds,
  type Server,
  secondsPerRound,
  startKeyward,
  stop,
  useAllCores,
  watchOthers,
  withDataDirectory,
} from './machine.ts'
import { median, printHead, printRow, short } from './report.ts'
import { createKey, dataKeyInput, makeRequests } from './requests.ts'

// Do slow operations delay fast ones? This measures GenerateDataKey alone, and beside each disturbance.

const p99RatioMax = 3
const loads: readonly { name: string; connections: number; perSecond?: number }[] = [
  { name: 'paced, 400/s on 4 connections', connections: 4, perSecond: 400 },
  { name: 'closed loop, 4 connections', connections: 4 },
]
/**
 * The maximum share of the processors that other processes may take. A round waits until they take less, and is
 * repeated if they took more; the rounds with the smallest share count. Waiting and repeating end after
 * `patienceMillis`.
 */
const othersShareMax = 0.1
const patienceMillis = Number(process.env['BENCH_PATIENCE'] ?? 180) * 1000

/** The disturbance begins before the measured load and ends after it. */
const leadSeconds = 0.5

/** Work that goes on beside the measured load. */
interface Disturbance {
  readonly name: string
  /** Resolves, when the time is over, to the work done per second. */
  run(seconds: number): Promise<number>
}

interface Calls {
  readonly connections: number
  readonly operation: string
  readonly input: object
}

/** Requests from separate connections. */
function requesting(server: Server, name: string, ...all: readonly Calls[]): Disturbance {
  return {
    name,
    async run(seconds) {
      const results = await Promise.all(
        all.map(async ({ connections, operation, input }) => {
          const requests = await makeRequests(server, operation, () => input, 1)
          return await drive({ url: server.url, requests, connections, seconds })
        }),
      )
      return results.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0)
    },
  }
}

/** The same cryptography in a separate process. This shows the cost of shared processors, whatever the server does. */
function elsewhere(call: BareCallName, inFlight: number): Disturbance {
  return {
    name: `control: ${call} in another process, ${inFlight} in flight`,
    async run(seconds) {
      const { callsPerSecond } = await runBare({ call, form: 'pool', inFlight, seconds }, 'allCores')
      return callsPerSecond
    },
  }
}

async function prepareDisturbances(server: Server): Promise<readonly Disturbance[]> {
  const signer = (KeySpec: string) => createKey(server, { KeySpec, KeyUsage: 'SIGN_VERIFY' })
  const rsaKey = await signer('RSA_4096')
  const ecKey = await signer('ECC_NIST_P384')
  const symmetricKey = await createKey(server, {})
  const sign = (connections: number, KeyId: string, SigningAlgorithm: string, digestSizeBytes?: number) => ({
    connections,
    operation: 'Sign',
    input: {
      KeyId,
      SigningAlgorithm,
      Message: Buffer.alloc(digestSizeBytes ?? 256, 7).toString('base64'),
      MessageType: digestSizeBytes === undefined ? 'RAW' : 'DIGEST',
    },
  })
  const rsaSign = (connections: number) => sign(connections, rsaKey, 'RSASSA_PSS_SHA_256')
  const rsaDigest = (connections: number) => sign(connections, rsaKey, 'RSASSA_PSS_SHA_384', 48)
  const ecDigest = (connections: number) => sign(connections, ecKey, 'ECDSA_SHA_384', 48)
  const create: Calls = {
    connections: 2,
    operation: 'CreateKey',
    input: { KeySpec: 'RSA_4096', KeyUsage: 'SIGN_VERIFY' },
  }
  const pair: Calls = {
    connections: 2,
    operation: 'GenerateDataKeyPair',
    input: { KeyId: symmetricKey, KeyPairSpec: 'RSA_4096' },
  }
  return [
    requesting(server, 'Sign RSA_4096, 1 connection', rsaSign(1)),
    requesting(server, 'Sign RSA_4096, 8 connections', rsaSign(8)),
    requesting(server, 'CreateKey and GenerateDataKeyPair RSA_4096, 2 connections each', create, pair),
    requesting(server, 'all of these, 4 and 2 connections each', rsaSign(4), create, pair),
    elsewhere('RSA_4096 sign', 4),
    elsewhere('RSA_4096 generate', 2),
    requesting(server, 'Sign DIGEST ECC_NIST_P384, 4 connections', ecDigest(4)),
    requesting(server, 'Sign DIGEST RSA_4096 PSS, 4 connections', rsaDigest(4)),
    requesting(server, 'both, 4 connections each', ecDigest(4), rsaDigest(4)),
  ]
}

async function driveDisturbed(load: Load & { readonly seconds: number }, disturbance: Disturbance) {
  const disturbing = disturbance.run(load.seconds + 2 * leadSeconds)
  await new Promise(done => setTimeout(done, leadSeconds * 1000))
  const result = await drive(load)
  return { result, disturbedPerSecond: await disturbing }
}

interface Pair {
  readonly alone: LoadResult
  readonly beside: LoadResult
  readonly disturbedPerSecond: number
  readonly othersShare: number
}

async function waitForQuiet(server: Server, patienceEnd: number): Promise<void> {
  while (performance.now() < patienceEnd) {
    const stopWatching = watchOthers(server)
    await new Promise(done => setTimeout(done, 500))
    if (!(stopWatching() > othersShareMax)) return
  }
}

interface Victim extends Pick<Load, 'connections' | 'perSecond'> {
  readonly server: Server
  readonly keyId: string
  readonly patienceEnd: number
}

async function measurePair({ server, keyId, ...shape }: Victim, disturbance: Disturbance): Promise<Pair> {
  await waitForQuiet(server, shape.patienceEnd)
  const requests = await makeRequests(server, 'GenerateDataKey', dataKeyInput(keyId), 128)
  const load = { ...shape, url: server.url, requests, seconds: secondsPerRound }
  const stopWatching = watchOthers(server)
  const alone = await drive(load)
  const { result: beside, disturbedPerSecond } = await driveDisturbed(load, disturbance)
  return { alone, beside, disturbedPerSecond, othersShare: stopWatching() }
}

async function compare(victim: Victim, disturbance: Disturbance): Promise<void> {
  const all: Pair[] = []
  const isLoud = ({ othersShare }: Pair) => othersShare > othersShareMax
  const isDone = () => all.length - all.filter(isLoud).length >= rounds
  while (all.length < rounds || (!isDone() && performance.now() < victim.patienceEnd))
    all.push(await measurePair(victim, disturbance))
  const pairs = all.sort((a, b) => a.othersShare - b.othersShare).slice(0, rounds)
  const of = (pick: (pair: Pair) => number) => median(pairs.map(pick))
  const ratio = of(({ alone, beside }) => beside.p99Millis / alone.p99Millis)
  printRow(
    disturbance.name,
    short(of(pair => pair.disturbedPerSecond)),
    `${of(pair => pair.alone.p50Millis).toFixed(2)}, ${of(pair => pair.beside.p50Millis).toFixed(2)}`,
    `${of(pair => pair.alone.p99Millis).toFixed(2)}, ${of(pair => pair.beside.p99Millis).toFixed(2)}`,
    `${ratio.toFixed(1)}${ratio > p99RatioMax ? ' (missed)' : ''}`,
    `${(of(pair => pair.othersShare) * 100).toFixed(0)} %`,
  )
}

/** Measures how much slow operations delay GenerateDataKey. */
export async function measureIsolation(): Promise<void> {
  useAllCores()
  await withDataDirectory(async dataDirectory => {
    const server = await startKeyward(dataDirectory, 'allCores')
    const keyId = await createKey(server, {})
    const disturbances = await prepareDisturbances(server)
    // Warm the server up before the first measurement.
    const requests = await makeRequests(server, 'GenerateDataKey', dataKeyInput(keyId))
    await drive({ url: server.url, requests, connections: 4, seconds: 2 })
    const patienceEnd = performance.now() + patienceMillis
    for (const { name, ...shape } of loads) {
      console.log(
        `GenerateDataKey, ${name}; the aim is a p99 of at most ${p99RatioMax} times the one alone:\n`,
      )
      printHead(
        'beside',
        'of it per second',
        'p50 ms alone, beside',
        'p99 ms alone, beside',
        'ratio of p99',
        'processors of others',
      )
      for (const disturbance of disturbances)
        await compare({ ...shape, server, keyId, patienceEnd }, disturbance)
      console.log('')
    }
    await stop(server)
  })
}
