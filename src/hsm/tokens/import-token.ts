import type { WrappingAlgorithm, WrappingKeySpec } from '../../domain/index.ts'
import { globalDomain } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'
import { parseJson } from '../../std/index.ts'
import { SealBroken } from '../problems.ts'
import { associatedData } from './associated-data.ts'
import type { DomainKeys } from './domain-keys.ts'

/** The purpose of an import token: one key, one wrapping key, one day. */
export interface ImportClaims {
  readonly keyArn: string
  readonly wrappingAlgorithm: WrappingAlgorithm
  readonly wrappingKeySpec: WrappingKeySpec
  readonly validTo: Millis
}

/** The version of the contents; the token around them has `tokenVersion`. */
const contentsVersion = 1
const headerSizeBytes = 3
const tokenData = associatedData('keyward import token v1', [])

/**
 * Makes an import token. It holds everything about an import, so that the server stores nothing for it: sealed under the
 * global domain key, version (1 byte) ‖ length of the claims (16 bits, big-endian) ‖ claims in JSON ‖ the private
 * wrapping key in PKCS#8. With RSA_4096 it has some 2.7 kB; AWS's wire allows 6144 bytes.
 */
export function sealImportToken(domainKeys: DomainKeys, claims: ImportClaims, wrappingKey: Buffer): Buffer {
  const { keyArn, wrappingAlgorithm, wrappingKeySpec, validTo } = claims
  const json = Buffer.from(JSON.stringify({ keyArn, wrappingAlgorithm, wrappingKeySpec, validTo }))
  const header = Buffer.alloc(headerSizeBytes)
  header.writeUInt8(contentsVersion)
  header.writeUInt16BE(json.length, 1)
  const contents = Buffer.concat([header, json, wrappingKey])
  const token = domainKeys.wrap(globalDomain, contents, tokenData)
  contents.fill(0)
  return token
}

/** Calls `use` with the contents of a token, then wipes them. Throws SealBroken for a token that was not made here. */
export function openImportToken<T>(
  domainKeys: DomainKeys,
  token: Uint8Array,
  use: (claims: ImportClaims, wrappingKey: Buffer) => T,
): T {
  const contents = domainKeys.unwrap(token, tokenData)
  try {
    if (contents[0] !== contentsVersion) throw new SealBroken('an import token of a different version')
    const claimsEnd = headerSizeBytes + contents.readUInt16BE(1)
    // The contents were sealed here, so they have this shape.
    const claims = parseJson(contents.toString('utf8', headerSizeBytes, claimsEnd)) as ImportClaims
    return use(claims, contents.subarray(claimsEnd))
  } finally {
    contents.fill(0)
  }
}
