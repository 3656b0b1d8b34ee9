import { globalDomain, type ImportClaims, SealBroken } from '../hsm.ts'
import { associatedData } from './binding.ts'
import type { DomainKeys } from './domain-keys.ts'

const tokenVersion = 1
const headerSizeBytes = 3
const tokenData = associatedData('keyward import token v1', [])

/**
 * An import token holds all there is to know of an import, so that nothing has to be kept for it: sealed under the
 * global domain key, version (1 byte) ‖ length of the claims (16 bits, big-endian) ‖ claims in JSON ‖ the private
 * wrapping key in PKCS#8. With RSA_4096 it has some 2.7 kB; AWS's wire takes 6144 bytes.
 */
export function sealImportToken(domainKeys: DomainKeys, claims: ImportClaims, wrappingKey: Buffer): Buffer {
  const { keyArn, wrappingAlgorithm, wrappingKeySpec, validTo } = claims
  const json = Buffer.from(JSON.stringify({ keyArn, wrappingAlgorithm, wrappingKeySpec, validTo }))
  const header = Buffer.alloc(headerSizeBytes)
  header.writeUInt8(tokenVersion)
  header.writeUInt16BE(json.length, 1)
  const contents = Buffer.concat([header, json, wrappingKey])
  const token = domainKeys.wrap(globalDomain, contents, tokenData)
  contents.fill(0)
  return token
}

/** Calls back with what a token holds, and wipes it. Throws SealBroken for a token that was not made here. */
export function openImportToken<T>(
  domainKeys: DomainKeys,
  token: Uint8Array,
  use: (claims: ImportClaims, wrappingKey: Buffer) => T,
): T {
  const contents = domainKeys.unwrap(token, tokenData)
  try {
    if (contents[0] !== tokenVersion) throw new SealBroken('an import token of another version')
    const claimsEnd = headerSizeBytes + contents.readUInt16BE(1)
    // Sealed here, so of this shape.
    const claims = JSON.parse(contents.toString('utf8', headerSizeBytes, claimsEnd)) as ImportClaims
    return use(claims, contents.subarray(claimsEnd))
  } finally {
    contents.fill(0)
  }
}
