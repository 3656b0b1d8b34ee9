import { isJsonObject } from '../../std/index.ts'

/** A resource as an event of CloudTrail lists it. */
export interface EventResource {
  readonly ResourceType: string
  readonly ResourceName: string
}

/** The members of parameters and answers that name a resource, with its type. */
const typeOfMember: ReadonlyMap<string, string> = new Map([
  ['userName', 'AWS::IAM::User'],
  ['roleName', 'AWS::IAM::Role'],
  ['groupName', 'AWS::IAM::Group'],
  ['policyArn', 'AWS::IAM::Policy'],
  ['instanceProfileName', 'AWS::IAM::InstanceProfile'],
  ['accessKeyId', 'AWS::IAM::AccessKey'],
  ['roleSessionName', 'AWS::STS::AssumedRole'],
  ['assumedRoleId', 'AWS::STS::AssumedRole'],
  ['trailName', 'AWS::CloudTrail::Trail'],
  ['trailARN', 'AWS::CloudTrail::Trail'],
  ['vpcEndpointId', 'AWS::EC2::VPCEndpoint'],
  ['VpcEndpointId', 'AWS::EC2::VPCEndpoint'],
])

/** The structures of answers whose ARN is that of a resource of this type. */
const typeOfStructure: ReadonlyMap<string, string> = new Map([
  ['user', 'AWS::IAM::User'],
  ['role', 'AWS::IAM::Role'],
  ['group', 'AWS::IAM::Group'],
  ['policy', 'AWS::IAM::Policy'],
  ['instanceProfile', 'AWS::IAM::InstanceProfile'],
  ['assumedRoleUser', 'AWS::STS::AssumedRole'],
])

const trailSource = 'cloudtrail.amazonaws.com'
const naming: ReadonlySet<unknown> = new Set([
  ...['iam.amazonaws.com', 'sts.amazonaws.com', 'ec2.amazonaws.com'],
  trailSource,
])

/** Whether the records of a service name resources in their parameters and answers. */
export const namesResourcesInParameters = (eventSource: unknown) => naming.has(eventSource)

/**
 * Returns the resources of the event of a record. Events list the resources of the record and, as AWS does for calls of IAM,
 * STS, CloudTrail and EC2, those that the request and the answer name.
 */
export function eventResources(record: Readonly<Record<string, unknown>>): EventResource[] {
  const { resources, eventSource, requestParameters, responseElements } = record
  const listed = Array.isArray(resources) ? resources.filter(isJsonObject).flatMap(listedResource) : []
  const typeOfName = eventSource === trailSource ? 'AWS::CloudTrail::Trail' : undefined
  const further = namesResourcesInParameters(eventSource)
    ? [requestParameters, responseElements].flatMap(value => namedResources(value, typeOfName))
    : []
  const all = [...listed, ...further].map(
    found => [`${found.ResourceType} ${found.ResourceName}`, found] as const,
  )
  return [...new Map(all).values()]
}

/** Returns the names that lookups find a resource by: for a key also its id, for an alias its name, and so on. */
export function namesOfResource({ ResourceName: name }: EventResource): string[] {
  const resource = name.split(':').slice(5).join(':')
  const short = resource.startsWith('alias/') ? resource : resource.slice(resource.lastIndexOf('/') + 1)
  return short === '' ? [name] : [name, short]
}

/**
 * Returns the name of a caller by which lookups find a record, from its userIdentity; undefined for one without a name. A
 * session of a role has the name of the session, not that of the role (recorded from AWS).
 */
export function eventUsername(identity: Readonly<Record<string, unknown>>): string | undefined {
  const { type, arn, userName } = identity
  if (type === 'Root') return 'root'
  const name = type === 'AssumedRole' || type === 'FederatedUser' ? lastPartOf(arn) : userName
  return typeof name === 'string' ? name : undefined
}

const lastPartOf = (arn: unknown) => (typeof arn === 'string' ? arn.split('/').at(-1) : undefined)

function listedResource({ ARN: arn, type }: Readonly<Record<string, unknown>>): EventResource[] {
  if (typeof arn !== 'string' || typeof type !== 'string') return []
  // Records give aliases the type of keys.
  const isAlias = /^arn:[^:]+:kms:[^:]*:[^:]*:alias\//.test(arn)
  return [{ ResourceType: isAlias ? 'AWS::KMS::Alias' : type, ResourceName: arn }]
}

function namedResources(value: unknown, typeOfName: string | undefined, typeOfArn?: string): EventResource[] {
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([member, inner]) => {
    const type = typeOfMember.get(member)
    if (type !== undefined && typeof inner === 'object')
      return contentsOf(inner).map(name => ({ ResourceType: type, ResourceName: name }))
    if (isJsonObject(inner)) return namedResources(inner, undefined, typeOfStructure.get(member))
    if (typeof inner !== 'string' || inner === '') return []
    const named = member === 'arn' ? typeOfArn : member === 'name' ? typeOfName : type
    return named === undefined ? [] : [{ ResourceType: named, ResourceName: inner }]
  })
}

/** The texts of a list as records of EC2 have it: `{tag, content}` for each item, in an array if there are several. */
function contentsOf(list: unknown): string[] {
  const items = Array.isArray(list) ? list : [list]
  return items.filter(isJsonObject).flatMap(({ content }) => (typeof content === 'string' ? [content] : []))
}
