import { type Argon2Parameters, argon2 } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(argon2)

/** The cost of a derivation with Argon2id. */
export interface Argon2Cost {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
}

/** The second recommendation of RFC 9106, section 4: 64 MiB. */
export const argon2Default: Argon2Cost = { memoryKiB: 65_536, passes: 3, lanes: 4 }

/** Derives 32 bytes from a passphrase with Argon2id (RFC 9106), in libuv's pool. The caller wipes both. */
export function argon2id(
  message: Uint8Array,
  nonce: Uint8Array,
  { memoryKiB, passes, lanes }: Argon2Cost,
  others: Pick<Argon2Parameters, 'secret' | 'associatedData'> = {},
): Promise<Buffer> {
  const sizes = { memory: memoryKiB, passes, parallelism: lanes, tagLength: 32 }
  return derive('argon2id', { message, nonce, ...sizes, ...others })
}
