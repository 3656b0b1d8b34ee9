import { sha256Hex } from '../../std/index.ts'
import type { WireRequest } from '../request.ts'
import { canonicalQuery } from './query.ts'
import type { SignatureClaim } from './signature-claim.ts'

/**
 * Returns the string to sign (AWS General Reference, "Create a signed AWS API request", steps 1 to 3). Every request
 * that gets here has the path `/`, which needs no normalization.
 */
export function stringToSign(request: WireRequest, claim: SignatureClaim, payloadHash: string): string {
  let headerLines = ''
  for (const name of claim.signedHeaders) {
    // The client chooses the name, so it must not find the members that every object has.
    const value = Object.hasOwn(request.headers, name) ? request.headers[name] : undefined
    headerLines += `${name}:${canonicalValue(value ?? '')}\n`
  }
  const canonicalRequest = `${request.method}\n/\n${canonicalQuery(claim.query)}\n${headerLines}\n${claim.signedHeadersText}\n${payloadHash}`
  // Node decodes header bytes as Latin-1; encoding them again gives the exact bytes that the client signed.
  const digest = sha256Hex(Buffer.from(canonicalRequest, 'latin1'))
  return `AWS4-HMAC-SHA256\n${claim.amzDate}\n${claim.credentialScope}\n${digest}`
}

/** Reduces each run of spaces to one space. The HTTP parser has already trimmed the ends. */
function canonicalValue(value: string): string {
  return value.includes('  ') ? value.replaceAll(/ +/g, ' ') : value
}
