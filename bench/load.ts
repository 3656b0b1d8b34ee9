import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Server, secondsPerRound } from './machine.ts'
import { perRequest, type ThreadTimes, threadTimes } from './threads.ts'

/** The result of a load at the client. */
export interface LoadResult {
  readonly requestsPerSecond: number
  readonly p50Millis: number
  readonly p99Millis: number
  readonly requests: number
}

/** How long a load lasts: a time, or a number of answers. */
export type Extent = { readonly seconds: number } | { readonly count: number }

/** A load to send to a server. */
export type Load = Extent & {
  readonly url: string
  /** Whole HTTP requests as bytes. The load cycles through them. */
  readonly requests: readonly Buffer[]
  readonly connections: number
  /** Requests per second of all connections together. If absent, each connection sends as soon as it is answered. */
  readonly perSecond?: number
}

/**
 * Keeps keep-alive connections busy, each with one request at a time. If a paced request is late because the one before
 * it is not answered yet, its latency counts from the time at which it was due. Rejects on any answer that is not 200.
 */
export async function drive(load: Load): Promise<LoadResult> {
  const { url, requests, connections, perSecond } = load
  const latencies: number[] = []
  const start = performance.now()
  const intervalMillis = perSecond === undefined ? 0 : (connections * 1000) / perSecond
  const endsAt = start + ('seconds' in load ? load.seconds * 1000 : Number.POSITIVE_INFINITY)
  const sentMax = 'count' in load ? load.count : Number.POSITIVE_INFINITY
  let next = 0
  const isOver = () => next >= sentMax || performance.now() >= endsAt
  const takeRequest = () => requests[next++ % requests.length] as Buffer
  const busy = Array.from({ length: connections }, (_, index) => {
    const socket = open(url).setNoDelay()
    const firstDue = start + (index * intervalMillis) / connections
    return keepBusy(socket, { takeRequest, isOver, latencies, firstDue, intervalMillis })
  })
  await Promise.all(busy)
  const elapsedSeconds = (performance.now() - start) / 1000
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN
  return {
    requestsPerSecond: latencies.length / elapsedSeconds,
    p50Millis: at(0.5),
    p99Millis: at(0.99),
    requests: latencies.length,
  }
}

/** Connects to the server of a URL. Its certificate is not looked at, since this measures the server. */
function open(url: string): Socket {
  const { protocol, hostname: host, port } = new URL(url)
  const target = { host, port: Number(port) }
  return protocol === 'https:' ? connectTls({ ...target, rejectUnauthorized: false }) : connect(target)
}

/** The result of one round: the load at the client, and the CPU time of the server. */
export interface Round extends LoadResult {
  readonly cpuMicrosPerRequest: number
  /** The same CPU time by the server's threads. */
  readonly threads: ThreadTimes
}

/** Runs one round of load, and measures the CPU time that the server used meanwhile. */
export async function measure(
  server: Server,
  requests: readonly Buffer[],
  connections: number,
  extent: Extent = { seconds: secondsPerRound },
): Promise<Round> {
  const before = threadTimes(server)
  const result = await drive({ url: server.url, requests, connections, ...extent })
  const threads = perRequest(before, threadTimes(server), result.requests)
  return { ...result, cpuMicrosPerRequest: threads.all, threads }
}

interface ConnectionPlan {
  readonly takeRequest: () => Buffer
  readonly isOver: () => boolean
  readonly latencies: number[]
  readonly firstDue: number
  /** 0 means: send as soon as the connection is answered. */
  readonly intervalMillis: number
}

const okay = Buffer.from('HTTP/1.1 200 ')
const headEnd = Buffer.from('\r\n\r\n')

function keepBusy(socket: Socket, plan: ConnectionPlan): Promise<void> {
  const { takeRequest, isOver, latencies, firstDue, intervalMillis } = plan
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let countsFrom = 0
  let due = firstDue
  let received: Buffer = Buffer.alloc(0)
  const send = (from: number) => {
    countsFrom = from
    socket.write(takeRequest())
  }
  const sendWhenDue = () => {
    const now = performance.now()
    if (intervalMillis === 0) send(now)
    else if (now >= due) send(due)
    else setTimeout(() => send(performance.now()), due - now)
    due += intervalMillis
  }
  socket.on('connect', sendWhenDue)
  socket.on('error', reject)
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    if (!isWhole(received)) return
    if (!received.subarray(0, okay.length).equals(okay)) {
      reject(new Error(`the answer was ${received.toString('latin1')}`))
      socket.destroy()
      return
    }
    received = Buffer.alloc(0)
    const now = performance.now()
    latencies.push(now - countsFrom)
    if (!isOver()) sendWhenDue()
    else {
      socket.end()
      resolve()
    }
  })
  return promise
}

function isWhole(bytes: Buffer): boolean {
  const head = bytes.indexOf(headEnd)
  if (head < 0) return false
  const length = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1]
  return bytes.length >= head + headEnd.length + Number(length ?? 0)
}
