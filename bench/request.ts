import { drive, type Extent, measure, type Round } from './load.ts'
import {
  leaveMeasuredCore,
  residentMebibytes,
  rounds,
  type Server,
  startKeyward,
  startServer,
  stop,
  withDataDirectory,
} from './machine.ts'
import { median, printHead, printRow } from './report.ts'
import { call, createKey, dataKeyInput, makeRequests } from './requests.ts'
import { threadTimes } from './threads.ts'

// The cost of a request: GenerateDataKey beside a bare node:http server, and Keyward's HTTP engine beside it with the same
// handler. Also the CPU time of a start, and the memory.

/** The requests of a round, and those before the first round. */
const requestsPerRound = Number(process.env['BENCH_REQUESTS'] ?? 60_000)
const startsMeasured = 3 * rounds
const connectionCounts = [1, 32, 128]

/** With one connection, a request takes most of its time in a disk sync of its own, and needs less warming up. */
const extentOf = (connections: number): Extent => ({
  count: Math.ceil(connections === 1 ? requestsPerRound / 20 : requestsPerRound),
})

interface Contestant {
  readonly name: string
  readonly server: Server
  readonly all: Round[]
}

function printContestant({ name, all }: Contestant, connections: number, bare: Contestant): void {
  const of = (pick: (round: Round) => number) => median(all.map(pick))
  const ratio = (pick: (round: Round, theirs: Round) => number) =>
    median(all.flatMap((round, i) => (bare.all[i] === undefined ? [] : [pick(round, bare.all[i])])))
  const speed = ratio((round, theirs) => round.requestsPerSecond / theirs.requestsPerSecond)
  const cpu = ratio((round, theirs) => theirs.cpuMicrosPerRequest / round.cpuMicrosPerRequest)
  printRow(
    name,
    String(connections),
    of(round => round.requestsPerSecond).toFixed(0),
    of(round => round.p50Millis).toFixed(2),
    of(round => round.p99Millis).toFixed(2),
    of(round => round.cpuMicrosPerRequest).toFixed(1),
    (['main', 'v8', 'libuv'] as const).map(kind => of(round => round.threads[kind]).toFixed(1)).join(', '),
    all === bare.all ? '' : `${speed.toFixed(2)}, ${cpu.toFixed(2)}`,
  )
}

/** `sign` makes requests that are valid for five minutes: not all rounds together are as short. */
async function compare(
  bare: Contestant,
  others: readonly Contestant[],
  sign: () => Promise<readonly Buffer[]>,
): Promise<void> {
  printHead(
    'server',
    'connections',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'CPU µs/request',
    'of main thread, V8, libuv',
    'ratio of requests/s, of CPU',
  )
  const contestants = [bare, ...others]
  for (const connections of connectionCounts) {
    const extent = extentOf(connections)
    for (const { server, all } of contestants) {
      all.length = 0
      await drive({ url: server.url, requests: await sign(), connections, ...extent })
    }
    // Measure all in turn, so that other work of the machine affects each.
    for (let round = 0; round < rounds; round++) {
      const requests = await sign()
      for (const { server, all } of contestants)
        all.push(await measure(server, requests, connections, extent))
    }
    for (const contestant of contestants) printContestant(contestant, connections, bare)
  }
}

interface Start {
  readonly elapsedMillis: number
  readonly cpuMillis: number
}

/** The way from the start of the process to the answer of its first Encrypt, with an existing data directory. */
async function measureStart(dataDirectory: string, keyId: string): Promise<Start> {
  const start = performance.now()
  const keyward = await startKeyward(dataDirectory, 'oneCore')
  await call(keyward, 'Encrypt', { KeyId: keyId, Plaintext: 'c2VjcmV0' })
  const elapsedMillis = performance.now() - start
  const cpuMillis = threadTimes(keyward).all / 1000
  await stop(keyward)
  return { elapsedMillis, cpuMillis }
}

async function measureStarts(dataDirectory: string, keyId: string): Promise<void> {
  const starts: Start[] = []
  for (let i = 0; i < startsMeasured; i++) starts.push(await measureStart(dataDirectory, keyId))
  const [elapsed, cpu] = [median(starts.map(s => s.elapsedMillis)), median(starts.map(s => s.cpuMillis))]
  const least = Math.min(...starts.map(s => s.cpuMillis))
  console.log(
    `\nFrom process start to the first Encrypt answered, ${startsMeasured} starts: ${cpu.toFixed(0)} ms of CPU ` +
      `(least ${least.toFixed(0)}), ${elapsed.toFixed(0)} ms in all`,
  )
}

/** Measures requests, starts and memory. */
export async function measureRequest(): Promise<void> {
  leaveMeasuredCore()
  await withDataDirectory(async dataDirectory => {
    // The first start of a data directory makes more than the later ones, which the aims are about.
    await stop(await startKeyward(dataDirectory, 'oneCore'))
    const keyward = await startKeyward(dataDirectory, 'oneCore')
    await new Promise(done => setTimeout(done, 2000))
    const idle = residentMebibytes(keyward)
    const keyId = await createKey(keyward, {})
    const input = dataKeyInput(keyId)
    const size = String(JSON.stringify(await call(keyward, 'GenerateDataKey', input(0))).length)
    const bare = await startServer(['bench/bare-server.ts', size], 'oneCore')
    const engine = await startServer(['bench/bare-engine-server.ts', size], 'oneCore')
    await compare(
      { name: 'bare node:http', server: bare, all: [] },
      [
        { name: "bare, on Keyward's engine", server: engine, all: [] },
        { name: 'Keyward GenerateDataKey', server: keyward, all: [] },
      ],
      () => makeRequests(keyward, 'GenerateDataKey', input),
    )
    for (const server of [keyward, bare, engine]) await stop(server)
    await measureStarts(dataDirectory, keyId)
    console.log(`Memory when idle: ${idle.toFixed(0)} MiB`)
  })
}
