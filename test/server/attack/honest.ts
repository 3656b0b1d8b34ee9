import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawConnection } from '../../fixtures/raw-connection.ts'

/** The result of honest clients beside an attack. */
export interface Served {
  readonly answered: number
  readonly p99Millis: number
  /** The time that the server's main thread ran while a request waited. Other processes do not disturb it. */
  readonly p99RunMillis: number
}

/** Honest clients: keep-alive connections that each send one signed request at a time. */
export interface HonestLoad {
  readonly url: string
  readonly pid: number | undefined
  readonly requests: readonly Buffer[]
  readonly connections: number
  readonly perSecond: number
  readonly seconds: number
}

/** The time that the main thread of a process has run; NaN if the system does not report it. */
function runMillis(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return Number.NaN
  }
}

/** Sends requests at a fixed rate. Throws if one of them is not answered with 200. */
export async function serveHonest(load: HonestLoad): Promise<Served> {
  const { url, pid, requests, connections, perSecond, seconds } = load
  const [waits, runs]: [number[], number[]] = [[], []]
  const start = performance.now()
  const end = start + seconds * 1000
  const intervalMillis = (connections * 1000) / perSecond
  await Promise.all(
    Array.from({ length: connections }, async (_, index) => {
      const connection = await RawConnection.open(url)
      let due = start + (index * intervalMillis) / connections
      for (let next = index; performance.now() < end; next++) {
        if (due > performance.now()) await sleep(due - performance.now())
        due = Math.max(due + intervalMillis, performance.now())
        const [sent, ran] = [performance.now(), runMillis(pid)]
        connection.write(requests[next % requests.length] as Buffer)
        const answer = await connection.read()
        if (answer?.status !== 200)
          throw new Error(`an honest request was answered with ${answer?.status} ${answer?.text}`)
        waits.push(performance.now() - sent)
        runs.push(runMillis(pid) - ran)
      }
      connection.destroy()
    }),
  )
  return { answered: waits.length, p99Millis: p99(waits), p99RunMillis: p99(runs) }
}

function p99(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN
}
