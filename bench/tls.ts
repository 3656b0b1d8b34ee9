import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import {
  cpuMicros,
  leaveMeasuredCore,
  rounds,
  type Server,
  secondsPerRound,
  startKeyward,
  stop,
  withDataDirectory,
} from './machine.ts'
import { measurePair } from './pair.ts'
import { median, printHead, printRow } from './report.ts'
import { createKey, dataKeyInput, makeRequests } from './requests.ts'

// The cost of TLS: GenerateDataKey on connections that stay, beside plain HTTP, and full handshakes.

const connections = 32

/** The same server over HTTPS; the third line of the file `endpoint` has the URL. */
export function overTls(server: Server): Server {
  const [, , url = ''] = readFileSync(join(server.dataDirectory, 'endpoint'), 'utf8').split('\n')
  return { ...server, url }
}

/** The key exchanges that are compared; an undefined one is the resumption of a session with the first. */
const keyExchanges = [
  'X25519MLKEM768',
  'X25519',
  'SecP256r1MLKEM768',
  'SecP384r1MLKEM1024',
  'P-256',
  'resumed',
] as const
type KeyExchange = (typeof keyExchanges)[number]

interface Handshakes {
  readonly perSecond: number
  readonly cpuMicros: number
}

/** Makes handshakes for a while, eight at a time. */
async function handshake(server: Server, exchange: KeyExchange, seconds: number): Promise<Handshakes> {
  const { hostname: host, port } = new URL(server.url)
  const ecdhCurve = exchange === 'resumed' ? keyExchanges[0] : exchange
  const options = { host, port: Number(port), rejectUnauthorized: false, ecdhCurve }
  const session = exchange === 'resumed' ? await takeSession(options) : undefined
  const start = performance.now()
  const before = cpuMicros(server)
  let count = 0
  const connectAgain = async () => {
    while (performance.now() < start + seconds * 1000) {
      await new Promise<void>((resolve, reject) => {
        const socket = connect({ ...options, ...(session && { session }) }, () => {
          count++
          socket.destroy()
        })
        socket.once('error', reject).once('close', () => resolve())
      })
    }
  }
  await Promise.all(Array.from({ length: 8 }, connectAgain))
  return {
    perSecond: (count * 1000) / (performance.now() - start),
    cpuMicros: (cpuMicros(server) - before) / count,
  }
}

function takeSession(options: { readonly host: string; readonly port: number }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...options, rejectUnauthorized: false })
    socket.once('error', reject)
    socket.once('session', session => {
      socket.destroy()
      resolve(session)
    })
  })
}

async function measureHandshakes(server: Server): Promise<void> {
  const measured = new Map(keyExchanges.map(name => [name, [] as Handshakes[]]))
  for (const name of keyExchanges) await handshake(server, name, 1)
  for (let round = 0; round < rounds; round++) {
    for (const [name, all] of measured) all.push(await handshake(server, name, secondsPerRound / 2))
  }
  printHead('handshake', 'handshakes/s', 'CPU µs of the server', 'CPU beside X25519')
  const cpuOf = (name: KeyExchange) => median((measured.get(name) ?? []).map(({ cpuMicros }) => cpuMicros))
  for (const [name, all] of measured) {
    printRow(
      name,
      median(all.map(({ perSecond }) => perSecond)).toFixed(0),
      cpuOf(name).toFixed(0),
      (cpuOf(name) / cpuOf('X25519')).toFixed(2),
    )
  }
}

/** Measures requests and handshakes over TLS. */
export async function measureTls(): Promise<void> {
  leaveMeasuredCore()
  await withDataDirectory(async dataDirectory => {
    const plain = await startKeyward(dataDirectory, 'oneCore')
    const tls = overTls(plain)
    const keyId = await createKey(plain, {})
    const input = dataKeyInput(keyId)
    const requests = await makeRequests(plain, 'GenerateDataKey', input)
    await measurePair({
      ...{ operation: 'GenerateDataKey', connections },
      reference: { name: 'plain HTTP', server: plain, requests },
      other: { name: 'TLS 1.3', server: tls, requests },
    })
    console.log('')
    await measureHandshakes(tls)
    await stop(plain)
  })
}
