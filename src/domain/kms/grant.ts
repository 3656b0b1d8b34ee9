import type { Millis } from '../../std/index.ts'
import { rootArn } from '../aws/arn.ts'
import { ServiceError, validation } from '../aws/errors.ts'
import { type Principal, parsePrincipalArn } from '../aws/principal.ts'
import type { Scope } from '../aws/region.ts'
import type { EncryptionContext } from './encryption-context.ts'
import { isSymmetric, type KmsKey } from './key.ts'
import { isKeyPairSpec, type KeyUsage } from './key-spec.ts'

/** What a grant can allow (API reference, "GrantOperation"). */
export const grantOperations = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
  'Sign',
  'Verify',
  'GetPublicKey',
  'CreateGrant',
  'RetireGrant',
  'DescribeKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateMac',
  'VerifyMac',
  'DeriveSharedSecret',
  'Encapsulate',
  'Decapsulate',
] as const
export type GrantOperation = (typeof grantOperations)[number]

/** Whom a grant names: a principal by its ARN (an account by its root's), or an AWS service. */
export type GrantParty =
  | { readonly type: 'principal'; readonly arn: string }
  | { readonly type: 'service'; readonly service: string }

export interface GrantConstraints {
  readonly encryptionContextEquals?: EncryptionContext | undefined
  readonly encryptionContextSubset?: EncryptionContext | undefined
  readonly sourceArn?: string | undefined
}

/** A permission on one key, kept beside its policy (AWS KMS developer guide, "Grants in AWS KMS"). */
export interface Grant extends Scope {
  readonly keyId: string
  /** 64 lower-case hex digits. */
  readonly grantId: string
  readonly name: string | undefined
  readonly grantee: GrantParty
  readonly retiring: GrantParty | undefined
  readonly operations: readonly GrantOperation[]
  readonly constraints: GrantConstraints
  /** The account of who made the grant. */
  readonly issuingAccountId: string
  readonly createdAt: Millis
}

/** What a request would do under a grant. */
export interface GrantRequest {
  readonly operation: GrantOperation
  readonly encryptionContext: EncryptionContext
  /** The resource an AWS service acts for; undefined for calls that are not a service's. */
  readonly sourceArn: string | undefined
  /** The grant that a CreateGrant is to make. */
  readonly child?: Pick<Grant, 'operations' | 'constraints'> | undefined
}

const constraintPairsMax = 8
const constraintValueLengthMax = 384
const ofAll = ['DescribeKey', 'CreateGrant', 'RetireGrant'] as const
const ofSymmetric = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
] as const

/** What can be granted on a key, besides `ofAll` (AWS KMS developer guide, "Grant operations"). */
const grantable: Readonly<Record<KeyUsage, readonly GrantOperation[]>> = {
  ENCRYPT_DECRYPT: ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GetPublicKey'],
  SIGN_VERIFY: ['Sign', 'Verify', 'GetPublicKey'],
  GENERATE_VERIFY_MAC: ['GenerateMac', 'VerifyMac'],
  KEY_AGREEMENT: ['DeriveSharedSecret', 'GetPublicKey'],
  ENCAPSULATE_DECAPSULATE: ['Encapsulate', 'Decapsulate', 'GetPublicKey'],
}

/** In AWS's order. */
export function grantableOperations(key: KmsKey): readonly GrantOperation[] {
  const known: readonly GrantOperation[] = [
    ...(isSymmetric(key) ? ofSymmetric : grantable[key.keyUsage]),
    ...ofAll,
  ]
  return grantOperations.filter(operation => known.includes(operation))
}

/** Throws ValidationException for what cannot be granted on this key (texts recorded from AWS). */
export function checkGrantable(
  key: KmsKey,
  { operations, constraints }: Pick<Grant, 'operations' | 'constraints'>,
): void {
  const known = grantableOperations(key)
  const strays = operations.filter(operation => !known.includes(operation))
  if (strays.length > 0) {
    const kind = isKeyPairSpec(key.keySpec) ? 'an asymmetric' : 'a symmetric'
    throw validation(
      `Operations [${strays.join(', ')}] are not supported when creating a grant for ${kind} KMS key with key usage ${key.keyUsage}. Valid operations are [${known.join(', ')}]`,
    )
  }
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = constraints
  if (equals !== undefined && subset !== undefined) {
    throw validation('More than one constraint supplied')
  }
  const context = equals ?? subset
  if (context === undefined) return
  if (!isSymmetric(key)) {
    throw validation(
      'EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.',
    )
  }
  if (context.size > constraintPairsMax) {
    throw validation(`An encryption context constraint can have at most ${constraintPairsMax} pairs.`)
  }
  if ([...context.values()].some(value => value.length > constraintValueLengthMax)) {
    throw validation(
      `A value of an encryption context constraint can have at most ${constraintValueLengthMax} characters.`,
    )
  }
}

/** `throughRole`: by the role of its session; `throughAccount`: by its account. */
export type PartyMatch = 'directly' | 'throughRole' | 'throughAccount' | 'no'

/** How a grant's party names a principal: the same words as of policies. */
export function matchParty(party: GrantParty, principal: Principal): PartyMatch {
  if (principal.type === 'AWSService') {
    return party.type === 'service' && party.service === principal.service ? 'directly' : 'no'
  }
  if (party.type !== 'principal') return 'no'
  if (party.arn === principal.arn) return 'directly'
  // A grant to a role is one to all of its sessions.
  if (principal.type === 'AssumedRole' && party.arn === principal.roleArn) return 'throughRole'
  return party.arn === rootArn(principal.accountId) ? 'throughAccount' : 'no'
}

/** The name of a grant's party: its ARN, or the service's name, which is never one. */
export const partyName = (party: GrantParty): string =>
  party.type === 'principal' ? party.arn : party.service

/** The names under which a grant could know a principal. */
export function partyNamesOf(principal: Principal): readonly string[] {
  if (principal.type === 'AWSService') return [principal.service]
  const account = rootArn(principal.accountId)
  if (principal.type === 'AssumedRole') return [principal.arn, principal.roleArn, account]
  return principal.arn === account ? [account] : [principal.arn, account]
}

/** Whether a grant is by the account of its grantee, which then needs no other permission: rule 7 of `decide`. */
export function isOfGranteesAccount({ grantee, issuingAccountId }: Grant): boolean {
  return grantee.type === 'principal' && parsePrincipalArn(grantee.arn)?.accountId === issuingAccountId
}

/**
 * Whether a grant allows a request. Encryption contexts are compared to the letter, case included; DescribeKey and
 * RetireGrant have none, and RetireGrant is nobody's service call (AWS KMS developer guide, "Grants in AWS KMS").
 */
export function grantAllows({ operations, constraints }: Grant, request: GrantRequest): boolean {
  if (!operations.includes(request.operation)) return false
  if (request.operation === 'RetireGrant') return true
  if (constraints.sourceArn !== undefined && constraints.sourceArn !== request.sourceArn) return false
  if (request.operation === 'CreateGrant')
    return request.child !== undefined && isNarrower(request.child, operations, constraints)
  if (request.operation === 'DescribeKey') return true
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = constraints
  if (equals !== undefined) return sameContext(equals, request.encryptionContext)
  return subset === undefined || holds(request.encryptionContext, subset)
}

/**
 * How a grant allows a principal to retire it: as its retiring principal, as its grantee where it has the operation RetireGrant,
 * or through the account that made it (AWS KMS developer guide, "Retiring and revoking grants").
 */
export function matchRetirement(grant: Grant, principal: Principal): PartyMatch {
  const matches = [
    grant.retiring === undefined ? 'no' : matchParty(grant.retiring, principal),
    grant.operations.includes('RetireGrant') ? matchParty(grant.grantee, principal) : 'no',
  ]
  if (matches.includes('directly')) return 'directly'
  if (matches.includes('throughRole')) return 'throughRole'
  const isOfIssuer = principal.type !== 'AWSService' && principal.accountId === grant.issuingAccountId
  return isOfIssuer || matches.includes('throughAccount') ? 'throughAccount' : 'no'
}

/** A grant made by a grantee allows no more than the grantee's own: fewer operations, as many or more constraints. */
function isNarrower(
  child: Pick<Grant, 'operations' | 'constraints'>,
  operations: readonly GrantOperation[],
  { encryptionContextEquals: equals, encryptionContextSubset: subset, sourceArn }: GrantConstraints,
): boolean {
  if (!child.operations.every(operation => operations.includes(operation))) return false
  if (sourceArn !== undefined && child.constraints.sourceArn !== sourceArn) return false
  const { encryptionContextEquals: childEquals, encryptionContextSubset: childSubset } = child.constraints
  if (equals !== undefined) return childEquals !== undefined && sameContext(childEquals, equals)
  if (subset === undefined) return true
  const context = childEquals ?? childSubset
  return context !== undefined && holds(context, subset)
}

function holds(context: EncryptionContext, wanted: EncryptionContext): boolean {
  for (const [key, value] of wanted) if (context.get(key) !== value) return false
  return true
}

const sameContext = (a: EncryptionContext, b: EncryptionContext) => a.size === b.size && holds(a, b)

/** Whether a grant to make is the one there is already, so that making it again is no second grant. */
export function isSameGrant(a: Grant, b: Grant): boolean {
  return grantText(a) === grantText(b)
}

function grantText({ name, grantee, retiring, operations, constraints, issuingAccountId }: Grant): string {
  const pairs = (context: EncryptionContext | undefined) =>
    context === undefined ? null : [...context].sort(([x], [y]) => (x < y ? -1 : 1))
  return JSON.stringify([
    name,
    grantee,
    retiring ?? null,
    [...new Set(operations)].sort(),
    pairs(constraints.encryptionContextEquals),
    pairs(constraints.encryptionContextSubset),
    constraints.sourceArn ?? null,
    issuingAccountId,
  ])
}

export const invalidGrantId = () => new ServiceError('InvalidGrantIdException', 'The grant ID is not valid.')
export const invalidGrantToken = (reason: string) =>
  new ServiceError('InvalidGrantTokenException', 'The grant token is not valid.', { reason })
export const grantNotFound = (grantId: string) =>
  new ServiceError('NotFoundException', `Grant ${grantId} is not found.`)
