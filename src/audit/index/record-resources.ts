/** A resource by a name that lookups find it by. */
export interface NamedResource {
  readonly type: string
  readonly name: string
}

/** The services whose records name resources in their parameters and answers, and not in `resources`. */
const namesInParameters: ReadonlySet<string> = new Set([
  'iam.amazonaws.com',
  'sts.amazonaws.com',
  'cloudtrail.amazonaws.com',
])

/** Whether the resources of an event are not all in the member `resources` of its records. */
export const hasFurtherResources = (eventSource: string) => namesInParameters.has(eventSource)

const keyType = 'AWS::KMS::Key'
const aliasType = 'AWS::KMS::Alias'

/** The members of parameters and answers that name a resource, with its type. */
const typeOfMember: Readonly<Record<string, string>> = {
  userName: 'AWS::IAM::User',
  userId: 'AWS::IAM::User',
  roleName: 'AWS::IAM::Role',
  roleId: 'AWS::IAM::Role',
  roleArn: 'AWS::IAM::Role',
  groupName: 'AWS::IAM::Group',
  groupId: 'AWS::IAM::Group',
  policyArn: 'AWS::IAM::Policy',
  policyName: 'AWS::IAM::Policy',
  policyId: 'AWS::IAM::Policy',
  instanceProfileName: 'AWS::IAM::InstanceProfile',
  instanceProfileId: 'AWS::IAM::InstanceProfile',
  accessKeyId: 'AWS::IAM::AccessKey',
  assumedRoleId: 'AWS::STS::AssumedRole',
  roleSessionName: 'AWS::STS::AssumedRole',
  trailName: 'AWS::CloudTrail::Trail',
  trailARN: 'AWS::CloudTrail::Trail',
}

/** The structures of answers whose ARN is that of a resource of this type. */
const typeOfStructure: Readonly<Record<string, string>> = {
  user: 'AWS::IAM::User',
  role: 'AWS::IAM::Role',
  group: 'AWS::IAM::Group',
  policy: 'AWS::IAM::Policy',
  instanceProfile: 'AWS::IAM::InstanceProfile',
  assumedRoleUser: 'AWS::STS::AssumedRole',
}

/**
 * Returns the resources of a record by every name that lookups find them by. For a key these are the ARN and the id, for
 * an alias the ARN and the name, because people search for either.
 */
export function resourcesOf(record: Readonly<Record<string, unknown>>): NamedResource[] {
  const { resources, eventSource, requestParameters, responseElements } = record
  const listed = Array.isArray(resources) ? resources.filter(isRecord).flatMap(namesOfListed) : []
  if (typeof eventSource !== 'string' || !hasFurtherResources(eventSource)) return listed
  const own = eventSource === 'cloudtrail.amazonaws.com' ? 'AWS::CloudTrail::Trail' : undefined
  const further = [requestParameters, responseElements].flatMap(value => namesIn(value, own))
  const names = new Map([...listed, ...further].map(found => [`${found.type} ${found.name}`, found]))
  return [...names.values()]
}

function namesOfListed({ ARN: arn, type }: Readonly<Record<string, unknown>>): NamedResource[] {
  if (typeof arn !== 'string' || typeof type !== 'string') return []
  const resource = arn.split(':').slice(5).join(':')
  // Records give aliases the type of keys, and lookups a type of their own.
  if (resource.startsWith('alias/'))
    return [arn, resource].map(name => ({ type: type === keyType ? aliasType : type, name }))
  const short = resource.slice(resource.lastIndexOf('/') + 1)
  return short === '' ? [{ type, name: arn }] : [arn, short].map(name => ({ type, name }))
}

/** The named resources in parameters, and in the structures of an answer. */
function namesIn(value: unknown, typeOfName: string | undefined, typeOfArn?: string): NamedResource[] {
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([member, inner]) => {
    if (isRecord(inner)) return namesIn(inner, undefined, ownEntry(typeOfStructure, member))
    const type =
      member === 'arn' ? typeOfArn : member === 'name' ? typeOfName : ownEntry(typeOfMember, member)
    return typeof inner === 'string' && inner !== '' && type !== undefined ? [{ type, name: inner }] : []
  })
}

const ownEntry = (table: Readonly<Record<string, string>>, name: string) =>
  Object.hasOwn(table, name) ? table[name] : undefined

/** Whether a value is an object, and not an array or null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
