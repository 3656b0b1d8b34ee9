import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { MemorySocket } from './memory-socket.ts'
import type { Sent } from './messages.ts'

/** A request as a server understood it. */
export interface Understood {
  readonly method: string
  readonly target: string
  /** The values of a repeated header are joined with commas in their order. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Whether Host or Authorization occurs more than once. */
  readonly isRepeated: boolean
}

/** More that the reference knows about a request. It explains why ours refused the request. */
export interface Facts {
  /** `1.0` or `1.1`, or a version that the reference takes for one of them. */
  readonly version: string
  /** The names of headers, in lower case, once for each time that they occur. */
  readonly names: readonly string[]
  /** The bytes of the head and of the trailers, as far as they have a meaning. */
  readonly headSize: number
  readonly trailerSize: number
  readonly trailerCount: number
}

/** All that a server made of the data of one connection, until the client would have sent more. */
export interface Outcome {
  readonly understood: readonly Understood[]
  /** The facts about each understood request; ours has none. */
  readonly facts: readonly Facts[]
  /** The statuses of its answers, those of refusals and `100` among them. */
  readonly statuses: readonly number[]
  /** Whether it ended the connection. */
  readonly isEnded: boolean
  /** The answers to understood requests announce whether the connection stays open. */
  readonly announced: readonly string[]
}

/** Called with each request that a server understood. */
export type Report = (request: Understood, facts?: Facts) => void

/** A server that echoes the requests it understands. */
export interface Side {
  readonly name: string
  /** Serves a connection and reports each request that it understood. */
  serve(socket: MemorySocket, report: Report): void
  close(): Promise<void>
}

/** The limit on heads that both sides have. */
export const headSizeMaxBytes = 32 * 1024

/**
 * The reference: a strict `node:http` server. It takes any number of headers: with a limit it drops those that are too many
 * without a word.
 */
export class NodeSide implements Side {
  readonly name = 'node:http'
  readonly #server: Server
  readonly #reports = new WeakMap<Socket, Report>()

  constructor({ insecureHTTPParser = false } = {}) {
    const options = {
      insecureHTTPParser,
      requireHostHeader: false,
      maxHeaderSize: headSizeMaxBytes,
      keepAliveTimeout: 0,
    }
    this.#server = createServer(options, (request, response) => this.#receive(request, response))
    this.#server.maxHeadersCount = 0
    this.#server.on('clientError', (_error, socket: Socket) => {
      // The answers to the requests before the fault go first.
      setImmediate(() => {
        if (socket.writable) socket.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
        socket.destroySoon()
      })
    })
    // As Keyward: an expectation that it cannot meet ends the connection, and what comes after it has no effect.
    this.#server.on('checkExpectation', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.#reports.delete(socket)
      response.writeHead(417, { Connection: 'close' }).end()
    })
  }

  serve(socket: MemorySocket, report: Report): void {
    this.#reports.set(socket as unknown as Socket, report)
    this.#server.emit('connection', socket)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const report = this.#reports.get(request.socket)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url: target = '', rawHeaders } = request
      const body = Buffer.concat(chunks).toString('latin1')
      const facts = factsOf(request)
      const isRepeated = ['host', 'authorization'].some(
        name => facts.names.indexOf(name) !== facts.names.lastIndexOf(name),
      )
      report?.({ method, target, headers: joinHeaders(rawHeaders), body, isRepeated }, facts)
      response.writeHead(200, { 'Content-Length': 2 }).end('ok')
    })
  }
}

function factsOf(request: IncomingMessage): Facts {
  const { method = '', url = '', rawHeaders, rawTrailers, httpVersion: version } = request
  const sizeOf = (raw: readonly string[]) => raw.reduce((sum, { length }) => sum + length + 2, 0)
  return {
    version,
    names: rawHeaders.filter((_, index) => index % 2 === 0).map(name => name.toLowerCase()),
    headSize: method.length + url.length + sizeOf(rawHeaders),
    trailerSize: sizeOf(rawTrailers),
    trailerCount: rawTrailers.length / 2,
  }
}

/** Joins the values of repeated headers. `raw` has names and values in turn. */
function joinHeaders(raw: readonly string[]): Record<string, string> {
  const joined: Record<string, string> = Object.create(null) as Record<string, string>
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    const value = raw[index + 1] as string
    joined[name] = joined[name] === undefined ? value : `${joined[name]},${value}`
  }
  return joined
}

const nextTurn = () => new Promise<void>(resolve => setImmediate(resolve))

/** The turns of the event loop after which a server has answered all that it received. */
const settleTurns = 24

interface Run {
  readonly socket: MemorySocket
  readonly pieces: Buffer[]
  readonly understood: Understood[]
  readonly facts: Facts[]
}

/** Sends the data of many connections to a server, piece by piece and all of them side by side. */
export async function runAll(side: Side, all: readonly Sent[]): Promise<Outcome[]> {
  const runs = all.map((sent): Run => {
    const run: Run = { socket: new MemorySocket(), pieces: piecesOf(sent), understood: [], facts: [] }
    side.serve(run.socket, (request, facts) => {
      run.understood.push(request)
      if (facts !== undefined) run.facts.push(facts)
    })
    return run
  })
  let waiting = runs
  while (waiting.length > 0) {
    for (const { socket, pieces } of waiting)
      if (socket.isIdle) socket.deliver(pieces.shift() ?? Buffer.alloc(0))
    await nextTurn()
    waiting = waiting.filter(({ socket, pieces }) => pieces.length > 0 && !socket.isEnded)
  }
  for (let turn = 0; turn < settleTurns; turn++) await nextTurn()
  return runs.map(outcomeOf)
}

function piecesOf({ bytes, cuts }: Sent): Buffer[] {
  const bounds = [0, ...cuts, bytes.length]
  return bounds
    .slice(1)
    .map((end, index) => bytes.subarray(bounds[index], end))
    .filter(piece => piece.length > 0)
}

function outcomeOf({ socket, understood, facts }: Run): Outcome {
  const { isEnded } = socket
  const written = socket.written.toString('latin1')
  const heads = written.matchAll(/HTTP\/1\.1 (\d{3}) [\s\S]*?\r\n\r\n/g)
  const statuses: number[] = []
  const announced: string[] = []
  for (const [head, status] of heads) {
    statuses.push(Number(status))
    if (status === '200') announced.push(/^connection: close\r$/im.test(head) ? 'close' : 'keep-alive')
  }
  socket.destroy()
  return { understood, facts, statuses, isEnded, announced }
}
