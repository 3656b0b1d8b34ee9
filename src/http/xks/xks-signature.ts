import { ServiceError, XksRefusal, xksSigningService } from '../../domain/index.ts'
import type { SigningSecret } from '../../identity/index.ts'
import { type Millis, sha256Hex } from '../../std/index.ts'
import type { WireRequest } from '../request.ts'
import { stringToSign } from '../sigv4/canonical-request.ts'
import { readSignatureClaim, type SignatureClaim } from '../sigv4/signature-claim.ts'
import { checkSigningTime } from '../sigv4/signing-time.ts'

/** A credential of the proxy whose signature was right, and the Region that it was signed for. */
export interface XksSigner {
  readonly accessKeyId: string
  /** The Region that AWS KMS called from. It is a text of the client. */
  readonly region: string
}

/**
 * Verifies the Signature Version 4 of a request to the proxy (XKS proxy API specification, appendix A): for its service, with
 * at least Host and X-Amz-Date signed, in any Region, at most five minutes from now. Throws XksRefusal with AuthenticationFailedException,
 * whose text is the same for every reason.
 */
export function verifyXksSignature(
  request: WireRequest,
  secrets: ReadonlyMap<string, SigningSecret>,
  now: Millis,
): XksSigner {
  const claim = readClaim(request, now)
  const secret = secrets.get(claim.accessKeyId)
  if (secret === undefined) throw unauthenticated('the access key is not a credential of the proxy')
  const { credentialScope, date, region, service, signature } = claim
  const payloadHash = sha256Hex(request.body)
  if ((request.headers['x-amz-content-sha256'] ?? payloadHash) !== payloadHash)
    throw unauthenticated('the body does not have the digest in X-Amz-Content-SHA256')
  const key = secret.signingKey(credentialScope, date, region, service)
  if (!key.verifies(stringToSign(request, claim, payloadHash, request.path), signature))
    throw unauthenticated(`the signature is not one of the credential ${claim.accessKeyId}`)
  return { accessKeyId: claim.accessKeyId, region }
}

function readClaim(request: WireRequest, now: Millis): SignatureClaim {
  try {
    const claim = readSignatureClaim(request)
    checkSigningTime(claim, now)
    checkScope(request, claim)
    return claim
  } catch (error) {
    throw error instanceof ServiceError ? unauthenticated(error.text ?? error.code) : error
  }
}

function checkScope(request: WireRequest, claim: SignatureClaim): void {
  const { service, terminator, signedHeaders, region } = claim
  if (service !== xksSigningService || terminator !== 'aws4_request')
    throw unauthenticated(`the signature is not for ${xksSigningService}`)
  // The region gets into records, and a client chooses it.
  if (!/^[a-z0-9-]{1,64}$/.test(region)) throw unauthenticated('the Region of the signature is not one')
  if (!signedHeaders.includes('host') || !signedHeaders.includes('x-amz-date'))
    throw unauthenticated('Host and X-Amz-Date are not both signed')
  if (request.headers['x-amz-date'] === undefined) throw unauthenticated('there is no X-Amz-Date')
}

/** Returns the refusal of a request that is not authenticated. The client does not learn the reason. */
export function unauthenticated(reason: string): XksRefusal {
  const text = 'The request was rejected due to an invalid AWS SigV4 signature.'
  return new XksRefusal('AuthenticationFailedException', text, { reason })
}
