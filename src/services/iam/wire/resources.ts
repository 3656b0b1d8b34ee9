import {
  groupArn,
  instanceProfileArn,
  policyArn,
  roleArn,
  rootArn,
  type Tag,
  userArn,
} from '../../../domain/index.ts'
import type { Conditions, ResourceQuestion, ResourceRequirement } from '../../../operation/index.ts'
import type { Reader } from '../../../store/index.ts'
import { findPolicy } from '../policies/managed-policies.ts'
import { userNameOf } from './entities.ts'

// These are the resources that policies about IAM name (Service Authorization Reference, "AWS Identity and Access
// Management"). An entity that does not exist has the ARN that it would have in the root path, because a denial must
// not reveal whether it exists. A denial must not reveal the path of an existing entity either: it names the entity as
// the request does, as in AWS (recorded: `iam:GetRole on resource: role NAME`).

type Found = Promise<readonly ResourceRequirement[]>

/** The input members of IAM that conditions can test. */
export interface ConditionInput {
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[] | undefined
  readonly TagKeys?: readonly string[] | undefined
  readonly PolicyArn?: string | undefined
  readonly PermissionsBoundary?: string | undefined
  readonly AWSServiceName?: string | undefined
}

/** The facts of an entity that conditions can test. */
interface ConditionEntity {
  readonly tags?: readonly Tag[]
  readonly boundaryArn?: string | undefined
}

/** Returns the condition values of a request and of the entity that it is about; a new entity has no values yet. */
export function conditionsOf(input: ConditionInput, entity: ConditionEntity = {}): () => Conditions {
  return () => {
    const given = input.Tags?.map(({ Key, Value }) => [Key, Value] as const) ?? []
    const tagKeys = input.TagKeys ?? given.map(([key]) => key)
    const tags = new Map(entity.tags?.map(({ tagKey, tagValue }) => [tagKey, tagValue]))
    return {
      'aws:RequestTag/': new Map(given),
      'aws:TagKeys': tagKeys.length === 0 ? undefined : tagKeys,
      'aws:ResourceTag/': tags,
      'iam:ResourceTag/': tags,
      'iam:PolicyARN': input.PolicyArn,
      'iam:PermissionsBoundary': input.PermissionsBoundary ?? entity.boundaryArn,
      'iam:AWSServiceName': input.AWSServiceName,
    }
  }
}

/**
 * Returns the resources of a request that creates an entity. If the entity gets tags, the caller also needs the
 * permission to tag it (IAM API reference, "CreateUser": Tags).
 */
export function onNew(
  entity: Pick<ResourceRequirement, 'arn' | 'name'>,
  tagAction: `iam:Tag${string}`,
  input: ConditionInput,
): readonly ResourceRequirement[] {
  const making = { ...entity, conditions: conditionsOf(input) }
  return (input.Tags?.length ?? 0) === 0 ? [making] : [making, { ...making, action: tagAction }]
}

/** Returns the ARN of a user by its name; without the user's path if the user does not exist. */
export async function arnOfUser(store: Reader, accountId: string, userName: string): Promise<string> {
  const user = await store.users.find(accountId, userName)
  return userArn(accountId, user?.userName ?? userName, user?.path)
}

/** The resource is the user that the request names, or the calling user or root user. */
export async function onUser(
  question: ResourceQuestion<ConditionInput & { readonly UserName?: string | undefined }>,
): Found {
  const { input, caller, scope, store } = question
  const userName = userNameOf(input, caller)
  if (userName === undefined) return [{ arn: rootArn(scope.accountId) }]
  const user = await store.users.find(scope.accountId, userName)
  const arn = userArn(scope.accountId, user?.userName ?? userName, user?.path)
  return [{ arn, name: `user ${userName}`, conditions: conditionsOf(input, user) }]
}

/** The resource is the group that the request names. */
export async function onGroup(
  question: ResourceQuestion<ConditionInput & { readonly GroupName: string }>,
): Found {
  const { input, scope, store } = question
  const group = await store.groups.find(scope.accountId, input.GroupName)
  const arn = groupArn(scope.accountId, group?.groupName ?? input.GroupName, group?.path)
  return [{ arn, name: `group ${input.GroupName}`, conditions: conditionsOf(input) }]
}

/** The resource is the role that the request names. */
export async function onRole(
  question: ResourceQuestion<ConditionInput & { readonly RoleName: string }>,
): Found {
  const { input, scope, store } = question
  const role = await store.roles.find(scope.accountId, input.RoleName)
  const arn = roleArn(scope.accountId, role?.roleName ?? input.RoleName, role?.path)
  return [{ arn, name: `role ${input.RoleName}`, conditions: conditionsOf(input, role) }]
}

/** The resource is the role that the request names, which its caller must be allowed to pass to EC2. */
export async function onPassedRole({
  input,
  scope,
  store,
}: ResourceQuestion<{ readonly RoleName: string }>): Found {
  const role = await store.roles.find(scope.accountId, input.RoleName)
  const arn = roleArn(scope.accountId, role?.roleName ?? input.RoleName, role?.path)
  const conditions = () => ({ ...conditionsOf({}, role)(), 'iam:PassedToService': 'ec2.amazonaws.com' })
  return [{ arn, name: `role ${input.RoleName}`, action: 'iam:PassRole', conditions }]
}

/** The resource is the instance profile that the request names. */
export async function onInstanceProfile(
  question: ResourceQuestion<
    Omit<ConditionInput, 'AWSServiceName'> & { readonly InstanceProfileName: string }
  >,
): Found {
  const { input, scope, store } = question
  const { InstanceProfileName: named } = input
  const profile = await store.instanceProfiles.find(scope.accountId, named)
  const arn = instanceProfileArn(scope.accountId, profile?.instanceProfileName ?? named, profile?.path)
  return [{ arn, name: `instance profile ${named}`, conditions: conditionsOf(input, profile) }]
}

/** The resource is the managed policy that the request names. */
export async function onPolicy({
  input: { PolicyArn: arn, ...input },
  scope,
  store,
}: ResourceQuestion<ConditionInput & { readonly PolicyArn: string }>): Found {
  const policy = await findPolicy(store, scope.accountId, arn)
  return [{ arn, name: `policy ${arn}`, conditions: conditionsOf(input, policy) }]
}

/** The resource is all entities of a kind whose path begins with a prefix. */
export function onPath(kind: 'user' | 'group' | 'role' | 'policy' | 'instance-profile') {
  const arnOf = {
    user: userArn,
    group: groupArn,
    role: roleArn,
    policy: policyArn,
    'instance-profile': instanceProfileArn,
  }[kind]
  return ({
    input,
    scope,
  }: ResourceQuestion<{ readonly PathPrefix?: string | undefined }>): readonly ResourceRequirement[] => [
    { arn: arnOf(scope.accountId, '', input.PathPrefix ?? '/') },
  ]
}
