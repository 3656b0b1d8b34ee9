import { connect, type Socket } from 'node:net'

/** What a run of load measured at the client. */
export interface LoadResult {
  readonly requestsPerSecond: number
  readonly p50Millis: number
  readonly p99Millis: number
  readonly requests: number
}

/**
 * Keeps `connections` keep-alive connections busy for `seconds`, each with one request at a time, taken in turn from
 * `requests` (whole HTTP requests as bytes). Rejects on any answer that is not 200.
 */
export async function drive(
  url: string,
  requests: readonly Buffer[],
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const { hostname, port } = new URL(url)
  const latencies: number[] = []
  const start = performance.now()
  const end = start + seconds * 1000
  let next = 0
  const takeRequest = () => requests[next++ % requests.length] as Buffer
  const sockets = Array.from({ length: connections }, () => connect(Number(port), hostname).setNoDelay())
  await Promise.all(sockets.map(socket => keepBusy(socket, takeRequest, end, latencies)))
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

const okay = Buffer.from('HTTP/1.1 200 ')
const headEnd = Buffer.from('\r\n\r\n')

function keepBusy(
  socket: Socket,
  takeRequest: () => Buffer,
  end: number,
  latencies: number[],
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let sentAt = 0
  let received: Buffer = Buffer.alloc(0)
  const send = () => {
    sentAt = performance.now()
    socket.write(takeRequest())
  }
  socket.on('connect', send)
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
    latencies.push(now - sentAt)
    if (now < end) send()
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
