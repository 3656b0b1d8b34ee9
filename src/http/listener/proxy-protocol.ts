import type { Socket } from 'node:net'
import { addressOfBytes } from '../client-address.ts'

// The PROXY protocol, version 2 (HAProxy, doc/proxy-protocol.txt, 2.2).

/** How long a proxy may take to send its header. It sends it before anything else, and as one piece. */
const headerMillis = 5000

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const startBytes = 16
/** A header fits in one packet, says the specification; this has room for certificates' names and custom values. */
const restMaxBytes = 4096

/** The sizes of the client's address and of all addresses, by the byte of family and protocol: TCP over IPv4 and over IPv6. */
const families: Readonly<Record<number, { readonly addressBytes: number; readonly bytes: number }>> = {
  17: { addressBytes: 4, bytes: 12 },
  33: { addressBytes: 16, bytes: 36 },
}

/** The client that a header names; `peer` if the proxy itself opened the connection, such as to check the health. */
type HeaderClient = string | 'peer'

/**
 * Reads the header with which a proxy begins a connection, and then calls `then` with the address of the client, or with
 * `peer` for a connection that is the proxy's own. Data behind the header stays in the socket. A connection with a different
 * beginning, a malformed header or a client without an address is refused: it is cut, because nobody knows whose requests
 * these are. A proxy that closes a connection before it sends anything only checks the health.
 */
export function readProxyHeader(
  socket: Socket,
  then: (client: HeaderClient) => void,
  onRefused?: () => void,
): void {
  let start: Buffer | null = null
  const stop = () => {
    clearTimeout(timer)
    socket.off('readable', read).off('end', cut).off('close', stop).off('error', ignore)
  }
  const cut = () => {
    stop()
    // A reset may still come.
    socket.on('error', ignore).destroy()
  }
  const refuse = () => {
    cut()
    onRefused?.()
  }
  const read = () => {
    start ??= socket.read(startBytes) as Buffer | null
    if (start === null) return
    // At the end of the data, read() returns less than it was asked for.
    const size = start.length < startBytes ? undefined : restSizeOf(start)
    if (size === undefined) return start.length === 0 ? cut() : refuse()
    const rest = size === 0 ? Buffer.alloc(0) : (socket.read(size) as Buffer | null)
    if (rest === null) return
    const client = rest.length < size ? undefined : readHeader(start, rest)
    if (client === undefined) return refuse()
    stop()
    then(client)
  }
  const timer = setTimeout(refuse, headerMillis)
  socket.on('readable', read).on('end', cut).on('close', stop).on('error', ignore)
}

/** An error closes the socket. */
const ignore = () => undefined

/** Returns the size of the header behind its first 16 bytes; undefined if these are not the beginning of one. */
function restSizeOf(start: Buffer): number | undefined {
  if (!start.subarray(0, signature.length).equals(signature)) return undefined
  const size = start.readUInt16BE(14)
  return size <= restMaxBytes ? size : undefined
}

/** Returns the client that a header names; undefined if it is malformed or names none. */
function readHeader(start: Buffer, rest: Buffer): HeaderClient | undefined {
  const versionAndCommand = start[12]
  if (versionAndCommand === 0x20) return 'peer'
  if (versionAndCommand !== 0x21) return undefined
  // The specification allows to refuse clients of other families. With the address of the proxy they could pass for it.
  const family = families[start[13] as number]
  if (family === undefined || rest.length < family.bytes) return undefined
  if (!areValuesIntact(Buffer.concat([start, rest]), startBytes + family.bytes)) return undefined
  return addressOfBytes(rest.subarray(0, family.addressBytes))
}

const checksumType = 0x03

/** Whether the values of a header are complete and its checksum, if it has one, is right (2.2.3). */
function areValuesIntact(header: Buffer, from: number): boolean {
  let checksumAt: number | undefined
  let at = from
  while (at < header.length) {
    if (at + 3 > header.length) return false
    const [type, size] = [header[at], header.readUInt16BE(at + 1)]
    if (type === checksumType) {
      if (size !== 4 || checksumAt !== undefined) return false
      checksumAt = at + 3
    }
    at += 3 + size
  }
  if (at !== header.length) return false
  if (checksumAt === undefined) return true
  const stated = header.readUInt32BE(checksumAt)
  header.fill(0, checksumAt, checksumAt + 4)
  return crc32c(header) === stated
}

/** The checksum of SCTP (RFC 4960, appendix B); Node has the one of zlib alone, which has a different polynomial. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1
  }
  return (crc ^ 0xffff_ffff) >>> 0
}
