import {
  type Group,
  groupArn,
  type NamedPolicy,
  type Principal,
  parseArn,
  type Role,
  roleArn,
  ServiceError,
  type User,
  userArn,
} from '../../../domain/index.ts'
import type { Infer } from '../../../std/index.ts'
import type { Reader } from '../../../store/index.ts'
import { type AnyPolicy, defaultDocumentOf, getPolicy, readPolicyArn } from '../policies/managed-policies.ts'
import { getGroup, getRole, getUser, noSuchEntity } from '../wire/entities.ts'
import type { SimulatedPolicy } from './simulation.ts'
import type { policyExclusionsType } from './simulation-shapes.ts'

type Exclusions = Infer<typeof policyExclusionsType>
type Kind = 'user' | 'group' | 'role'

interface Holder {
  readonly kind: Kind
  readonly name: string
  readonly policies: readonly NamedPolicy[]
  readonly attachedPolicyArns: readonly string[]
}

const holderOf = {
  user: (user: User): Holder => ({ ...user, kind: 'user', name: user.userName }),
  group: (group: Group): Holder => ({ ...group, kind: 'group', name: group.groupName }),
  role: (role: Role): Holder => ({ ...role, kind: 'role', name: role.roleName }),
}

/**
 * Reads the policies of the user, group or role of an ARN, its permissions boundary, its ARN with its real path, and
 * whether it is a service-linked role. Throws NoSuchEntityException or InvalidInputException.
 */
export async function readSource(store: Reader, accountId: string, arn: string, exclusions: Exclusions = []) {
  const { holders, boundaryArn, ownArn, isServiceLinked = false } = await findHolders(store, accountId, arn)
  const policies: SimulatedPolicy[] = []
  for (const holder of holders) {
    for (const { name, document } of holder.policies) {
      if (isInlineExcluded(holder, name, exclusions)) continue
      policies.push({ name: `${holder.kind}_${holder.name}_${name}`, document })
    }
    for (const attached of holder.attachedPolicyArns) {
      if (isExcluded(attached, typeOf(attached), exclusions)) continue
      policies.push(simulatedOf(await getPolicy(store, accountId, attached)))
    }
  }
  const hasBoundary = boundaryArn !== undefined && !isExcluded(boundaryArn, 'permission-boundary', exclusions)
  const boundary = hasBoundary ? simulatedOf(await getPolicy(store, accountId, boundaryArn)) : undefined
  return { policies, boundary, ownArn, isServiceLinked }
}

const simulatedOf = (policy: AnyPolicy): SimulatedPolicy => ({
  name: policy.arn.slice(policy.arn.lastIndexOf('/') + 1),
  document: defaultDocumentOf(policy),
})

interface FoundSource {
  readonly holders: readonly Holder[]
  readonly ownArn: string
  readonly boundaryArn?: string | undefined
  readonly isServiceLinked?: boolean
}

async function findHolders(store: Reader, accountId: string, text: string): Promise<FoundSource> {
  const { kind, name, accountId: owner } = readSourceArn(text) ?? {}
  if (kind === undefined || name === undefined)
    throw invalidInput(`Invalid ARN provided in the request: ${text}`)
  if (owner !== accountId) {
    throw invalidInput(
      `Invalid Policy Source Arn: caller's account ${accountId} does not have access to policies in account ${owner}.`,
    )
  }
  const ownArn = await arnOfSource(store, accountId, text)
  if (ownArn === undefined) throw noSuchEntity('Unable to retrieve specified IAM entity.')
  if (kind === 'group') return { ownArn, holders: [holderOf.group(await getGroup(store, accountId, name))] }
  if (kind === 'role') {
    const role = await getRole(store, accountId, name)
    const { boundaryArn, isServiceLinked } = role
    return { ownArn, holders: [holderOf.role(role)], boundaryArn, isServiceLinked }
  }
  const user = await getUser(store, accountId, name)
  const groups = await Promise.all(user.groupNames.map(group => getGroup(store, accountId, group)))
  const holders = [holderOf.user(user), ...groups.map(holderOf.group)]
  return { ownArn, holders, boundaryArn: user.boundaryArn }
}

function readSourceArn(text: string) {
  const arn = parseArn(text)
  const [, kind, name] = /^(user|group|role)\/(?:.*\/)?([^/]+)$/.exec(arn?.resource ?? '') ?? []
  if (arn?.service !== 'iam' || kind === undefined || name === undefined) return undefined
  return { kind: kind as Kind, name, accountId: arn.accountId }
}

/** Finds a source by its name, whatever path `text` has, and returns its ARN with its real path (recorded from AWS). */
export async function arnOfSource(
  store: Reader,
  accountId: string,
  text: string,
): Promise<string | undefined> {
  const source = readSourceArn(text)
  if (source?.accountId !== accountId) return undefined
  const { kind, name } = source
  if (kind === 'user') {
    const user = await store.users.find(accountId, name)
    return user && userArn(accountId, user.userName, user.path)
  }
  if (kind === 'group') {
    const group = await store.groups.find(accountId, name)
    return group && groupArn(accountId, group.groupName, group.path)
  }
  const role = await store.roles.find(accountId, name)
  return role && roleArn(accountId, role.roleName, role.path)
}

const invalidInput = (text: string) => new ServiceError('InvalidInputException', text)

type PolicyType = Exclusions[number]['PolicyType']

const isExcluded = (arn: string, type: PolicyType, exclusions: Exclusions) =>
  exclusions.some(({ PolicyArn, PolicyType }) => PolicyArn === arn || PolicyType === type)

const typeOf = (arn: string): PolicyType =>
  readPolicyArn(arn).accountId === 'aws' ? 'aws-managed' : 'user-managed'

function isInlineExcluded({ kind, name }: Holder, policyName: string, exclusions: Exclusions): boolean {
  return exclusions.some(
    ({ PolicyType, InlinePolicyIdentifier: inline }) =>
      PolicyType === 'inline' ||
      (inline?.PolicyName === policyName && inline.AttachmentType === kind && inline.AttachmentName === name),
  )
}

/** Returns the policies that the request contains. */
export function givenPolicies(documents: readonly string[] = []): SimulatedPolicy[] {
  return documents.map((document, index) => ({
    name: `PolicyInputList.${index + 1}`,
    document,
  }))
}

/** Returns a user with the given ARN; without an ARN, an invented user of the account that no policy names. */
export function simulatedPrincipal(accountId: string, arn: string | undefined): Principal {
  const userName = /^arn:aws:iam::\d{12}:user\/(?:.*\/)?([^/]+)$/.exec(arn ?? '')?.[1] ?? 'simulated'
  return {
    type: 'IAMUser',
    accountId: parseArn(arn ?? '')?.accountId || accountId,
    arn: arn ?? userArn(accountId, userName),
    principalId: userName,
    userName,
  }
}
