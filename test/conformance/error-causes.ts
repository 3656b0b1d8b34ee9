import type { ErrorCause } from './error-cause.ts'
import { causesInInputs } from './error-causes-in-inputs.ts'
import { causesInKeys } from './error-causes-in-keys.ts'

// Every error that the operations declare, with a cause for it or with the reason why there is none. The
// texts are those of AWS KMS developer guide, "Key states of AWS KMS keys", and AWS KMS API reference, and texts recorded
// from AWS; where AWS's text is not known, ours is not held to any.

/** In the order in which they are to be made: at the end of it time passes. */
export const errorCauses: readonly ErrorCause[] = [...causesInKeys, ...causesInInputs]

/** What cannot happen here. */
export interface CauselessError {
  readonly error: RegExp
  /** Undefined for all operations that declare it. */
  readonly operations: readonly string[] | undefined
  readonly why: string
}

export const causelessErrors: readonly CauselessError[] = [
  {
    error: /^(DependencyTimeout|KeyUnavailable)Exception$/,
    operations: undefined,
    why: 'there is no service behind this one that could fail to answer',
  },
  {
    error: /^KMSInternalException$/,
    operations: undefined,
    why: 'a fault of the server; test/disk-full.test.ts makes one, by a disk that is full',
  },
  {
    error: /^(CloudHsmCluster|XksKey|CustomKeyStoreInvalidState)/,
    operations: undefined,
    why: 'there are no custom key stores',
  },
  {
    error: /^CustomKeyStoreNotFoundException$/,
    operations: ['CreateKey'],
    why: 'CreateKey answers UnsupportedOperationException to all that asks for a custom key store',
  },
  {
    error: /^UnsupportedOperationException$/,
    operations: ['GenerateRandom'],
    why: 'AWS has it for external key stores',
  },
  {
    error: /^UnsupportedOperationException$/,
    operations: ['PutKeyPolicy'],
    why: 'AWS has it for the keys it manages, which are not here',
  },
  { error: /^InvalidArnException$/, operations: ['CreateKey'], why: 'no member of its input is an ARN' },
  { error: /^NotFoundException$/, operations: ['ListRetirableGrants'], why: 'it names no key' },
  {
    error: /^KMSInvalidStateException$/,
    operations: [
      'DeleteAlias',
      'GetKeyPolicy',
      'ListGrants',
      'ListKeyPolicies',
      'ListKeyRotations',
      'PutKeyPolicy',
      'RetireGrant',
      'RevokeGrant',
    ],
    why: 'the table of key states has OK for every state (AWS KMS developer guide, "Key states of AWS KMS keys")',
  },
  {
    error: /^KMSInvalidStateException$/,
    operations: ['GetKeyRotationStatus'],
    why: 'recorded from AWS is success also where the table of key states has an error',
  },
  {
    error: /^UnsupportedOperationException$/,
    operations: ['GetKeyRotationStatus', 'ListKeyRotations'],
    why: 'recorded from AWS is success for keys that do not rotate; AWS has it for custom key stores',
  },
  {
    error: /^DisabledException$/,
    operations: ['GetPublicKey'],
    why: 'the table has OK for a disabled key, since 2026',
  },
  {
    error: /^InvalidKeyUsageException$/,
    operations: ['GetPublicKey'],
    why: 'a public key can be had whatever its use',
  },
  {
    error: /^LimitExceededException$/,
    operations: ['EnableKey'],
    why: 'declared, but historic: there is no limit on enabled keys (AWS KMS API reference)',
  },
  {
    error: /^LimitExceededException$/,
    operations: ['TagResource'],
    why: 'too many tags are a TagException, as recorded from AWS',
  },
]

/** The declared errors of an operation that a test makes, by name. */
export function errorsMade(operation: string): string[] {
  const made = errorCauses
    .filter(({ operations }) => operations.includes(operation))
    .map(({ error }) => error)
  return [...new Set(made)].sort()
}
