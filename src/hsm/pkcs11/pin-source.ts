import { copySecret } from '../../std/index.ts'
import { readSecretLine } from '../root-key/secret-file.ts'
import type { LoginLimit } from './login-limit.ts'
import { TokenProblem } from './problem.ts'
import type { PinSource } from './token-library.ts'

/** A PIN: its file, which is read for each login, or its bytes, which their owner wipes. */
export type Pin = { readonly path: string } | { readonly bytes: Buffer }

/** The PIN of a token has at least 4 bytes with all tokens that we know, and at most this many. */
const pinBytesMax = 255

/** Gives a PIN for a login, which is counted under the name of its user before it is tried. `read` returns memory that the login wipes. */
export function countedPin(limit: LoginLimit, user: string, read: () => Buffer): PinSource {
  return {
    read() {
      const pin = read()
      try {
        limit.begin(user)
        return pin
      } catch (error) {
        pin.fill(0)
        throw error
      }
    },
    wasRight: () => limit.forget(user),
    wasNotTried: () => limit.undo(user),
  }
}

/** Returns the bytes of a PIN, which the caller wipes. Throws TokenProblem, and OperatorError if the file cannot be read. */
export function readPin(pin: Pin): Buffer {
  const bytes =
    'path' in pin
      ? readSecretLine(pin.path, 'PIN', 'Repair that, or name a different file.')
      : copySecret(pin.bytes)
  if (bytes.length > 0 && bytes.length <= pinBytesMax) return bytes
  bytes.fill(0)
  const place = 'path' in pin ? ` in ${pin.path}` : ''
  throw new TokenProblem('WrongPin', `the PIN${place} must have 1 to ${pinBytesMax} bytes; it was not tried`)
}
