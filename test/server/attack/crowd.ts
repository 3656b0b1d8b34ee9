import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Where an attack goes, and how large it is. It ends by itself. */
export interface AttackPlan {
  readonly url: string
  readonly seconds: number
  /** Connections that are open at once. */
  readonly connections: number
  /** The data of a request that is answered, for the attacks that need one. */
  readonly request: Buffer
}

/** The result of an attack, for the report. */
export interface AttackCounts {
  opened: number
  /** Connections that the server closed. */
  closed: number
  written: number
  read: number
}

/** The most connections that an attack opens per second, over all. */
const opensPerSecondMax = 500

/** The most data that an attack sends per second, over all. */
const bytesPerSecondMax = 30 * 1024 * 1024

/** One hostile connection. Its `behave` runs again for each connection that replaces a closed one. */
export interface Hostile {
  readonly socket: Socket
  /** Resolves when the server, or this side, has closed the connection. */
  readonly closed: Promise<void>
  /** Sends data. Resolves when the system has taken it, the attack's rate allows more, or the connection is closed. */
  send(data: string | Buffer): Promise<void>
  /** Whether the attack goes on and the connection is open. */
  goesOn(): boolean
}

export type Behaviour = (hostile: Hostile) => Promise<void> | void

/** Keeps a number of hostile connections open until the time is over. */
export async function attackWith(
  { url, seconds, connections }: AttackPlan,
  behave: Behaviour,
): Promise<AttackCounts> {
  const { hostname, port } = new URL(url)
  const counts: AttackCounts = { opened: 0, closed: 0, written: 0, read: 0 }
  const start = performance.now()
  const end = start + seconds * 1000
  const isOver = () => performance.now() >= end
  const allowed = (perSecond: number) => ((performance.now() - start) / 1000 + 0.1) * perSecond
  const send = async (socket: Socket, closed: Promise<void>, data: string | Buffer) => {
    counts.written += data.length
    await Promise.race([new Promise(done => socket.write(data, done)), closed])
    while (counts.written > allowed(bytesPerSecondMax) && !isOver()) await sleep(10)
  }
  const keepOne = async () => {
    while (!isOver()) {
      if (counts.opened >= allowed(opensPerSecondMax)) {
        await sleep(5)
        continue
      }
      counts.opened++
      const socket = connect(Number(port), hostname)
      const closed = new Promise<void>(done => socket.once('close', () => done()))
      socket.on('error', () => {})
      socket.on('data', chunk => {
        counts.read += chunk.length
      })
      const goesOn = () => !isOver() && !socket.destroyed
      const hostile: Hostile = { socket, closed, goesOn, send: data => send(socket, closed, data) }
      const over = sleep(Math.max(0, end - performance.now()))
      await Promise.race([behave(hostile), over, closed])
      if (!socket.destroyed) await Promise.race([closed, over])
      if (!isOver()) counts.closed++
      socket.destroy()
    }
  }
  await Promise.all(Array.from({ length: connections }, keepOne))
  return counts
}
