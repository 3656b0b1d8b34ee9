import { connect, type Socket } from 'node:net'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { openFiles, residentMebibytes } from './watch.ts'

const health = 'GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n'
const idleCount = 10_000
const moreCount = 300

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  await new Promise(done => socket.once('connect', done).once('close', done))
  return socket
}

/** Opens connections that send nothing, and then connects as an honest client, again and again. */
export async function measureIdleConnections(server: KeywardProcess): Promise<void> {
  const before = residentMebibytes(server.process)
  const idle: Socket[] = []
  while (idle.length < idleCount + moreCount)
    idle.push(...(await Promise.all(Array.from({ length: 100 }, () => open(server.url)))))
  const millis: number[] = []
  for (let client = 0; client < 100; client++) {
    const start = performance.now()
    const socket = await open(server.url)
    socket.write(health)
    const answer = await new Promise<string>(done => {
      socket.once('data', chunk => done(chunk.toString('latin1'))).once('close', () => done('closed'))
    })
    if (!answer.startsWith('HTTP/1.1 200 ')) console.log(`a client was answered with ${answer.slice(0, 100)}`)
    millis.push(performance.now() - start)
    idle.push(socket)
  }
  millis.sort((a, b) => a - b)
  const closed = idle.filter(socket => socket.destroyed || socket.readableEnded).length
  console.log(
    [
      `${idleCount + moreCount} idle connections, then 100 clients: answered after ${millis[50]?.toFixed(1)} ms (median),`,
      `${millis.at(-1)?.toFixed(1)} ms (last); ${closed} idle connections gave way; ${openFiles(server.process)} files are`,
      `open; memory ${before.toFixed(0)} MiB before, ${residentMebibytes(server.process).toFixed(0)} MiB with them.`,
    ].join(' '),
  )
  for (const socket of idle) socket.destroy()
}
