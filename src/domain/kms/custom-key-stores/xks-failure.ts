import { type ErrorCode, ServiceError } from '../../aws/errors.ts'
import type { ConnectionErrorCode } from './connection-state.ts'

/** A way in which a call of an external key store proxy fails. */
interface Row {
  /** AWS's text (XKS proxy API specification, "Error codes", last table). */
  readonly text: string
  /** The exception of CreateCustomKeyStore and UpdateCustomKeyStore. */
  readonly store: ErrorCode
  /** The exception of CreateKey. */
  readonly key: ErrorCode
  /** The ConnectionErrorCode of a store that cannot be connected (AWS KMS developer guide, "Connection errors for external key stores"). */
  readonly connection: ConnectionErrorCode
  /** Whether CloudWatch counts the failure as one that may pass (developer guide, "XksProxyErrors"). */
  readonly isRetryable: boolean
}

const unreadable =
  'AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator.'

const row = (
  store: ErrorCode,
  key: ErrorCode,
  connection: ConnectionErrorCode,
  isRetryable: boolean,
  text: string,
): Row => ({ store, key, connection, isRetryable, text })

const unreachable = 'XksProxyUriUnreachableException'
const unreadableStore = 'XksProxyInvalidResponseException'
const invalidStore = 'CustomKeyStoreInvalidStateException'
const invalidKey = 'XksKeyInvalidConfigurationException'

/**
 * AWS's answer to each failure. A cryptographic operation answers KMSInvalidStateException to all of them, with the same text. Where the
 * table of the specification has no exception for an operation, the failure is one of the proxy's answer: it makes no sense there.
 */
const rows = {
  ValidationException: row(unreadableStore, invalidStore, 'XKS_PROXY_INVALID_RESPONSE', false, unreadable),
  InvalidStateException: row(
    unreadableStore,
    invalidKey,
    'XKS_PROXY_INVALID_RESPONSE',
    false,
    'The external key associated with this KMS key in an external key store is not enabled in the external key manager. Enable the external key in the external key manager and retry the request.',
  ),
  InvalidCiphertextException: row(
    unreadableStore,
    invalidStore,
    'XKS_PROXY_INVALID_RESPONSE',
    false,
    'The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, missing, or otherwise invalid.',
  ),
  /** The proxy decrypted, and what it returned does not open. */
  invalidPlaintext: row(
    unreadableStore,
    invalidStore,
    'XKS_PROXY_INVALID_RESPONSE',
    false,
    'The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid.',
  ),
  InvalidKeyUsageException: row(
    unreadableStore,
    invalidKey,
    'XKS_PROXY_INVALID_RESPONSE',
    false,
    'The external key associated with this KMS key in an external key store does not support the requested operation. Enable the operation on the key in your external key manager, and try the request again.',
  ),
  AuthenticationFailedException: row(
    'XksProxyIncorrectAuthenticationCredentialException',
    invalidStore,
    'INVALID_CREDENTIALS',
    false,
    'The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and update if necessary.',
  ),
  AccessDeniedException: row(
    unreadableStore,
    'KMSInvalidStateException',
    'XKS_PROXY_ACCESS_DENIED',
    false,
    'The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again.',
  ),
  KeyNotFoundException: row(
    unreadableStore,
    'XksKeyNotFoundException',
    'XKS_PROXY_INVALID_RESPONSE',
    false,
    'The external key associated with this KMS key in an external key store was not found in its external key manager. If the external key ID associated with this KMS key is incorrect, create a new KMS key with the correct external key ID.',
  ),
  InvalidUriPathException: row(
    'XksProxyInvalidConfigurationException',
    invalidStore,
    'XKS_PROXY_INVALID_CONFIGURATION',
    false,
    'The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary.',
  ),
  UnsupportedOperationException: row(
    unreadableStore,
    invalidKey,
    'XKS_PROXY_INVALID_RESPONSE',
    false,
    'The external key store proxy rejected the request because it does not support the requested operation. If you see this error repeatedly, report it to your external key store proxy administrator.',
  ),
  DependencyTimeoutException: row(
    unreachable,
    invalidStore,
    'XKS_PROXY_TIMED_OUT',
    true,
    'The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.',
  ),
  ThrottlingException: row(
    unreachable,
    invalidStore,
    'XKS_PROXY_NOT_REACHABLE',
    true,
    'The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store.',
  ),
  InternalException: row(
    unreadableStore,
    invalidStore,
    'XKS_PROXY_INVALID_RESPONSE',
    true,
    'The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available.',
  ),
  noConnection: row(
    unreachable,
    invalidStore,
    'XKS_PROXY_NOT_REACHABLE',
    true,
    'AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external keystore.',
  ),
  noTls: row(
    unreachable,
    invalidStore,
    'XKS_PROXY_INVALID_TLS_CONFIGURATION',
    false,
    'AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate.',
  ),
  timeout: row(
    unreachable,
    invalidStore,
    'XKS_PROXY_TIMED_OUT',
    true,
    'AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.',
  ),
  malformed: row(unreadableStore, invalidStore, 'XKS_PROXY_INVALID_RESPONSE', false, unreadable),
  /** The proxy answers, and says that no key manager behind it works. */
  noKeyManager: row(
    unreachable,
    invalidStore,
    'XKS_PROXY_NOT_REACHABLE',
    true,
    'The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available.',
  ),
  /** The configuration names no upstream for the VPC endpoint service. */
  noEndpointService: row(
    'XksProxyVpcEndpointServiceNotFoundException',
    invalidStore,
    'XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND',
    false,
    'AWS KMS cannot find the VPC endpoint service that you specified for the external key store proxy.',
  ),
  notConnected: row(
    invalidStore,
    invalidStore,
    'INTERNAL_ERROR',
    false,
    'This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again.',
  ),
} satisfies Readonly<Record<string, Row>>

/** The name of a failure: an error name of the proxy API, or one of our own. */
export type XksFailureName = keyof typeof rows

/** The text of a failure, which does not depend on the operation. */
export const xksText = (name: XksFailureName): string => rows[name].text

/**
 * A call of an external key store proxy that failed. `reason` is for the log and for readers of the audit record; what the proxy says is
 * not relayed to callers.
 */
export class XksFailure extends Error {
  readonly failure: XksFailureName
  readonly reason: string

  constructor(failure: XksFailureName, reason: string) {
    super(`${failure}: ${reason}`)
    this.failure = failure
    this.reason = reason
  }

  get connection(): ConnectionErrorCode {
    return rows[this.failure].connection
  }

  get isRetryable(): boolean {
    return rows[this.failure].isRetryable
  }

  /** Returns the answer of an operation: one on a custom key store, CreateKey, or a cryptographic one. */
  toServiceError(operation: 'store' | 'key' | 'use'): ServiceError {
    const { text, ...codes } = rows[this.failure]
    const code = operation === 'use' ? 'KMSInvalidStateException' : codes[operation]
    return new ServiceError(code, text, { reason: this.reason })
  }
}
