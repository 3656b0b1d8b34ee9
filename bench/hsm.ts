import { randomBytes } from 'node:crypto'
import type { TokenGateway, TokenKeyName } from '../src/hsm/clusters/token-gateway.ts'
import { openTokenGateways } from '../src/hsm/index.ts'
import { makeToken, type SoftToken, softhsmLibrary, whyNoTokens } from '../test/fixtures/hsm/softhsm.ts'
import {
  cpuMicros,
  leaveMeasuredCore,
  pinToMeasuredCore,
  rounds,
  secondsPerRound,
  startNode,
} from './machine.ts'
import { median, printHead, printRow } from './report.ts'

// Encryption in a token of SoftHSM2 through its process, beside a bare loop in a process of its own with as many sessions. The process of the
// token has a core, and this process, which calls it, another. A token with many keys is slower, because SoftHSM2 checks the files.

const sessions = 4
const concurrency = 64
const name: TokenKeyName = { label: 'bench', id: '01' }
const [plaintext, data] = [Buffer.alloc(32, 7), Buffer.alloc(100, 9)]
const keyCounts = [1, 100]

interface Figures {
  readonly perSecond: number
  /** The CPU time of the token's process for a call. */
  readonly cpuMicros: number
}

interface Round {
  readonly bare: Figures
  readonly gateway: Figures & { readonly callerMicros: number }
}

/** Makes calls for a while, always so many at a time. */
async function drive(gateway: TokenGateway, seconds: number): Promise<Round['gateway']> {
  const cpuOfToken = () => cpuMicros({ process: { pid: gateway.processId } })
  const start = performance.now()
  const [before, beforeOfToken] = [process.cpuUsage(), cpuOfToken()]
  let count = 0
  const again = async () => {
    for (; performance.now() < start + seconds * 1000; count++)
      await gateway.encrypt(name, randomBytes(12), plaintext, data)
  }
  await Promise.all(Array.from({ length: concurrency }, again))
  const { user, system } = process.cpuUsage(before)
  return {
    perSecond: (count * 1000) / (performance.now() - start),
    cpuMicros: (cpuOfToken() - beforeOfToken) / count,
    callerMicros: (user + system) / count,
  }
}

/** Runs the bare loop for a while. */
async function runBare(seconds: number): Promise<Figures> {
  const args = ['bench/bare-hsm.ts', softhsmLibrary, name.label, String(sessions), String(seconds)]
  const child = startNode(args, 'oneCore')
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const code = await new Promise(done => child.once('close', done))
  if (code !== 0) throw new Error(`the bare loop ended with ${code}`)
  return JSON.parse(text) as Figures
}

async function openToken(token: SoftToken): Promise<TokenGateway> {
  const gateway = await openTokenGateways({ sessions }).open({
    ...{ path: softhsmLibrary, label: token.label },
    environment: { PATH: process.env['PATH'] ?? '', ...token.environment },
  })
  await gateway.login({
    read: () => Buffer.from(token.pin),
    ...{ wasRight: () => undefined, wasNotTried: () => undefined },
  })
  pinToMeasuredCore(gateway.processId)
  return gateway
}

/** Measures encryption in a token beside a bare loop. */
export async function measureHsm(): Promise<void> {
  if (whyNoTokens !== false) return console.log(`Not measured: ${whyNoTokens}.`)
  leaveMeasuredCore()
  const token = makeToken()
  Object.assign(process.env, token.environment, { TOKEN_PIN: token.pin })
  const gateway = await openToken(token)
  await gateway.makeKey(name, false)
  printHead('keys', 'way', 'calls/s', 'CPU µs/call', 'of the caller', 'ratio of calls/s, of CPU')
  let made = 1
  for (const keys of keyCounts) {
    for (; made < keys; made++) await gateway.makeKey({ label: `further ${made}`, id: '02' }, false)
    await drive(gateway, 1)
    const measured: Round[] = []
    for (let round = 0; round < rounds; round++)
      measured.push({ bare: await runBare(secondsPerRound), gateway: await drive(gateway, secondsPerRound) })
    print(keys, measured)
  }
  await gateway.close()
}

function print(keys: number, measured: readonly Round[]): void {
  const middle = (pick: (round: Round) => number) => median(measured.map(pick))
  const ratio = (pick: (figures: Figures) => number) =>
    middle(({ bare, gateway }) => pick(gateway) / pick(bare)).toFixed(2)
  const cells = (way: 'bare' | 'gateway') => [
    middle(round => round[way].perSecond).toFixed(0),
    middle(round => round[way].cpuMicros).toFixed(1),
  ]
  printRow(String(keys), 'bare loop', ...cells('bare'), '', '')
  printRow(
    ...[String(keys), 'process of the token', ...cells('gateway')],
    middle(({ gateway }) => gateway.callerMicros).toFixed(1),
    `${ratio(({ perSecond }) => perSecond)}, ${ratio(figures => figures.cpuMicros)}`,
  )
}
