import { type Ec2IdKind, type ErrorCode, isEc2Id, ServiceError } from '../../../domain/index.ts'

interface IdErrors {
  readonly malformed: ErrorCode
  readonly missing: ErrorCode
  /** The name of the kind in the text of the error for a missing resource. */
  readonly name: string
}

/** The errors about ids (Amazon EC2 API reference, "Error codes"). Their codes spell the kinds in several ways. */
const idErrors: Readonly<Record<Ec2IdKind, IdErrors>> = {
  eni: {
    malformed: 'InvalidNetworkInterfaceId.Malformed',
    missing: 'InvalidNetworkInterfaceID.NotFound',
    name: 'networkInterface ID',
  },
  rtb: {
    malformed: 'InvalidRouteTableId.Malformed',
    missing: 'InvalidRouteTableID.NotFound',
    name: 'routeTable ID',
  },
  sg: { malformed: 'InvalidGroupId.Malformed', missing: 'InvalidGroup.NotFound', name: 'security group' },
  subnet: { malformed: 'InvalidSubnetId.Malformed', missing: 'InvalidSubnetID.NotFound', name: 'subnet ID' },
  vpc: { malformed: 'InvalidVpcId.Malformed', missing: 'InvalidVpcID.NotFound', name: 'vpc ID' },
  vpce: {
    malformed: 'InvalidVpcEndpointId.Malformed',
    missing: 'InvalidVpcEndpointId.NotFound',
    name: 'Vpc Endpoint Id',
  },
}

/** Returns a parameter that a request must have. An empty list or text counts as none. Throws MissingParameter. */
export function needed<T extends { readonly length: number }>(value: T | undefined, name: string): T {
  if (value !== undefined && value.length > 0) return value
  throw new ServiceError('MissingParameter', `The request must contain the parameter ${name}`)
}

/** Returns an id if it has the form of its kind. Throws `Invalid…Id.Malformed`; the text for subnets was recorded from AWS. */
export function checkId(kind: Ec2IdKind, id: string): string {
  if (isEc2Id(kind, id)) return id
  const text =
    kind === 'subnet'
      ? `Invalid Subnet Id: '${id}' (expecting 'subnet-...; the Id may only contain lowercase alphanumeric characters and a single dash')`
      : `Invalid id: "${id}" (expecting "${kind}-...")`
  throw new ServiceError(idErrors[kind].malformed, text)
}

/** The error for a resource that does not exist in the account and the Region of the request. */
export function noSuch(kind: Ec2IdKind, id: string): ServiceError {
  const { missing, name } = idErrors[kind]
  return new ServiceError(missing, `The ${name} '${id}' does not exist`)
}

/**
 * Returns the items that a request names, in its order and each once; all items if it names none. Throws
 * `Invalid…Id.Malformed` or `Invalid…ID.NotFound`.
 */
export function named<T>(
  kind: Ec2IdKind,
  ids: readonly string[] | undefined,
  items: readonly T[],
  idOf: (item: T) => string,
): readonly T[] {
  if (ids === undefined || ids.length === 0) return items
  const known = new Map(items.map(item => [idOf(item), item]))
  return [...new Set(ids)].map(id => {
    const item = known.get(checkId(kind, id))
    if (item === undefined) throw noSuch(kind, id)
    return item
  })
}

/** An InvalidParameterValue with a text. */
export const invalidValue = (text: string) => new ServiceError('InvalidParameterValue', text)
