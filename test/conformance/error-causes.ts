import type { ErrorCause } from './error-cause.ts'
import { causesInInputs } from './error-causes-in-inputs.ts'
import { causesInKeys } from './error-causes-in-keys.ts'
import { causesInStores } from './error-causes-in-stores.ts'

// Every error that the operations declare, with a cause or with the reason why it has none. The texts come from the AWS
// KMS developer guide, "Key states of AWS KMS keys", and the AWS KMS API reference, or are recorded from AWS. If AWS's
// text is not known, the tests do not compare ours.

/** The tests must run in this order, since the last causes set the clock forward. */
export const errorCauses: readonly ErrorCause[] = [...causesInKeys, ...causesInStores, ...causesInInputs]

/** A declared error that cannot happen here. */
export interface CauselessError {
  readonly error: RegExp
  /** Undefined means all operations that declare the error. */
  readonly operations: readonly string[] | undefined
  readonly why: string
}

const withoutHsms =
  'the server of these tests has no HSMs: test/acceptance/custom-key-stores/cluster-stores.test.ts and cluster-keys.test.ts cause it'

export const causelessErrors: readonly CauselessError[] = [
  {
    error: /^(DependencyTimeout|KeyUnavailable)Exception$/,
    operations: undefined,
    why: 'nothing behind the server of these tests could fail to answer; the HSMs of test/acceptance/custom-key-stores/cluster-keys.test.ts do',
  },
  {
    error: /^KMSInternalException$/,
    operations: undefined,
    why: 'it is a fault of the server; test/server/disk-full.test.ts causes one with a full disk',
  },
  {
    error:
      /^(CloudHsmCluster(InUse|InvalidConfiguration|NotActive|NotRelated)|IncorrectTrustAnchor)Exception$/,
    operations: undefined,
    why: withoutHsms,
  },
  {
    error: /^CloudHsmClusterNotFoundException$/,
    operations: ['UpdateCustomKeyStore'],
    why: withoutHsms,
  },
  {
    error: /^CustomKeyStoreInvalidStateException$/,
    operations: ['GenerateRandom'],
    why: withoutHsms,
  },
  {
    error: /^XksProxyVpcEndpointServiceNotFoundException$/,
    operations: ['CreateCustomKeyStore'],
    why: 'the way of a VPC endpoint service is taken when the store is connected, which then says XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND',
  },
  {
    error: /^XksProxyVpcEndpointService(InvalidConfiguration|NotFound)Exception$/,
    operations: ['UpdateCustomKeyStore'],
    why: 'a proxy behind a VPC endpoint service is asked only if the store is connected, and its service cannot change then',
  },
  {
    error: /^XksProxyVpcEndpointServiceInvalidConfigurationException$/,
    operations: ['CreateCustomKeyStore'],
    why: 'an upstream of the configuration stands for the VPC endpoint service',
  },
  {
    error: /^XksProxy(IncorrectAuthenticationCredential|InvalidConfiguration|InvalidResponse)Exception$/,
    operations: ['CreateCustomKeyStore'],
    why: 'a public endpoint has port 443: test/acceptance/custom-key-stores/public-endpoints.test.ts causes them',
  },
  {
    error: /^UnsupportedOperationException$/,
    operations: ['PutKeyPolicy'],
    why: 'AWS returns it for its own managed keys, which are not here',
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
    why: 'recorded from AWS: it succeeds even if the table of key states has an error',
  },
  {
    error: /^DisabledException$/,
    operations: ['GetPublicKey'],
    why: 'the table of key states has OK for a disabled key, since 2026',
  },
  {
    error: /^InvalidKeyUsageException$/,
    operations: ['GetPublicKey'],
    why: 'a public key is available for every key usage',
  },
  {
    error: /^LimitExceededException$/,
    operations: ['EnableKey'],
    why: 'the declaration is historic: there is no limit on enabled keys (AWS KMS API reference)',
  },
  {
    error: /^LimitExceededException$/,
    operations: ['TagResource'],
    why: 'too many tags are a TagException, as recorded from AWS',
  },
]

/** The names of the declared errors of an operation that a test causes. */
export function errorsMade(operation: string): string[] {
  const made = errorCauses
    .filter(({ operations }) => operations.includes(operation))
    .map(({ error }) => error)
  return [...new Set(made)].sort()
}
