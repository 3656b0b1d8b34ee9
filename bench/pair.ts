import { drive, measure, type Round } from './load.ts'
import { rounds, type Server } from './machine.ts'
import { median, printHead, printRow } from './report.ts'

/** Two ways to the same operation, which are measured in turn. */
export interface Pair {
  readonly operation: string
  readonly connections: number
  /** The way that the second one is compared with. */
  readonly reference: Side
  readonly other: Side
}

/** A way to a server, with its requests. */
export interface Side {
  readonly name: string
  readonly server: Server
  readonly requests: readonly Buffer[]
}

/** Measures both ways in turns, and prints them with the ratios of the second to the first. */
export async function measurePair({ operation, connections, reference, other }: Pair): Promise<void> {
  const sides = [reference, other].map(side => ({ ...side, measured: [] as Round[] }))
  for (const { server, requests } of sides)
    await drive({ url: server.url, requests, connections, seconds: 2 })
  for (let round = 0; round < rounds; round++) {
    for (const { server, requests, measured } of sides)
      measured.push(await measure(server, requests, connections))
  }
  printHead(
    operation,
    'connections',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'CPU µs/request',
    'ratio of requests/s, of CPU',
  )
  const [first, second] = sides.map(({ measured }) => measured) as [Round[], Round[]]
  const ratio = (pick: (second: Round, first: Round) => number) =>
    median(second.map((round, i) => pick(round, first[i] as Round))).toFixed(3)
  const speed = ratio((a, b) => a.requestsPerSecond / b.requestsPerSecond)
  const cpu = ratio((a, b) => b.cpuMicrosPerRequest / a.cpuMicrosPerRequest)
  for (const { name, measured } of sides) {
    const of = (pick: (round: Round) => number) => median(measured.map(pick))
    printRow(
      name,
      String(connections),
      of(round => round.requestsPerSecond).toFixed(0),
      of(round => round.p50Millis).toFixed(2),
      of(round => round.p99Millis).toFixed(2),
      of(round => round.cpuMicrosPerRequest).toFixed(1),
      name === other.name ? `${speed}, ${cpu}` : '',
    )
  }
}
