import { drive, measure, type Round } from './load.ts'
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

// The cost of a request: GenerateDataKey beside a bare node:http server. Also the time of a start, and the memory.

const connectionCounts = [1, 32, 128]

function printRounds(name: string, connections: number, all: readonly Round[], ratio: string): void {
  const of = (pick: (round: Round) => number) => median(all.map(pick))
  printRow(
    name,
    String(connections),
    of(round => round.requestsPerSecond).toFixed(0),
    of(round => round.p50Millis).toFixed(2),
    of(round => round.p99Millis).toFixed(2),
    of(round => round.cpuMicrosPerRequest).toFixed(1),
    ratio,
  )
}

async function compare(keyward: Server, requests: readonly Buffer[], bare: Server): Promise<void> {
  printHead(
    'server',
    'connections',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'CPU µs/request',
    'ratio of requests/s, of CPU',
  )
  for (const connections of connectionCounts) {
    await drive({ url: keyward.url, requests, connections, seconds: 1 })
    await drive({ url: bare.url, requests, connections, seconds: 1 })
    const ours: Round[] = []
    const theirs: Round[] = []
    // Measure both alternately, so that other work of the machine affects both.
    for (let round = 0; round < rounds; round++) {
      ours.push(await measure(keyward, requests, connections))
      theirs.push(await measure(bare, requests, connections))
    }
    const speed = median(
      ours.map((round, i) => round.requestsPerSecond / (theirs[i]?.requestsPerSecond ?? 1)),
    )
    const cpu = median(
      ours.map((round, i) => (theirs[i]?.cpuMicrosPerRequest ?? 1) / round.cpuMicrosPerRequest),
    )
    printRounds('bare node:http', connections, theirs, '')
    printRounds('Keyward GenerateDataKey', connections, ours, `${speed.toFixed(2)}, ${cpu.toFixed(2)}`)
  }
}

/** The time from the start of the process to the answer of its first Encrypt, with an existing data directory. */
async function measureFirstEncrypt(dataDirectory: string, keyId: string): Promise<number> {
  const start = performance.now()
  const keyward = await startKeyward(dataDirectory, 'oneCore')
  await call(keyward, 'Encrypt', { KeyId: keyId, Plaintext: 'c2VjcmV0' })
  const elapsed = performance.now() - start
  await stop(keyward)
  return elapsed
}

/** Measures requests, starts and memory. */
export async function measureRequest(): Promise<void> {
  leaveMeasuredCore()
  await withDataDirectory(async dataDirectory => {
    const keyward = await startKeyward(dataDirectory, 'oneCore')
    await new Promise(done => setTimeout(done, 2000))
    const idle = residentMebibytes(keyward)
    const keyId = await createKey(keyward, {})
    const input = dataKeyInput(keyId)
    const size = JSON.stringify(await call(keyward, 'GenerateDataKey', input(0))).length
    const requests = await makeRequests(keyward, 'GenerateDataKey', input)
    const bare = await startServer(['bench/bare-server.ts', String(size)], 'oneCore')
    await compare(keyward, requests, bare)
    await stop(keyward)
    await stop(bare)
    const firsts: number[] = []
    for (let i = 0; i < rounds; i++) firsts.push(await measureFirstEncrypt(dataDirectory, keyId))
    console.log(`\nFrom process start to the first Encrypt answered: ${median(firsts).toFixed(0)} ms`)
    console.log(`Memory when idle: ${idle.toFixed(0)} MiB`)
  })
}
