import type { GrantListEntry, GrantOperation, KeySpec, KeyUsageType } from '@aws-sdk/client-kms'

const onSymmetricKeys: readonly GrantOperation[] = [
  ...(['Decrypt', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom'] as const),
  ...(['ReEncryptTo', 'GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'] as const),
]
const byUsage: Readonly<Record<string, readonly GrantOperation[]>> = {
  ENCRYPT_DECRYPT: ['Decrypt', 'Encrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GetPublicKey'],
  SIGN_VERIFY: ['Sign', 'Verify', 'GetPublicKey'],
  GENERATE_VERIFY_MAC: ['GenerateMac', 'VerifyMac'],
  KEY_AGREEMENT: ['DeriveSharedSecret', 'GetPublicKey'],
  ENCAPSULATE_DECAPSULATE: ['Encapsulate', 'Decapsulate', 'GetPublicKey'] as unknown as GrantOperation[],
}

/** The operations that can be granted on a key (AWS KMS developer guide, "Grant operations"). */
export function grantableOperations(spec: KeySpec, usage: KeyUsageType): readonly GrantOperation[] {
  const own = spec === 'SYMMETRIC_DEFAULT' ? onSymmetricKeys : (byUsage[usage] ?? [])
  return [...own, 'CreateGrant', 'RetireGrant', 'DescribeKey']
}

/** A pair of an encryption context, as typed. */
export interface ContextPair {
  readonly key: string
  readonly value: string
}

/** A grant as somebody types it. */
export interface NewGrant {
  readonly name: string
  readonly grantee: string
  readonly retiring: string
  readonly operations: readonly GrantOperation[]
  /** How the encryption context of a request is compared with the pairs. */
  readonly constraint: 'none' | 'equals' | 'subset'
  readonly context: readonly ContextPair[]
}

export const noGrant: NewGrant = {
  ...{ name: '', grantee: '', retiring: '', operations: [], constraint: 'none', context: [] },
}

const arn = /^arn:[\w-]+:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role|federated-user)\/.+)$/
const servicePrincipal = /^[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?$/

/** The faults of a grant, each under its field. Undefined members have none. */
export function grantFaults(grant: NewGrant) {
  const { name, grantee, retiring, operations, constraint, context } = grant
  const pairs = context.map(({ key }) => key)
  return {
    name:
      name === '' || /^[a-zA-Z0-9:/_-]{1,256}$/.test(name)
        ? undefined
        : 'A name has at most 256 letters, digits, and : / _ -.',
    grantee: arn.test(grantee.trim())
      ? undefined
      : 'Enter the ARN of a user, a role, a session or an account root.',
    retiring:
      retiring.trim() === '' || arn.test(retiring.trim()) || servicePrincipal.test(retiring.trim())
        ? undefined
        : 'Enter an ARN.',
    operations:
      operations.length === 0
        ? 'Choose at least one operation.'
        : operations.every(name => name === 'CreateGrant')
          ? 'A grant needs an operation besides CreateGrant.'
          : undefined,
    context:
      constraint === 'none'
        ? undefined
        : pairs.length === 0 || pairs.includes('')
          ? 'Enter pairs, each with a key.'
          : new Set(pairs).size < pairs.length
            ? 'A key is there twice.'
            : undefined,
  }
}

/** The input of CreateGrant. A repeated call with the same name and content makes one grant. */
export function grantInput(keyId: string, grant: NewGrant) {
  const { name, grantee, retiring, operations, constraint, context } = grant
  const pairs = Object.fromEntries(context.map(({ key, value }) => [key, value]))
  return {
    ...{ KeyId: keyId, GranteePrincipal: grantee.trim(), Operations: [...operations] },
    ...(name !== '' && { Name: name }),
    ...(retiring.trim() !== '' && { RetiringPrincipal: retiring.trim() }),
    ...(constraint === 'equals' && { Constraints: { EncryptionContextEquals: pairs } }),
    ...(constraint === 'subset' && { Constraints: { EncryptionContextSubset: pairs } }),
  }
}

/** Whether an AWS service made the grant, for a resource that it encrypts. */
export const isOfService = ({
  IssuingAccount = '',
  RetiringPrincipal = '',
  GranteePrincipal = '',
}: GrantListEntry) =>
  [IssuingAccount, RetiringPrincipal, GranteePrincipal].some(name => servicePrincipal.test(name))

/** The constraints of a grant in words. */
export function constraintText({ Constraints: constraints }: GrantListEntry): string {
  const pairs = (context: Readonly<Record<string, string>>) =>
    Object.entries(context)
      .map(([key, value]) => `${key}=${value}`)
      .join(', ')
  const { EncryptionContextEquals: equal, EncryptionContextSubset: subset } = constraints ?? {}
  if (equal !== undefined) return `Encryption context is ${pairs(equal)}`
  return subset === undefined ? '-' : `Encryption context has ${pairs(subset)}`
}

/** Whether a grant has a text in one of its members. */
export function grantHas(grant: GrantListEntry, text: string): boolean {
  const { GrantId, Name, GranteePrincipal, RetiringPrincipal, IssuingAccount, Operations = [] } = grant
  const members = [GrantId, Name, GranteePrincipal, RetiringPrincipal, IssuingAccount, ...Operations]
  return members.some(member => member?.toLowerCase().includes(text.toLowerCase()) === true)
}
