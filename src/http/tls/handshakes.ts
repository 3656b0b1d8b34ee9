import type { Socket } from 'node:net'

/** The limits on handshakes. */
export interface HandshakeLimits {
  /** The time that a connection has, from when it is accepted to the end of its handshake. */
  readonly timeoutMillis: number
  /** The most handshakes in progress. Above it, the oldest gives way. OpenSSL holds up to 128 KiB for each. */
  readonly inProgressMax: number
  /**
   * The handshakes that begin in one turn of the event loop. Each costs up to a millisecond of the thread that answers
   * requests, so that without a limit a thousand of them would stop all answers for a second.
   */
  readonly beginningPerTurnMax: number
}

/** Why a connection had no handshake, or an unfinished one. */
export type HandshakeEnd = 'no_room' | 'gave_way' | 'too_slow' | 'plain_http' | 'not_tls' | 'failed'

/** Places for connections that are not served yet. */
export interface ConnectionPlaces {
  /** The most connections of the server. */
  readonly connectionsMax: number
  /** Takes a place. Returns false if there is none. */
  reserve(): boolean
  /** Gives a place back. */
  release(): void
}

/** The limits for a server with so many connections: handshakes must leave most of them to the clients that are through. */
const limitsFor = (connectionsMax: number): HandshakeLimits => ({
  timeoutMillis: 10_000,
  inProgressMax: Math.min(1000, Math.ceil(connectionsMax / 4)),
  beginningPerTurnMax: 1,
})

/** The first byte of a handshake (RFC 8446, 5.1). */
const handshakeRecord = 22

const plainHttpText = 'This port speaks HTTPS. Begin the URL with https://\n'

/** No engine serves the connection yet, so the answer is written by hand. */
const plainHttpRefusal =
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n' +
  `Content-Length: ${plainHttpText.length}\r\nConnection: close\r\n\r\n${plainHttpText}`

/**
 * The connections whose handshake is not finished. Their number and their time have limits, and few of them begin at once:
 * a handshake is the most that a stranger can make the server compute.
 */
export class Handshakes {
  readonly #begin: (socket: Socket) => void
  readonly #places: ConnectionPlaces
  readonly #limits: HandshakeLimits
  /** In the order in which they came, each with the timer that ends it. */
  readonly #inProgress = new Map<Socket, NodeJS.Timeout>()
  readonly #ready = new Set<Socket>()
  #isTurnPlanned = false
  /** The connections whose handshake did not succeed. */
  readonly ends: Record<HandshakeEnd, number> = {
    no_room: 0,
    gave_way: 0,
    too_slow: 0,
    plain_http: 0,
    not_tls: 0,
    failed: 0,
  }

  /** `begin` starts the handshake of a connection whose first bytes have arrived. */
  constructor(
    places: ConnectionPlaces,
    begin: (socket: Socket) => void,
    limits = limitsFor(places.connectionsMax),
  ) {
    this.#places = places
    this.#begin = begin
    this.#limits = limits
  }

  get count(): number {
    return this.#inProgress.size
  }

  /** Adds a connection. It is destroyed if its handshake takes too long. */
  add(socket: Socket): void {
    // The end of the connection is reported by close.
    socket.on('error', () => {})
    if (this.#inProgress.size >= this.#limits.inProgressMax) this.#cutOldest()
    if (!this.#places.reserve()) {
      this.ends.no_room++
      socket.destroy()
      return
    }
    this.#inProgress.set(
      socket,
      setTimeout(() => {
        this.ends.too_slow++
        socket.destroy()
      }, this.#limits.timeoutMillis),
    )
    socket.once('close', () => this.remove(socket))
    if (socket.readableLength > 0) this.#receive(socket)
    else socket.once('readable', () => this.#receive(socket))
  }

  /** Forgets a connection, because its handshake is finished or it has closed. */
  remove(socket: Socket): void {
    clearTimeout(this.#inProgress.get(socket))
    if (this.#inProgress.delete(socket)) this.#places.release()
    this.#ready.delete(socket)
  }

  /** Cuts all connections whose handshake is not finished. */
  cutAll(): void {
    for (const socket of this.#inProgress.keys()) socket.destroy()
  }

  #cutOldest(): void {
    const [oldest] = this.#inProgress.keys()
    if (oldest === undefined) return
    this.ends.gave_way++
    this.remove(oldest)
    oldest.destroy()
  }

  /** Looks at the first bytes, and gives them back for the handshake. */
  #receive(socket: Socket): void {
    if (socket.destroyed || !this.#inProgress.has(socket)) return
    const bytes = socket.read() as Buffer | null
    if (bytes === null) socket.destroy()
    else if (bytes[0] !== handshakeRecord) this.ends[refuse(socket, bytes)]++
    else {
      socket.unshift(bytes)
      // A client that closes its side before the handshake is finished never finishes it.
      socket.allowHalfOpen = false
      this.#ready.add(socket)
      this.#planTurn()
    }
  }

  #planTurn(): void {
    if (this.#isTurnPlanned || this.#ready.size === 0) return
    this.#isTurnPlanned = true
    setImmediate(() => {
      this.#isTurnPlanned = false
      this.#beginSome()
      this.#planTurn()
    })
  }

  #beginSome(): void {
    let places = this.#limits.beginningPerTurnMax
    for (const socket of this.#ready) {
      if (places-- === 0) return
      this.#ready.delete(socket)
      if (!socket.destroyed) this.#begin(socket)
    }
  }
}

/** Ends a connection that does not begin with a handshake. A client of plain HTTP learns why. */
function refuse(socket: Socket, bytes: Buffer): HandshakeEnd {
  if (/^[A-Z]{3,7} /.test(bytes.toString('latin1', 0, 8))) {
    socket.write(plainHttpRefusal)
    socket.destroySoon()
    return 'plain_http'
  }
  socket.destroy()
  return 'not_tls'
}
