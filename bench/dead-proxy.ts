import { TestCaller } from '../test/fixtures/caller.ts'
import { ExternalStores } from '../test/fixtures/worlds/external-stores.ts'
import { silentConnection } from '../test/fixtures/xks/hostile-proxy.ts'
import { measure, type Round } from './load.ts'
import { leaveMeasuredCore, rounds, startKeyward, stop, withDataDirectory } from './machine.ts'
import { median, printHead, printRow } from './report.ts'
import { dataKeyInput, makeRequests } from './requests.ts'

// Is a software key slowed while the proxy of an external key store takes connections and says nothing? This measures
// GenerateDataKey of a software key alone, and beside callers of an external key, in turn.

const connections = 32
const requestsPerRound = Number(process.env['BENCH_REQUESTS'] ?? 60_000)
/** The callers of the external key. Each calls again when it is answered. */
const callerCounts = [4, 64] as const

/** Calls a key from several callers until it is stopped. Returns a function that stops, and returns the calls made. */
function keepCalling(caller: TestCaller, keyId: string, callers: number): () => Promise<number> {
  let isOver = false
  let calls = 0
  const again = async () => {
    for (; !isOver; calls++) {
      const { status } = await caller.call('Encrypt', { KeyId: keyId, Plaintext: 'c2VjcmV0' })
      if (status === 200) throw new Error('the dead proxy answered')
    }
  }
  const all = Promise.all(Array.from({ length: callers }, again))
  return async () => {
    isOver = true
    await all
    return calls
  }
}

function printRounds(
  callers: number,
  perSecond: string,
  all: readonly Round[],
  alone: readonly Round[],
): void {
  const of = (pick: (round: Round) => number) => median(all.map(pick))
  const ratio = (pick: (round: Round) => number) =>
    median(all.map((round, i) => pick(round) / pick(alone[i] as Round))).toFixed(3)
  printRow(
    ...[String(callers), perSecond],
    of(round => round.requestsPerSecond).toFixed(0),
    of(round => round.p99Millis).toFixed(2),
    of(round => round.cpuMicrosPerRequest).toFixed(1),
    `${ratio(round => round.requestsPerSecond)}, ${ratio(round => round.cpuMicrosPerRequest)}`,
  )
}

/** Measures a software key beside a dead proxy. */
export async function measureDeadProxy(): Promise<void> {
  leaveMeasuredCore()
  const stores = await ExternalStores.start()
  await withDataDirectory(async dataDirectory => {
    const server = await startKeyward(dataDirectory, 'oneCore', ['--xks', stores.environment.KEYWARD_XKS])
    const caller = new TestCaller(server)
    const CustomKeyStoreId = await stores.make(caller, 'CONNECTED')
    const create = async (input: object) => {
      const { KeyMetadata } = await caller.answer('CreateKey', input)
      return (KeyMetadata as { KeyId: string }).KeyId
    }
    const [software, external] = [
      await create({}),
      await create({ CustomKeyStoreId, Origin: 'EXTERNAL_KEY_STORE', XksKeyId: 'stub-key-1' }),
    ]
    stores.proxy.receive = silentConnection
    stores.proxy.dropConnections()
    const round = async () =>
      await measure(
        server,
        await makeRequests(server, 'GenerateDataKey', dataKeyInput(software)),
        connections,
        { count: requestsPerRound },
      )
    await round()
    printHead('callers of the dead proxy', 'their calls/s', 'requests/s', 'p99 ms', 'ratio of requests/s')
    for (const callers of callerCounts) {
      const [alone, beside]: [Round[], Round[]] = [[], []]
      const perSecond: number[] = []
      for (let i = 0; i < rounds; i++) {
        alone.push(await round())
        const began = performance.now()
        const stopCalling = keepCalling(caller, external, callers)
        beside.push(await round())
        perSecond.push(((await stopCalling()) * 1000) / (performance.now() - began))
      }
      printRounds(0, '', alone, alone)
      printRounds(callers, median(perSecond).toFixed(0), beside, alone)
    }
    await stop(server)
  })
  await stores.stop()
}
