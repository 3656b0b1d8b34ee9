import { violation } from '../fixtures/caller.ts'
import type { Tightened } from './constraints.ts'

// The places where the service is stricter than its model, or this server is stricter than both, and why. For everything
// else in an input AWS's model is right.

/** A constraint that is tighter than the model's. */
interface TighterConstraint {
  /** Undefined means all operations that have the member. */
  readonly operations: readonly string[] | undefined
  /** `Member`, `Member/[]/Inner`, or empty for the input itself. */
  readonly place: string
  readonly constraint: Tightened
  readonly why: string
}

/** Recorded from AWS in 2026. */
const specsOfKeys =
  `RSA_2048 RSA_3072 RSA_4096 ECC_NIST_P256 ECC_NIST_P384 ECC_NIST_P521 ECC_SECG_P256K1 ECC_NIST_EDWARDS25519
  SYMMETRIC_DEFAULT HMAC_224 HMAC_256 HMAC_384 HMAC_512 SM2 ML_DSA_44 ML_DSA_65 ML_DSA_87`.split(/\s+/)

export const tighterConstraints: readonly TighterConstraint[] = [
  {
    operations: ['ListAliases', 'ListGrants', 'ListRetirableGrants'],
    place: 'Limit',
    constraint: { max: 100 },
    why: 'API reference, "Limit": 1 to 100; the model has one LimitType for all',
  },
  {
    operations: ['ListResourceTags'],
    place: 'Limit',
    constraint: { max: 50 },
    why: 'API reference, "Limit": 1 to 50',
  },
  {
    operations: ['Decrypt'],
    place: '',
    constraint: { required: ['CiphertextBlob'] },
    why: 'recorded from AWS; optional in the model, because dry runs may leave it out',
  },
  {
    operations: ['ReEncrypt'],
    place: '',
    constraint: { required: ['CiphertextBlob', 'DestinationKeyId'] },
    why: 'recorded from AWS; optional in the model, because dry runs may leave it out',
  },
  {
    operations: ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'],
    place: 'KeySpec',
    constraint: { listed: specsOfKeys },
    why: 'recorded from AWS: the text lists the specs of keys',
  },
  ...['KeyId', 'TargetKeyId', 'SourceKeyId', 'DestinationKeyId'].map(place => ({
    operations: undefined,
    place,
    constraint: { pattern: '^\\p{ASCII}+$' },
    why: 'recorded from AWS; the model has only the length',
  })),
]

/** An input that the model allows and the service refuses, with an error that is not a violation of a constraint. */
export interface OwnRule {
  readonly operation: string
  /** This is laid over a good input; undefined removes a member. */
  readonly input: Readonly<Record<string, unknown>>
  readonly code: string
  readonly text: string | RegExp
  readonly why: string
}

const nullCiphertext = violation('ciphertextBlob', 'null', 'not be null')
const window = 'PendingWindowInDays must be between 7 and 30 days, inclusive'
const longPolicy = 'a'.repeat(32_769)

export const ownRules: readonly OwnRule[] = [
  ...[1, 6, 31, 365].map(days => ({
    operation: 'ScheduleKeyDeletion',
    input: { PendingWindowInDays: days },
    code: 'ValidationException',
    text: window,
    why: 'API reference: 7 to 30; the model has 1 to 365',
  })),
  ...['Decrypt', 'ReEncrypt'].flatMap(operation =>
    [
      {},
      { DryRun: true },
      { DryRunModifiers: ['IGNORE_CIPHERTEXT'] },
      { DryRun: false, DryRunModifiers: ['IGNORE_CIPHERTEXT'] },
    ].map(input => ({
      operation,
      input: { CiphertextBlob: undefined, ...input },
      code: 'ValidationException',
      text: nullCiphertext,
      why: 'it is required except for dry runs that ignore it, which a model cannot say (API reference)',
    })),
  ),
  {
    operation: 'GenerateRandom',
    input: { NumberOfBytes: undefined },
    code: 'ValidationException',
    text: 'NumberOfBytes is required.',
    why: 'recorded from AWS; optional in the model',
  },
  ...['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'].flatMap(operation =>
    [{}, { NumberOfBytes: 16, KeySpec: 'AES_128' }].map(input => ({
      operation,
      input: { NumberOfBytes: undefined, KeySpec: undefined, ...input },
      code: 'ValidationException',
      text: 'Please specify either number of bytes or key spec.',
      why: 'one of the two (AWS KMS developer guide, "Key spec reference"); both are optional in the model',
    })),
  ),
  {
    operation: 'PutKeyPolicy',
    input: { Policy: longPolicy },
    code: 'LimitExceededException',
    text: /32768/,
    why: 'developer guide, "Resource quotas": 32 KB; the model has 131072',
  },
  {
    operation: 'CreateAlias',
    input: { AliasName: 'orders' },
    code: 'ValidationException',
    text: /^Alias must start with the prefix "alias\/"/,
    why: 'recorded from AWS; the model has only the pattern',
  },
  {
    operation: 'CreateAlias',
    input: { AliasName: 'alias/a:b' },
    code: 'InvalidAliasNameException',
    text: 'alias/a:b contains invalid characters for an alias',
    why: 'the model allows a colon, and the service does not (AWS KMS API reference)',
  },
  {
    operation: 'ImportKeyMaterial',
    input: { ExpirationModel: undefined, ValidTo: undefined },
    code: 'ValidationException',
    text: 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
    why: 'recorded from AWS; both are optional in the model',
  },
]
