import { Buffer } from 'node:buffer'
import { sha256Hex } from '../../std/index.ts'
import type { WireHeaders, WireRequest } from '../request.ts'
import { canonicalQuery } from './query.ts'
import type { SignatureClaim } from './signature-claim.ts'

/**
 * Returns the string to sign (AWS General Reference, "Create a signed AWS API request", steps 1 to 3). The path of the request is
 * one that needs no normalization and no encoding: `/`, unless `path` says otherwise.
 */
export function stringToSign(
  request: WireRequest,
  claim: SignatureClaim,
  payloadHash: string,
  path = '/',
): string {
  const lines = headerLines(request.headers, claim.signedHeaders)
  const text = canonicalRequest(request, path, claim, lines, payloadHash)
  // The HTTP parser has already trimmed the ends of the values. Names have no spaces, so no run spans two lines.
  const isAsSigned = !text.includes('  ')
  const signed = isAsSigned
    ? text
    : canonicalRequest(request, path, claim, lines.replaceAll(/ +/g, ' '), payloadHash)
  return `AWS4-HMAC-SHA256\n${claim.amzDate}\n${claim.credentialScope}\n${digestOf(signed)}`
}

function canonicalRequest(
  { method }: WireRequest,
  path: string,
  { query, signedHeadersText }: SignatureClaim,
  lines: string,
  payloadHash: string,
): string {
  return `${method}\n${path}\n${canonicalQuery(query)}\n${lines}\n${signedHeadersText}\n${payloadHash}`
}

function headerLines(headers: WireHeaders, names: readonly string[]): string {
  let lines = ''
  for (const name of names) {
    // The client chooses the name, so it must not find the members that every object has.
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined
    lines += `${name}:${value ?? ''}\n`
  }
  return lines
}

/** Node decodes header bytes as Latin-1; encoding them again gives the exact bytes that the client signed. */
function digestOf(text: string): string {
  // Nearly all requests are ASCII, which has the same bytes in UTF-8, the encoding of a text's digest.
  const isAscii = Buffer.byteLength(text) === text.length
  return sha256Hex(isAscii ? text : Buffer.from(text, 'latin1'))
}
