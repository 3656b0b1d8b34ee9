import type { ProxyPurpose, XksCiphertext } from '../../domain/index.ts'
import { encodeBase64, uuid } from '../../std/index.ts'
import type { ExternalUse } from './external-keys.ts'

// The bodies of requests (XKS proxy API specification, "API operations"). `JSON.stringify` leaves out members that are undefined.

/** The principal of calls that AWS KMS makes by itself. */
const ownPrincipal = 'AWS Internal'

const toOptional = (bytes: Uint8Array) => (bytes.length === 0 ? undefined : encodeBase64(bytes))

/** Returns the body of GetHealthStatus. */
export function healthRequest({ operation, requestId }: Omit<ProxyPurpose, 'principalArn'>): string {
  return JSON.stringify({ requestMetadata: { kmsRequestId: requestId, kmsOperation: operation } })
}

/** Returns the body of GetKeyMetadata. */
export function metadataRequest({ operation, requestId, principalArn = ownPrincipal }: ProxyPurpose): string {
  return JSON.stringify({
    requestMetadata: { awsPrincipalArn: principalArn, kmsOperation: operation, kmsRequestId: requestId },
  })
}

/** Returns the body of Encrypt. */
export function encryptRequest(use: ExternalUse, plaintext: Uint8Array, associatedData: Uint8Array): string {
  return JSON.stringify({
    requestMetadata: metadataOf(use, 'Encrypt'),
    additionalAuthenticatedData: toOptional(associatedData),
    plaintext: encodeBase64(plaintext),
    encryptionAlgorithm: 'AES_GCM',
    ciphertextDataIntegrityValueAlgorithm: 'SHA_256',
  })
}

/** Returns the body of Decrypt. */
export function decryptRequest(
  use: ExternalUse,
  { ciphertext, metadata, initializationVector, authenticationTag }: XksCiphertext,
  associatedData: Uint8Array,
): string {
  return JSON.stringify({
    requestMetadata: metadataOf(use, 'Decrypt'),
    additionalAuthenticatedData: toOptional(associatedData),
    encryptionAlgorithm: 'AES_GCM',
    ciphertext: encodeBase64(ciphertext),
    ciphertextMetadata: toOptional(metadata),
    initializationVector: encodeBase64(initializationVector),
    authenticationTag: encodeBase64(authenticationTag),
  })
}

/** Returns the metadata of a call; `operation` is that of work of the server itself. */
function metadataOf({ scope, kmsKeyArn, requester }: ExternalUse, operation: string): object {
  const purpose = requester?.purpose
  if (purpose === undefined)
    return { awsPrincipalArn: ownPrincipal, kmsKeyArn, kmsOperation: operation, kmsRequestId: uuid() }
  // The VPC of one account is nothing that the owner of a key in a different one learns.
  const isOwner = requester?.accountId === scope.accountId
  return {
    awsPrincipalArn: purpose.principalArn,
    awsSourceVpc: isOwner ? purpose.sourceVpc : undefined,
    awsSourceVpce: isOwner ? purpose.sourceVpce : undefined,
    kmsKeyArn,
    kmsOperation: purpose.operation,
    kmsRequestId: purpose.requestId,
    kmsViaService: purpose.viaService,
  }
}
