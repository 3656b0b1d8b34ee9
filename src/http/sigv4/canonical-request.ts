import { sha256Hex } from '../../std/index.ts'
import type { WireRequest } from '../listener/request.ts'
import { canonicalQuery } from './query.ts'
import type { SignatureClaim } from './signature-claim.ts'

/**
 * The string to sign (AWS General Reference, "Create a signed AWS API request", steps 1 to 3). The path is `/` on every
 * request that gets here, so it needs no normalizing.
 */
export function stringToSign(request: WireRequest, claim: SignatureClaim, payloadHash: string): string {
  let headerLines = ''
  for (const name of claim.signedHeaders) {
    // The name is the client's: it must not find what every object has.
    const value = Object.hasOwn(request.headers, name) ? request.headers[name] : undefined
    headerLines += `${name}:${canonicalValue(value ?? '')}\n`
  }
  const canonicalRequest = `${request.method}\n/\n${canonicalQuery(claim.query)}\n${headerLines}\n${claim.signedHeadersText}\n${payloadHash}`
  // Node hands header bytes over as Latin-1; this gives the very bytes back that the client signed.
  const digest = sha256Hex(Buffer.from(canonicalRequest, 'latin1'))
  return `AWS4-HMAC-SHA256\n${claim.amzDate}\n${claim.credentialScope}\n${digest}`
}

/** With runs of spaces made one. The HTTP parser has trimmed the ends. */
function canonicalValue(value: string): string {
  return value.includes('  ') ? value.replaceAll(/ +/g, ' ') : value
}
