import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'

/** As many bytes as Node reads from a socket at once. */
const readSizeMaxBytes = 64 * 1024

/** The buffer that all sockets read into. Nobody else reads while the bytes in it are used. */
let received: Buffer | undefined

/** The members of a socket in which Node keeps the buffer and the callback of the option `onread`. */
interface OnReadMembers {
  readonly buffer: symbol
  readonly callback: symbol
}

let members: OnReadMembers | undefined

/**
 * Gives `receive` what a socket receives, which is valid until it returns. Returns false if that is not possible, because data
 * waits in the socket already; then it has to be read as from any stream.
 *
 * Node makes a buffer of 64 KiB for each piece of data, and copies what arrived into a smaller one. Its option `onread` reads into
 * one buffer again and again (Node.js API, "new net.Socket()"), which saves a thirtieth of a request. The sockets of a server
 * cannot be made with the option, so this sets what the option sets. A test shows that it still works with this version of Node.
 */
export function readDirectly(socket: Socket, receive: (data: Buffer) => void): boolean {
  const { _handle: handle } = socket as unknown as {
    _handle?: { useUserBuffer?: (buffer: Uint8Array) => void } | null
  }
  members ??= findMembers(socket)
  if (members === undefined || typeof handle?.useUserBuffer !== 'function' || socket.readableLength > 0)
    return false
  received ??= Buffer.allocUnsafeSlow(readSizeMaxBytes)
  const buffer = received
  Object.assign(socket, {
    [members.buffer]: buffer,
    [members.callback]: (sizeBytes: number) => receive(buffer.subarray(0, sizeBytes)),
  })
  handle.useUserBuffer(buffer)
  return true
}

function findMembers(socket: Socket): OnReadMembers | undefined {
  const symbols = Object.getOwnPropertySymbols(socket)
  const buffer = symbols.find(({ description }) => description === 'kBuffer')
  const callback = symbols.find(({ description }) => description === 'kBufferCb')
  return buffer && callback && { buffer, callback }
}
