import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { decodeBase64Url, type Millis } from '../std/index.ts'
import type { SessionTokensOptions } from './sessions/session-token.ts'

const version = 1
const headerSizeBytes = 11
/**
 * The size of all messages before they are sealed: a length would reveal something about the policies, and about entities that
 * the caller must not know. Sealed and encoded they fit into the headers that proxies pass on.
 */
const sizeBytes = 1536
/** A longer text hardly fits, and compressing it would cost more than the denial. */
const textLengthMax = 12_000
const inflatedMax = 65_536
/** AWS does not say when a message expires. */
const lifetimeMillis = 86_400_000

const sealName = (accountId: string) => `authorization message of ${accountId}`

/**
 * Encodes the details of denials, which only principals of the caller's account can have decoded (AWS STS API reference,
 * "DecodeAuthorizationMessage"). The server keeps nothing for a message, which is sealed for its account. Its contents: version
 * (1 byte) ‖ time (64 bits, big-endian) ‖ length (16 bits) ‖ JSON, compressed ‖ zeros.
 */
export class AuthorizationMessages {
  readonly #options: SessionTokensOptions

  constructor(options: SessionTokensOptions) {
    this.#options = options
  }

  /** Encodes the first of these texts that fits; undefined if none does. */
  encode(accountId: string, now: Millis, texts: Iterable<string>): string | undefined {
    for (const text of texts) {
      if (text.length > textLengthMax) continue
      const packed = deflateRawSync(text)
      if (packed.length > sizeBytes - headerSizeBytes) continue
      const contents = Buffer.alloc(sizeBytes)
      contents.writeUInt8(version)
      contents.writeBigUInt64BE(BigInt(now), 1)
      contents.writeUInt16BE(packed.length, 9)
      packed.copy(contents, headerSizeBytes)
      return this.#options.seal(sealName(accountId), contents).toString('base64url')
    }
    return undefined
  }

  /** Decodes a message; undefined for a text that this server did not make for the account, or that has expired. */
  decode(accountId: string, now: Millis, message: string): string | undefined {
    const sealed = decodeBase64Url(message)
    const contents = sealed && this.#options.open(sealName(accountId), sealed)
    if (contents === undefined || contents[0] !== version) return undefined
    if (now > Number(contents.readBigUInt64BE(1)) + lifetimeMillis) return undefined
    const packed = contents.subarray(headerSizeBytes, headerSizeBytes + contents.readUInt16BE(9))
    return inflateRawSync(packed, { maxOutputLength: inflatedMax }).toString()
  }
}
