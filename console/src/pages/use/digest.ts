import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import type { DigestName } from '../../model/use/messages.ts'

const digests: Readonly<Record<DigestName, (message: Uint8Array) => Uint8Array>> = {
  'SHA-256': sha256,
  'SHA-384': sha384,
  'SHA-512': sha512,
}

/** The digests of messages that are still there: one of a large file takes a while, and the form asks for it at each change. */
const known = new WeakMap<Uint8Array, Partial<Record<DigestName, Uint8Array>>>()

/** The digest of a message (FIPS 180-4). `@noble/hashes` and not WebCrypto, which is missing over plain HTTP to a different host. */
export function digest(name: DigestName, message: Uint8Array): Uint8Array {
  const made = known.get(message) ?? {}
  known.set(message, made)
  made[name] ??= digests[name](message)
  return made[name]
}
