import { closeSync, constants, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../std/index.ts'

/** The name of the socket in the data directory. */
export const socketName = 'operator.sock'

/** The longest path of a socket on Linux; macOS allows 104 bytes with the zero at the end. */
const pathSizeMax = process.platform === 'darwin' ? 103 : 107
const openDirectories = '/proc/self/fd'

/** A path that the operating system takes as the address of a socket. */
export interface SocketAddress {
  readonly path: string
  /** Ends the use of the path. */
  release(): void
}

/**
 * Returns the address of a socket in a directory. Where the path is longer than an address can be, the address goes through
 * an open descriptor of the directory. Throws OperatorError where that is not possible.
 */
export function socketAddress(directory: string, name: string): SocketAddress {
  const path = join(directory, name)
  if (Buffer.byteLength(path) <= pathSizeMax) return { path, release: () => undefined }
  if (!existsSync(openDirectories))
    throw new OperatorError(
      `The path ${path} is too long for a socket: ${pathSizeMax} bytes at most. Set KEYWARD_DATA_DIR to a shorter path.`,
    )
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  return {
    path: `${openDirectories}/${descriptor}/${name}`,
    release: () => closeSync(descriptor),
  }
}
