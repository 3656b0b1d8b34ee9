import type { Millis } from '../../std/index.ts'
import { rootArn } from '../aws/arn.ts'
import { ServiceError, validation } from '../aws/errors.ts'
import { type Principal, parsePrincipalArn } from '../aws/principal.ts'
import type { Scope } from '../aws/region.ts'
import { type EncryptionContext, noContext } from './encryption-context.ts'
import { isSymmetric, type KmsKey } from './key.ts'
import { isKeyPairSpec, type KeyUsage } from './key-spec.ts'

/** The operations that grants can allow (API reference, "GrantOperation"). */
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
/** An operation that grants can allow. */
export type GrantOperation = (typeof grantOperations)[number]

/** A party that a grant names: a principal by its ARN (an account by its root user's ARN), or an AWS service. */
export type GrantParty =
  | { readonly type: 'principal'; readonly arn: string }
  | { readonly type: 'service'; readonly service: string }

/** The constraints that a request must meet under a grant. */
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
  /** The account of the principal that made the grant. */
  readonly issuingAccountId: string
  readonly createdAt: Millis
}

/** A request that a grant may allow. */
export interface GrantRequest {
  readonly operation: GrantOperation
  readonly encryptionContext: EncryptionContext
  /** The resource that an AWS service acts for; undefined for a call that no service makes. */
  readonly sourceArn: string | undefined
  /** The grant that a CreateGrant request is to make. */
  readonly child?: Pick<Grant, 'operations' | 'constraints'> | undefined
}

const constraintPairsMax = 8
const constraintValueLengthMax = 384
const onEveryKey = ['DescribeKey', 'CreateGrant', 'RetireGrant'] as const
const onSymmetricKeys = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
] as const

/**
 * The operations that can be granted on a key that is not symmetric, besides `onEveryKey` (AWS KMS developer guide, "Grant
 * operations").
 */
const grantable: Readonly<Record<KeyUsage, readonly GrantOperation[]>> = {
  ENCRYPT_DECRYPT: ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GetPublicKey'],
  SIGN_VERIFY: ['Sign', 'Verify', 'GetPublicKey'],
  GENERATE_VERIFY_MAC: ['GenerateMac', 'VerifyMac'],
  KEY_AGREEMENT: ['DeriveSharedSecret', 'GetPublicKey'],
  ENCAPSULATE_DECAPSULATE: ['Encapsulate', 'Decapsulate', 'GetPublicKey'],
}

/** The operations that can be granted on a key, in AWS's order. */
export function grantableOperations(key: KmsKey): readonly GrantOperation[] {
  const known: readonly GrantOperation[] = [
    ...(isSymmetric(key) ? onSymmetricKeys : grantable[key.keyUsage]),
    ...onEveryKey,
  ]
  return grantOperations.filter(operation => known.includes(operation))
}

/**
 * Refuses a set of operations that is not possible on any key (text recorded from AWS: ansible/ansible, pull request 31960). A
 * grantee that could only make grants could make none, since they must be narrower. Throws ValidationException.
 */
export function checkGrantOperations(operations: readonly GrantOperation[]): void {
  if (operations.length === 0) throw validation('A grant must allow at least one operation.')
  if (operations.every(operation => operation === 'CreateGrant'))
    throw validation('Grants must not contain only the CreateGrant operation.')
}

/** Refuses a grant that is not possible on this key (texts recorded from AWS). Throws ValidationException. */
export function checkGrantable(
  key: KmsKey,
  { operations, constraints }: Pick<Grant, 'operations' | 'constraints'>,
): void {
  const known = grantableOperations(key)
  const unsupported = operations.filter(operation => !known.includes(operation))
  if (unsupported.length > 0) {
    const kind = isKeyPairSpec(key.keySpec) ? 'an asymmetric' : 'a symmetric'
    throw validation(
      `Operations [${unsupported.join(', ')}] are not supported when creating a grant for ${kind} KMS key with key usage ${key.keyUsage}. Valid operations are [${known.join(', ')}]`,
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

/** How a grant names a principal. `throughRole`: by the role of its session; `throughAccount`: by its account. */
export type PartyMatch = 'directly' | 'throughRole' | 'throughAccount' | 'no'

/** How a grant's party names a principal, in the same words as for policies. */
export function matchParty(party: GrantParty, principal: Principal): PartyMatch {
  if (principal.type === 'AWSService') {
    return party.type === 'service' && party.service === principal.service ? 'directly' : 'no'
  }
  if (party.type !== 'principal') return 'no'
  if (party.arn === principal.arn) return 'directly'
  // A grant to a role is a grant to all of its sessions.
  if (principal.type === 'AssumedRole' && party.arn === principal.roleArn) return 'throughRole'
  return party.arn === rootArn(principal.accountId) ? 'throughAccount' : 'no'
}

/** The name of a grant's party: its ARN, or the service's name, which is never an ARN. */
export const partyName = (party: GrantParty): string =>
  party.type === 'principal' ? party.arn : party.service

/** The names by which a grant can name a principal. */
export function partyNamesOf(principal: Principal): readonly string[] {
  if (principal.type === 'AWSService') return [principal.service]
  const account = rootArn(principal.accountId)
  if (principal.type === 'AssumedRole') return [principal.arn, principal.roleArn, account]
  return principal.arn === account ? [account] : [principal.arn, account]
}

/** Whether the grantee's own account made the grant. The grantee then needs no other permission: rule 7 of `decide`. */
export function isOfGranteesAccount({ grantee, issuingAccountId }: Grant): boolean {
  return grantee.type === 'principal' && parsePrincipalArn(grantee.arn)?.accountId === issuingAccountId
}

/**
 * Whether a grant allows a request. Encryption contexts are compared exactly, including case. DescribeKey and RetireGrant
 * have no encryption context, and no service calls RetireGrant (AWS KMS developer guide, "Grants in AWS KMS").
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
  return subset === undefined || containsPairs(request.encryptionContext, subset)
}

/** A request of which not all facts are known, as far as grants limit it. */
export interface PartlyKnownRequest {
  readonly operation: GrantOperation
  /** Undefined if it is not known. */
  readonly encryptionContext: EncryptionContext | undefined
  /** The resource that an AWS service acts for; undefined if it is not known. */
  readonly sourceArn: string | undefined
}

/** A constraint of a grant whose result is not known. */
export interface OpenConstraint {
  readonly constraint: 'GrantOperations' | 'EncryptionContextEquals' | 'EncryptionContextSubset' | 'SourceArn'
  /** The condition key with the fact that decides. */
  readonly key: string
  readonly values: readonly string[]
}

/** Returns the constraints of a grant that depend on what is not known; undefined if the grant does not allow the request. */
export function openConstraintsOf(
  grant: Grant,
  request: PartlyKnownRequest,
): readonly OpenConstraint[] | undefined {
  const { operation, encryptionContext, sourceArn } = request
  // A grantee makes grants that are narrower than its own, and the question has none.
  if (operation === 'CreateGrant')
    return [{ constraint: 'GrantOperations', key: 'kms:GrantOperations', values: grant.operations }]
  const { constraints } = grant
  const open = operation === 'DescribeKey' ? [] : openContextOf(constraints, encryptionContext)
  const { sourceArn: wanted } = constraints
  const openSource =
    wanted === undefined || sourceArn !== undefined
      ? []
      : [{ constraint: 'SourceArn', key: 'aws:SourceArn', values: [wanted] } as const]
  const known = { operation, encryptionContext: encryptionContext ?? noContext, sourceArn }
  const closed: GrantConstraints = {
    ...(open.length === 0 ? constraints : {}),
    sourceArn: openSource.length === 0 ? wanted : undefined,
  }
  return grantAllows({ ...grant, constraints: closed }, known) ? [...open, ...openSource] : undefined
}

function openContextOf(
  { encryptionContextEquals: equals, encryptionContextSubset: subset }: GrantConstraints,
  given: EncryptionContext | undefined,
): OpenConstraint[] {
  const pairs = equals ?? subset
  if (given !== undefined || pairs === undefined) return []
  const constraint = equals === undefined ? 'EncryptionContextSubset' : 'EncryptionContextEquals'
  return Array.from(pairs, ([name, value]) => ({
    constraint,
    key: `kms:EncryptionContext:${name}`,
    values: [value],
  }))
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

/** Whether a grant made by a grantee allows no more than the grantee's own: its operations, under its constraints or more. */
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
  return context !== undefined && containsPairs(context, subset)
}

function containsPairs(context: EncryptionContext, pairs: EncryptionContext): boolean {
  for (const [key, value] of pairs) if (context.get(key) !== value) return false
  return true
}

const sameContext = (a: EncryptionContext, b: EncryptionContext) => a.size === b.size && containsPairs(a, b)

/** Whether a requested grant is the same as an existing one, so that CreateGrant makes no second grant. */
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

/** The error for a text that is not a grant id. */
export const invalidGrantId = () => new ServiceError('InvalidGrantIdException', 'The grant ID is not valid.')
/** The error for a grant token that is not valid; the client does not see `reason`. */
export const invalidGrantToken = (reason: string) =>
  new ServiceError('InvalidGrantTokenException', 'The grant token is not valid.', { reason })
/** The error for a grant that does not exist. */
export const grantNotFound = (grantId: string) =>
  new ServiceError('NotFoundException', `Grant ${grantId} is not found.`)
