import { compileNewPolicy } from '../../access/index.ts'
import { awsManagedPolicies, type NamedPolicy, type Tag } from '../../domain/index.ts'
import type { Located, Millis } from '../../std/index.ts'
import { explained, needed, readDocument, readTime } from '../../std/index.ts'
import { readTags } from './tags.ts'

/** The properties that users, groups and roles of a seed have in common. */
interface SeedHolder {
  readonly at: Located
  readonly path: string
  readonly policies: readonly NamedPolicy[]
  readonly attachedPolicyArns: readonly string[]
}

/** A user of the seed. */
export interface SeedUser extends SeedHolder {
  readonly userName: string
  readonly groupNames: readonly string[]
  readonly boundaryArn: string | undefined
  readonly tags: readonly Tag[]
  readonly accessKeys: readonly SeedAccessKey[]
}

/** A group of the seed. */
export interface SeedGroup extends SeedHolder {
  readonly groupName: string
}

/** A role of the seed. */
export interface SeedRole extends SeedHolder {
  readonly roleName: string
  readonly description: string
  readonly trustPolicy: string
  readonly maxSessionSeconds: number
  readonly boundaryArn: string | undefined
  readonly tags: readonly Tag[]
}

/** A customer managed policy of the seed. */
export interface SeedManagedPolicy {
  readonly at: Located
  readonly policyName: string
  readonly path: string
  readonly description: string
  readonly document: string
}

/** An AWS service that acts in an account. */
export interface SeedService {
  readonly service: string
  readonly accessKeys: readonly SeedAccessKey[]
}

/** An access key of the seed, for a user, a service or the root user. */
export interface SeedAccessKey {
  readonly at: Located
  readonly accessKeyId: string
  readonly secret: string
  readonly sessionToken: string | undefined
  readonly expiresAt: Millis | undefined
}

/** IAM user guide, "IAM and AWS STS quotas": lengths of names. */
const nameLengthMax = { user: 64, group: 128, role: 64, policy: 128 }

const userParts = [
  'name',
  'path',
  'groups',
  'policies',
  'attachedPolicies',
  'boundary',
  'tags',
  'accessKeys',
] as const

export function readUser(at: Located): SeedUser {
  const parts = at.members(userParts)
  return {
    userName: readName(at, parts.name, 'user'),
    ...readHolder(at, parts),
    groupNames: (parts.groups?.items() ?? []).map(group => group.text()),
    boundaryArn: parts.boundary && readPolicyArn(parts.boundary),
    tags: parts.tags === undefined ? [] : readTags(parts.tags),
    accessKeys: readAccessKeys(parts.accessKeys),
  }
}

export function readGroup(at: Located): SeedGroup {
  const parts = at.members(['name', 'path', 'policies', 'attachedPolicies'])
  return { groupName: readName(at, parts.name, 'group'), ...readHolder(at, parts) }
}

const roleParts = [
  'name',
  'path',
  'description',
  'trust',
  'maxSession',
  'policies',
  'attachedPolicies',
  'boundary',
  'tags',
] as const

export function readRole(at: Located): SeedRole {
  const parts = at.members(roleParts)
  return {
    roleName: readName(at, parts.name, 'role'),
    ...readHolder(at, parts),
    description: parts.description?.text() ?? '',
    trustPolicy: readTrustPolicy(needed(parts.trust, at, 'trust')),
    maxSessionSeconds: parts.maxSession === undefined ? 3600 : readSessionSeconds(parts.maxSession),
    boundaryArn: parts.boundary && readPolicyArn(parts.boundary),
    tags: parts.tags === undefined ? [] : readTags(parts.tags),
  }
}

export function readManagedPolicy(at: Located): SeedManagedPolicy {
  const { name, path, description, document } = at.members(['name', 'path', 'description', 'document'])
  const policyName = readName(at, name, 'policy')
  return {
    at,
    policyName,
    path: readPath(path),
    description: description?.text() ?? '',
    document: readPolicy(at, needed(document, at, 'document'), 'managed', policyName),
  }
}

export function readService(at: Located): SeedService {
  const { name, accessKeys } = at.members(['name', 'accessKeys'])
  const service = needed(name, at, 'name').text()
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/.test(service)) {
    throw at.error(`has the name '${service}'; a service is named like s3.amazonaws.com`)
  }
  return { service, accessKeys: readAccessKeys(accessKeys) }
}

function readName(at: Located, name: Located | undefined, kind: keyof typeof nameLengthMax): string {
  const text = needed(name, at, 'name').text()
  const lengthMax = nameLengthMax[kind]
  if (!/^[\w+=,.@-]+$/.test(text) || text.length > lengthMax) {
    throw at.error(`has the name '${text}'; a ${kind} name is up to ${lengthMax} letters, digits and +=,.@_-`)
  }
  return text
}

function readHolder(
  at: Located,
  { path, policies, attachedPolicies }: Partial<Record<'path' | 'policies' | 'attachedPolicies', Located>>,
): SeedHolder {
  return {
    at,
    path: readPath(path),
    policies: (policies?.items() ?? []).map(readInlinePolicy),
    attachedPolicyArns: (attachedPolicies?.items() ?? []).map(readPolicyArn),
  }
}

/** IAM API Reference, "CreateUser": paths. */
function readPath(at: Located | undefined): string {
  const path = at?.text() ?? '/'
  if (at !== undefined && !/^\/$|^\/[\w+=,.@/-]*[\w+=,.@-]\/$/.test(path)) {
    throw at.error(`is '${path}'; a path begins and ends with /`)
  }
  return path
}

function readInlinePolicy(at: Located): NamedPolicy {
  const { name, document } = at.members(['name', 'document'])
  const policyName = needed(name, at, 'name').text()
  return {
    name: policyName,
    document: readPolicy(at, needed(document, at, 'document'), 'inline', policyName),
  }
}

function readPolicy(at: Located, document: Located, use: 'managed' | 'inline', name: string): string {
  const text = readDocument(document)
  explained(at, () => compileNewPolicy(text, use, name))
  return text
}

function readTrustPolicy(at: Located): string {
  const text = readDocument(at)
  explained(at, () => compileNewPolicy(text, 'trust', 'trust policy'))
  return text
}

/**
 * Reads the ARN of a policy. Applying the seed checks whether a customer managed policy exists. Throws OperatorError.
 */
function readPolicyArn(at: Located): string {
  const arn = at.text()
  if (!/^arn:aws:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/.test(arn)) {
    throw at.error(
      `is '${arn}'; it must be the ARN of a policy, such as arn:aws:iam::111122223333:policy/name`,
    )
  }
  const ofAws = awsManagedPolicies.get(arn)
  if (arn.startsWith('arn:aws:iam::aws:') && ofAws === undefined) {
    throw at.error(
      `is '${arn}', which is not among the AWS managed policies of this server; ListPolicies lists them`,
    )
  }
  if (ofAws?.isForServiceLinkedRole === true) {
    throw at.error(`is '${arn}', which is for service-linked roles only`)
  }
  return arn
}

/** IAM API Reference, "CreateRole": one hour to twelve hours. */
function readSessionSeconds(at: Located): number {
  const seconds = Number(at.text())
  if (Number.isInteger(seconds) && seconds >= 3600 && seconds <= 43_200) return seconds
  throw at.error('must be a number of seconds, from 3600 to 43200')
}

export function readAccessKeys(at: Located | undefined): SeedAccessKey[] {
  return (at?.items() ?? []).map(item => {
    const { id, secret, sessionToken, expires } = item.members(['id', 'secret', 'sessionToken', 'expires'])
    const accessKeyId = needed(id, item, 'id').text()
    if (!/^\w{1,128}$/.test(accessKeyId)) {
      throw item.error(`has the id '${accessKeyId}'; an access key id is up to 128 letters, digits and _`)
    }
    const text = needed(secret, item, 'secret').text()
    if (text === '') throw item.error('has an empty secret; give it one')
    return {
      at: item,
      accessKeyId,
      secret: text,
      sessionToken: sessionToken?.text(),
      expiresAt: expires === undefined ? undefined : readTime(expires),
    }
  })
}
