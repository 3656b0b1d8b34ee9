import { Buffer } from 'node:buffer'
import { sha256 } from '../../../std/index.ts'

// The API of external key store proxies, version 1, as clients and servers of it need it (XKS proxy API specification 1.0.3).

/** The service name in signatures of Signature Version 4. */
export const xksSigningService = 'kms-xks-proxy'
/** The source of the audit records of the proxy that this server is. */
export const xksEventSource = 'xks.keyward'
/** The limits of the API; sizes are those of the decoded bytes. */
export const xksLimits = {
  /** The time of a call, handshakes included. */
  callMillis: 250,
  uriPathLength: 128,
  plaintextSizeBytes: 4300,
  associatedDataSizeBytes: 8192,
  metadataSizeBytes: 20,
  tagSizeBytes: 16,
  errorMessageLength: 512,
  keyUsages: 10,
  fleetMembers: 10,
} as const
/** The sizes that an initialization vector may have. */
export const xksVectorSizesBytes: readonly number[] = [12, 16]

/** The HTTP status of each error of the API. */
export const xksErrorStatus = {
  ValidationException: 400,
  InvalidStateException: 400,
  InvalidCiphertextException: 400,
  InvalidKeyUsageException: 400,
  AuthenticationFailedException: 401,
  AccessDeniedException: 403,
  KeyNotFoundException: 404,
  InvalidUriPathException: 404,
  ThrottlingException: 429,
  InternalException: 500,
  UnsupportedOperationException: 501,
  DependencyTimeoutException: 503,
} as const
/** The name of an error of the API. */
export type XksErrorName = keyof typeof xksErrorStatus
/** Whether a text is the name of an error of the API. */
export const isXksErrorName = (text: string): text is XksErrorName => Object.hasOwn(xksErrorStatus, text)

/** The uses of a key outside. */
export type XksKeyUsage = 'ENCRYPT' | 'DECRYPT'

/** The operations of AWS KMS for which it asks a proxy about a key, each with the uses that it needs (specification, the sections of the operations). */
export const xksUsagesOf: Readonly<Record<string, readonly XksKeyUsage[]>> = {
  CreateKey: [],
  DescribeKey: [],
  Decrypt: ['DECRYPT'],
  Encrypt: ['ENCRYPT'],
  GenerateDataKey: ['ENCRYPT'],
  GenerateDataKeyPair: ['ENCRYPT'],
  GenerateDataKeyPairWithoutPlaintext: ['ENCRYPT'],
  GenerateDataKeyWithoutPlaintext: ['ENCRYPT'],
  ReEncrypt: ['ENCRYPT', 'DECRYPT'],
}

/** Whether a text can be the id of a key outside. */
export const isXksKeyId = (text: string): boolean => /^[A-Za-z0-9._-]{1,128}$/.test(text)
/** Whether a text can be the path of a proxy: an optional prefix and `/kms/xks/v1`. */
export const isXksUriPath = (text: string): boolean =>
  text.length <= xksLimits.uriPathLength && /^(?:\/[A-Za-z0-9/_-]+)?\/kms\/xks\/v1$/.test(text)

/** The parts of a ciphertext of the API. */
export interface XksCiphertext {
  /** As long as the plaintext. */
  readonly ciphertext: Uint8Array
  /** 12 or 16 bytes. */
  readonly initializationVector: Uint8Array
  /** 16 bytes. */
  readonly authenticationTag: Uint8Array
  /** At most 20 bytes, which the key manager needs to decrypt; empty if it needs none. */
  readonly metadata: Uint8Array
}

/** The ciphertext data integrity value: SHA-256 over the parts without their lengths (specification, appendix C). */
export function xksIntegrityValue(
  associatedData: Uint8Array,
  { metadata, initializationVector, ciphertext, authenticationTag }: XksCiphertext,
): Buffer {
  return sha256(
    Buffer.concat([associatedData, metadata, initializationVector, ciphertext, authenticationTag]),
  )
}

/**
 * The associated data under which a key manager encrypts: the length of the caller's data in two bytes, the data, the length of the metadata
 * in one byte, the metadata (specification, "Encrypt").
 */
export function xksAssociatedData(associatedData: Uint8Array, metadata: Uint8Array): Buffer {
  const length = Buffer.of(associatedData.length >> 8, associatedData.length & 255)
  return Buffer.concat([length, associatedData, Buffer.of(metadata.length), metadata])
}
