import { account } from './condition-case.ts'

/** Conditions in the policies of users who make keys: allowed with the right input, denied with the wrong one. */
export const newKeyCases = [
  {
    user: 'c1',
    condition: { StringEquals: { 'kms:KeySpec': 'HMAC_256' } },
    right: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
    wrong: {},
  },
  {
    user: 'c2',
    condition: { StringEquals: { 'kms:CustomerMasterKeySpec': 'SYMMETRIC_DEFAULT' } },
    right: {},
    wrong: { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
  },
  {
    user: 'c3',
    condition: { StringEquals: { 'kms:KeyUsage': 'ENCRYPT_DECRYPT' } },
    right: {},
    wrong: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  },
  {
    user: 'c4',
    condition: { StringEquals: { 'kms:KeyOrigin': 'AWS_KMS' } },
    right: {},
    wrong: { Origin: 'EXTERNAL' },
  },
  {
    user: 'c5',
    condition: { Bool: { 'kms:MultiRegion': 'false' } },
    right: {},
    wrong: { MultiRegion: true },
  },
  {
    user: 'c6',
    condition: { StringEquals: { 'kms:MultiRegionKeyType': 'PRIMARY' } },
    right: { MultiRegion: true },
    wrong: {},
  },
  {
    user: 'c7',
    condition: { BoolIfExists: { 'kms:BypassPolicyLockoutSafetyCheck': 'false' } },
    right: {},
    wrong: { BypassPolicyLockoutSafetyCheck: true },
  },
  { user: 'c8', condition: { StringEquals: { 'kms:CallerAccount': account } }, right: {}, wrong: undefined },
  { user: 'c9', condition: { StringEquals: { 'kms:KeyId': 'x' } }, right: undefined, wrong: {} },
]

/** Conditions in the policies of users who call GenerateRandom with an attestation document. */
export const randomBytesCases = [
  {
    user: 'r1',
    condition: { StringEquals: { 'kms:RecipientAttestation:ImageSha384': '0'.repeat(96) } },
    isAllowed: true,
  },
  {
    user: 'r2',
    condition: { StringEquals: { 'kms:RecipientAttestation:PCR2': 'f'.repeat(96) } },
    isAllowed: false,
  },
  // A request without a key has no properties of keys.
  { user: 'r3', condition: { StringEquals: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT' } }, isAllowed: false },
]
