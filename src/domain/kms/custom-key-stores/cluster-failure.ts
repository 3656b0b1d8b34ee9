import { type ErrorCode, ServiceError } from '../../aws/errors.ts'

/** A way in which the HSMs of a cluster fail. */
interface Row {
  readonly text: string
  /** The exception of cryptographic operations. */
  readonly use: ErrorCode
  /** The exception of CreateKey. */
  readonly key: ErrorCode
  /** The exception of GenerateRandom. */
  readonly random: ErrorCode
}

/** AWS's text (AWS KMS developer guide, "Troubleshooting a custom key store", "How to fix a failing KMS key"). */
const noCommunication = 'KMS cannot communicate with your CloudHSM cluster'
const invalidStore = 'CustomKeyStoreInvalidStateException'
const invalidState = 'KMSInvalidStateException'
const timedOut = 'DependencyTimeoutException'

const row = (text: string, use: ErrorCode, key: ErrorCode, random: ErrorCode): Row => ({
  ...{ text, use, key, random },
})

/** AWS's answer to each failure. The exceptions are those that the API reference lists for the operations. */
const rows = {
  /** No HSM answers, or none that has the key. */
  unreachable: row(noCommunication, invalidState, invalidStore, timedOut),
  /** No HSM has answered in time. */
  late: row(noCommunication, invalidState, timedOut, timedOut),
  /** All HSMs are there, and none has the key that the KMS key had there. */
  noKey: row(noCommunication, invalidState, invalidStore, timedOut),
  /** An HSM answers, and does not do the work. */
  refused: row(noCommunication, invalidState, invalidStore, timedOut),
  /** The custom key store is not connected. */
  notConnected: row(noCommunication, invalidState, invalidStore, invalidStore),
  /** The HSMs have more to do than they can. */
  busy: row(
    'The HSMs in the AWS CloudHSM cluster have no free session. Retry the request.',
    'KMSInternalException',
    'KMSInternalException',
    timedOut,
  ),
  /** Fewer HSMs have a new key than the cluster must have. */
  tooFew: row(
    'The AWS CloudHSM cluster has fewer active HSMs than it must have.',
    invalidState,
    'CloudHsmClusterInvalidConfigurationException',
    timedOut,
  ),
  /** No other encryption is safe. It is not known how AWS answers; other exceptions of these operations fit less. */
  exhausted: row(
    'The key has encrypted 4294967296 times in its AWS CloudHSM cluster, the most that AES-GCM with random initialization vectors allows. It still decrypts. Create a new KMS key and use it instead.',
    invalidState,
    invalidState,
    timedOut,
  ),
} satisfies Readonly<Record<string, Row>>

/** The name of a failure of a cluster. */
export type ClusterFailureName = keyof typeof rows

/** Work that the HSMs of a cluster have not done. `reason` is for the log and for readers of the audit record. */
export class ClusterFailure extends Error {
  readonly failure: ClusterFailureName
  readonly reason: string

  constructor(failure: ClusterFailureName, reason: string) {
    super(`${failure}: ${reason}`)
    this.failure = failure
    this.reason = reason
  }

  /** Returns the answer of a cryptographic operation, of CreateKey or of GenerateRandom. */
  toServiceError(operation: 'use' | 'key' | 'random'): ServiceError {
    const { text, ...codes } = rows[this.failure]
    return new ServiceError(codes[operation], text, { reason: this.reason })
  }
}
