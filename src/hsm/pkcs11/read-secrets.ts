import type { Socket } from 'node:net'
import { readDirectly } from '../../std/index.ts'

/**
 * Gives `receive` what a socket receives, which it wipes before it returns. Node would copy each piece from memory that it gives back
 * unwiped.
 */
export function readSecrets(socket: Socket, receive: (piece: Buffer) => void): void {
  if (!readDirectly(socket, receive)) socket.on('data', receive)
  // Without a reader of the stream its end would not be seen.
  socket.resume()
}
