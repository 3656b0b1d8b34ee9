import {
  type Scope,
  securityGroupArn,
  subnetArn,
  type Tag,
  type VpcEndpoint,
  vpcArn,
  vpcEndpointArn,
} from '../../../domain/index.ts'
import { type Conditions, type ResourceRequirement, requestTagConditions } from '../../../operation/index.ts'
import { checkId } from '../wire/parameters.ts'

// The resources that policies about endpoints name (Service Authorization Reference, "Amazon EC2"). Their ARNs come from the request
// alone, so that a denial does not reveal which of them exist.

const regionOf = ({ region }: Scope): Conditions => ({ 'ec2:Region': region })

/** The condition values of the service that an endpoint leads to. AWS owns all of them here. */
const serviceOf = (serviceName: string): Conditions => ({
  'ec2:VpceServiceName': serviceName,
  'ec2:VpceServiceOwner': 'amazon',
})

/** The resources of a request that makes an endpoint, which also needs the permission to tag it if it gets tags. */
export function onNewEndpoint(
  scope: Scope,
  serviceName: string,
  tags: readonly Tag[],
): ResourceRequirement[] {
  const arn = vpcEndpointArn(scope, '*')
  const conditions = () => ({
    ...regionOf(scope),
    ...serviceOf(serviceName),
    ...requestTagConditions(tags),
  })
  if (tags.length === 0) return [{ arn, conditions }]
  const tagging = () => ({ ...conditions(), 'ec2:CreateAction': 'CreateVpcEndpoint' })
  return [
    { arn, conditions },
    { arn, action: 'ec2:CreateTags', conditions: tagging },
  ]
}

/**
 * The resource of a request about an endpoint, whose tags conditions can test if it exists; `ofRequest` are the values that the request
 * itself has. Throws InvalidVpcEndpointId.Malformed.
 */
export function onEndpoint(
  scope: Scope,
  vpcEndpointId: string,
  endpoint: VpcEndpoint | undefined,
  ofRequest: Conditions = {},
): ResourceRequirement {
  const tags = new Map(endpoint?.tags.map(({ tagKey, tagValue }) => [tagKey, tagValue]))
  return {
    arn: vpcEndpointArn(scope, checkId('vpce', vpcEndpointId)),
    conditions: () => ({
      ...ofRequest,
      ...regionOf(scope),
      ...(endpoint && serviceOf(endpoint.serviceName)),
      'aws:ResourceTag/': tags,
      'ec2:ResourceTag/': tags,
    }),
  }
}

/** The resource of a request that puts an endpoint into a VPC. Throws InvalidVpcId.Malformed. */
export function onVpc(scope: Scope, vpcId: string): ResourceRequirement {
  return {
    arn: vpcArn(scope, checkId('vpc', vpcId)),
    conditions: () => ({ ...regionOf(scope), 'ec2:VpcID': vpcId }),
  }
}

/** The subnets and groups that a request names. */
export interface NamedPlaces {
  readonly subnetIds: readonly string[] | undefined
  readonly groupIds: readonly string[] | undefined
  /** The VPC that they must be in; undefined if the request does not show it. */
  readonly vpcId: string | undefined
}

/** The resources of a request that gives an endpoint subnets and groups. Throws InvalidSubnetId.Malformed or InvalidGroupId.Malformed. */
export function onPlaces(
  scope: Scope,
  { subnetIds = [], groupIds = [], vpcId }: NamedPlaces,
): ResourceRequirement[] {
  const shared = { ...regionOf(scope), 'ec2:Vpc': vpcId === undefined ? undefined : vpcArn(scope, vpcId) }
  return [
    ...subnetIds.map(id => ({
      arn: subnetArn(scope, checkId('subnet', id)),
      conditions: () => ({ ...shared, 'ec2:SubnetID': id }),
    })),
    ...groupIds.map(id => ({
      arn: securityGroupArn(scope, checkId('sg', id)),
      conditions: () => shared,
    })),
  ]
}
