import { connect, type Socket } from 'node:net'

/** An answer as it came over the socket. */
export interface HttpAnswer {
  readonly status: number
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

/** A TCP connection to a server, on which a test writes what no HTTP client would. */
export class RawConnection {
  readonly socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #isEnded = false
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
      this.#wake()
    })
    const end = () => {
      this.#isEnded = true
      this.#wake()
    }
    socket.on('end', end)
    socket.on('close', end)
    // A reset ends the connection; read() tells.
    socket.on('error', end)
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    const connection = new RawConnection(socket)
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return connection
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data)
  }

  /** Whether the server has closed its side. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /**
   * The next answer; undefined where the server closes without one. An answer to HEAD has no body, whatever its
   * Content-Length says.
   */
  async read({ isToHead = false, timeoutMillis = 60_000 } = {}): Promise<HttpAnswer | undefined> {
    const deadline = Date.now() + timeoutMillis
    for (;;) {
      const answer = this.#take(isToHead)
      if (answer !== undefined) return answer
      if (this.#isEnded) return undefined
      await this.#more(deadline)
    }
  }

  /** Waits until the server closes; what came before that and was not read yet. */
  async readToEnd(timeoutMillis = 60_000): Promise<string> {
    const deadline = Date.now() + timeoutMillis
    while (!this.#isEnded) await this.#more(deadline)
    return this.#received.toString('latin1')
  }

  destroy(): void {
    this.socket.destroy()
  }

  async #more(deadline: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#wake = resolve
    const timer = setTimeout(() => reject(new Error('the server is silent')), deadline - Date.now())
    try {
      await promise
    } finally {
      clearTimeout(timer)
    }
  }

  #take(isToHead: boolean): HttpAnswer | undefined {
    const headEnd = this.#received.indexOf('\r\n\r\n')
    if (headEnd < 0) return undefined
    const [statusLine = '', ...lines] = this.#received.toString('latin1', 0, headEnd).split('\r\n')
    const headers = new Map(
      lines.map(line => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    const bodyEnd = headEnd + 4 + (isToHead ? 0 : Number(headers.get('content-length') ?? 0))
    if (this.#received.length < bodyEnd) return undefined
    const text = this.#received.toString('utf8', headEnd + 4, bodyEnd)
    this.#received = this.#received.subarray(bodyEnd)
    return { status: Number(statusLine.split(' ')[1]), headers, text }
  }
}

/** Writes a request on a connection of its own and reads the one answer. */
export async function exchange(url: string, request: string | Buffer): Promise<HttpAnswer | undefined> {
  const connection = await RawConnection.open(url)
  try {
    connection.write(request)
    return await connection.read({ isToHead: request.toString().startsWith('HEAD ') })
  } finally {
    connection.destroy()
  }
}

/** A request's bytes: the header lines as they are, with a Content-Length where there is a body. */
export function renderRequest(
  line: string,
  headers: readonly (readonly [name: string, value: string])[],
  body: string | Uint8Array = '',
): Buffer {
  const bytes = Buffer.from(body)
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([
    Buffer.from(`${line} HTTP/1.1\r\n${lines.join('')}Content-Length: ${bytes.length}\r\n\r\n`),
    bytes,
  ])
}
