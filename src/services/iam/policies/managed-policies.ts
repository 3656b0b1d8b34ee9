import {
  awsManagedPolicies,
  type ManagedPolicy,
  type PolicyVersion,
  policyArn,
  ServiceError,
  type Tag,
} from '../../../domain/index.ts'
import type { Caller } from '../../../operation/index.ts'
import type { Reader } from '../../../store/index.ts'
import { noSuchEntity } from '../wire/entities.ts'
import { checkQuota } from '../wire/quotas.ts'

/** A managed policy, of the account or of AWS. */
export interface AnyPolicy {
  readonly arn: string
  readonly name: string
  readonly policyId: string
  readonly path: string
  readonly description: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly defaultVersionId: string
  readonly versions: readonly PolicyVersion[]
  readonly tags: readonly Tag[]
  readonly isOfAws: boolean
}

/** Returns the ARN of a managed policy of an account. */
export const arnOfPolicy = ({ accountId, policyName, path }: ManagedPolicy): string =>
  policyArn(accountId, policyName, path)

/** Returns a managed policy of an account in the form that it shares with the policies of AWS. */
export function viewPolicy(policy: ManagedPolicy): AnyPolicy {
  return { ...policy, arn: arnOfPolicy(policy), name: policy.policyName, isOfAws: false }
}

function viewAwsPolicy(arn: string): AnyPolicy | undefined {
  const policy = awsManagedPolicies.get(arn)
  if (policy === undefined) return undefined
  const { name, policyId, path, description, createdAt, updatedAt, versionId } = policy
  const version = {
    versionId,
    createdAt: updatedAt,
    // Listings of policies do not read it.
    get document() {
      return policy.document
    },
  }
  return {
    ...{ arn, name, policyId, path, description, createdAt, updatedAt },
    defaultVersionId: versionId,
    versions: [version],
    tags: [],
    isOfAws: true,
  }
}

/** Lists the managed policies of AWS. */
export function listAwsPolicies(): AnyPolicy[] {
  return [...awsManagedPolicies.keys()].flatMap(arn => viewAwsPolicy(arn) ?? [])
}

const policyArnPattern = /^arn:aws:iam::(\d{12}|aws):policy(\/(?:.*\/)?)([^/]+)$/

/**
 * Reads the ARN of a managed policy; the account of an AWS policy is `aws`. Throws ValidationException, with the texts that
 * were recorded from AWS: one for a text that is no ARN, one for the ARN of anything else.
 */
export function readPolicyArn(arn: string): {
  readonly accountId: string
  readonly path: string
  readonly name: string
} {
  const [, accountId, path, name] = policyArnPattern.exec(arn) ?? []
  if (accountId === undefined || path === undefined || name === undefined) {
    const text = arn.startsWith('arn:') ? notPolicy(arn) : 'Invalid ARN:  Could not be parsed!'
    throw new ServiceError('ValidationException', text)
  }
  return { accountId, path, name }
}

const notPolicy = (arn: string) => `ARN ${arn} is not valid.`

/** Returns undefined if the policy does not exist or belongs to a different account. Throws ValidationException. */
export async function findPolicy(
  store: Reader,
  accountId: string,
  arn: string,
): Promise<AnyPolicy | undefined> {
  const names = readPolicyArn(arn)
  if (names.accountId === 'aws') return viewAwsPolicy(arn)
  const policy = await findOwn(store, accountId, arn)
  return policy && viewPolicy(policy)
}

async function findOwn(store: Reader, accountId: string, arn: string): Promise<ManagedPolicy | undefined> {
  const names = readPolicyArn(arn)
  if (names.accountId !== accountId) return undefined
  const policy = await store.policies.find(accountId, names.name)
  return policy !== undefined && arnOfPolicy(policy) === arn ? policy : undefined
}

/** Throws NoSuchEntityException or ValidationException. */
export async function getPolicy(store: Reader, accountId: string, arn: string): Promise<AnyPolicy> {
  const policy = await findPolicy(store, accountId, arn)
  if (policy === undefined) throw policyNotFound(arn)
  return policy
}

/** Returns the error for a managed policy that does not exist. */
export const policyNotFound = (arn: string) => noSuchEntity(`Policy ${arn} was not found.`)

/**
 * Gets a policy that the caller's account may change. Throws AccessDeniedException for a policy of AWS,
 * NoSuchEntityException or ValidationException.
 */
export async function getOwnPolicy(
  store: Reader,
  { identity, scope }: Caller,
  arn: string,
  action: string,
): Promise<ManagedPolicy> {
  if (readPolicyArn(arn).accountId === 'aws') {
    throw new ServiceError(
      'AccessDeniedException',
      `User: ${identity.principal.arn} is not authorized to perform: iam:${action} on resource: policy ${arn}`,
      { reason: 'the policy is managed by AWS' },
    )
  }
  const policy = await findOwn(store, scope.accountId, arn)
  if (policy === undefined) throw policyNotFound(arn)
  return policy
}

/** Throws NoSuchEntityException. */
export function getVersion(
  policy: Pick<AnyPolicy, 'versions'>,
  arn: string,
  versionId: string,
): PolicyVersion {
  const version = policy.versions.find(item => item.versionId === versionId)
  if (version === undefined) {
    throw noSuchEntity(`Policy ${arn} version ${versionId} does not exist or is not attachable.`)
  }
  return version
}

type Kind = 'User' | 'Group' | 'Role'

/**
 * Returns the attached policies with one more. Throws NoSuchEntityException, PolicyNotAttachableException or
 * LimitExceededException.
 */
export async function attachPolicy(
  store: Reader,
  accountId: string,
  attached: readonly string[],
  arn: string,
  kind: Kind,
): Promise<readonly string[]> {
  const policy = await findPolicy(store, accountId, arn)
  if (policy === undefined) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
  if (isForServices(policy)) {
    throw new ServiceError(
      'PolicyNotAttachableException',
      'Cannot attach a Service Role Policy to a Customer Role.',
    )
  }
  if (attached.includes(arn)) return attached
  checkQuota(`PoliciesPer${kind}`, attached.length + 1)
  return [...attached, arn]
}

/** Throws NoSuchEntityException or ValidationException. */
export function detachPolicy(attached: readonly string[], arn: string): string[] {
  readPolicyArn(arn)
  if (!attached.includes(arn)) throw policyNotFound(arn)
  return attached.filter(item => item !== arn)
}

/** Whether only service-linked roles can have the policy. */
export const isForServices = ({ isOfAws, path }: AnyPolicy) => isOfAws && path === '/aws-service-role/'

/**
 * Checks that a policy can be a permissions boundary. Throws NoSuchEntityException, PolicyNotAttachableException or
 * InvalidInputException.
 */
export async function checkBoundary(
  store: Reader,
  accountId: string,
  arn: string | undefined,
): Promise<void> {
  if (arn === undefined) return
  // Here, the ARN of anything but a policy has a different code (recorded from AWS).
  if (!policyArnPattern.test(arn)) throw new ServiceError('InvalidInputException', notPolicy(arn))
  const policy = await findPolicy(store, accountId, arn)
  if (policy === undefined) throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`)
  if (isForServices(policy)) {
    throw new ServiceError(
      'PolicyNotAttachableException',
      'Cannot use a Service Role Policy as a permissions boundary.',
    )
  }
}

/** Renders an attached policy as listings do: its name is the end of its ARN. */
export function renderAttached(arn: string): { PolicyName: string; PolicyArn: string } {
  return { PolicyName: readPolicyArn(arn).name, PolicyArn: arn }
}

/** Returns a key that sorts policies by name; an account and AWS may have policies with the same name. */
export const sortKeyOf = (arn: string): string => {
  const { accountId, name } = readPolicyArn(arn)
  return `${name} ${accountId}`
}

/** Returns the document of a policy's default version. */
export function defaultDocumentOf(policy: AnyPolicy): string {
  return getVersion(policy, policy.arn, policy.defaultVersionId).document
}
