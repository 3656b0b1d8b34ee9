import type { BareForm, BareResult } from './bare-calls.ts'
import { runBare } from './bare-process.ts'
import { drive, measure, type Round } from './load.ts'
import {
  leaveMeasuredCore,
  rounds,
  type Server,
  secondsPerRound,
  startKeyward,
  stop,
  withDataDirectory,
} from './machine.ts'
import { median, printHead, printRow, short } from './report.ts'
import { makeRequests } from './requests.ts'
import { type Scenario, scenarios } from './scenarios.ts'

// The cost of each operation, beside its OpenSSL call alone. Both run alternately on the same core.

const connections = 32

/** The form that Keyward uses: AES and HMAC run on the main thread, everything else in libuv's pool. */
const poolForm = (scenario: Scenario): BareForm => (/^(AES|HMAC)/.test(scenario.bare) ? 'sync' : 'pool')

async function measureScenario(keyward: Server, scenario: Scenario): Promise<void> {
  const input = await scenario.prepare(keyward)
  const requests = await makeRequests(keyward, scenario.operation, input)
  const bare = (form: BareForm) =>
    runBare({ call: scenario.bare, form, inFlight: connections, seconds: secondsPerRound }, 'oneCore')
  await drive({ url: keyward.url, requests, connections, seconds: 1 })
  const form = poolForm(scenario)
  const ours: Round[] = []
  const syncs: BareResult[] = []
  const pools: BareResult[] = []
  for (let round = 0; round < rounds; round++) {
    ours.push(await measure(keyward, requests, connections))
    syncs.push(await bare('sync'))
    if (form === 'pool') pools.push(await bare('pool'))
  }
  const same = form === 'pool' ? pools : syncs
  const ratio = (of: (round: Round, theirs: BareResult) => number) =>
    median(ours.flatMap((round, i) => (same[i] === undefined ? [] : [of(round, same[i])])))
  const cpuMicrosOf = (all: readonly BareResult[]) => median(all.map(result => result.cpuMicrosPerCall))
  printRow(
    scenario.name,
    short(median(ours.map(round => round.requestsPerSecond))),
    short(median(ours.map(round => round.cpuMicrosPerRequest))),
    short(cpuMicrosOf(syncs)),
    short(cpuMicrosOf(pools)),
    short(ratio((round, theirs) => round.cpuMicrosPerRequest - theirs.cpuMicrosPerCall)),
    short(median(same.map(result => result.callsPerSecond))),
    ratio((round, theirs) => round.requestsPerSecond / theirs.callsPerSecond).toFixed(2),
    ratio((round, theirs) => theirs.cpuMicrosPerCall / round.cpuMicrosPerRequest).toFixed(2),
  )
}

/** Measures the operations of all scenarios. */
export async function measureOperations(): Promise<void> {
  leaveMeasuredCore()
  await withDataDirectory(async dataDirectory => {
    const keyward = await startKeyward(dataDirectory, 'oneCore')
    printHead(
      `operation, ${connections} connections`,
      'requests/s',
      'CPU µs/request',
      'bare call, CPU µs',
      'in the pool, CPU µs',
      'beyond it, CPU µs',
      'bare calls/s',
      'ratio of requests/s',
      'of CPU',
    )
    for (const scenario of scenarios) await measureScenario(keyward, scenario)
    await stop(keyward)
  })
}
