import {
  dnsNamesOf,
  findEndpointService,
  privateDnsName,
  type Vpc,
  type VpcEndpoint,
} from '../../../domain/index.ts'
import {
  boolean,
  type Infer,
  type Json,
  list,
  sha256Hex,
  string,
  structure,
  timestamp,
} from '../../../std/index.ts'
import { renderTags, tagSetType, textsType } from '../wire/shapes.ts'

/** The security groups of an endpoint in an answer. */
export const groupSetType = list(structure({ groupId: string(), groupName: string() }))

/** An endpoint in an answer, with the members in AWS's order. */
export const endpointType = structure({
  vpcEndpointId: string(),
  vpcEndpointType: string(),
  vpcId: string(),
  serviceName: string(),
  state: string(),
  policyDocument: string(),
  routeTableIdSet: textsType,
  subnetIdSet: textsType,
  groupSet: groupSetType,
  ipAddressType: string(),
  dnsOptions: structure({ dnsRecordIpType: string() }),
  privateDnsEnabled: boolean(),
  requesterManaged: boolean(),
  networkInterfaceIdSet: textsType,
  dnsEntrySet: list(structure({ dnsName: string(), hostedZoneId: string() })),
  creationTimestamp: timestamp(),
  tagSet: tagSetType,
  ownerId: string(),
  lastError: structure({ code: string(), message: string() }),
  serviceRegion: string(),
})

/** Renders an endpoint; `vpc` is its network, unless the configuration does not have it any more. */
export function renderEndpoint(endpoint: VpcEndpoint, vpc: Vpc | undefined): Infer<typeof endpointType> {
  const { interfaces, dnsRecordIpType } = endpoint
  return {
    vpcEndpointId: endpoint.vpcEndpointId,
    vpcEndpointType: 'Interface',
    vpcId: endpoint.vpcId,
    serviceName: endpoint.serviceName,
    state: endpoint.state,
    policyDocument: endpoint.policyDocument,
    routeTableIdSet: [],
    subnetIdSet: interfaces.map(({ subnetId }) => subnetId),
    groupSet: groupSetOf(endpoint, vpc),
    ipAddressType: endpoint.ipAddressType,
    dnsOptions: { dnsRecordIpType },
    privateDnsEnabled: endpoint.isPrivateDnsEnabled,
    requesterManaged: false,
    networkInterfaceIdSet: interfaces.map(({ networkInterfaceId }) => networkInterfaceId),
    dnsEntrySet: dnsEntriesOf(endpoint),
    creationTimestamp: endpoint.createdAt,
    tagSet: renderTags(endpoint.tags),
    ownerId: endpoint.accountId,
    lastError: endpoint.lastError,
    serviceRegion: endpoint.region,
  }
}

/** Renders the security groups of an endpoint; one that the configuration does not have any more has its id as its name. */
export function groupSetOf({ securityGroupIds }: VpcEndpoint, vpc: Vpc | undefined) {
  return securityGroupIds.map(groupId => ({
    groupId,
    groupName: vpc?.securityGroups.find(group => group.groupId === groupId)?.name ?? groupId,
  }))
}

function dnsEntriesOf(endpoint: VpcEndpoint) {
  const service = findEndpointService(endpoint.serviceName, endpoint.region)
  const privateName = service && privateDnsName(service, endpoint.region)
  return dnsNamesOf(endpoint).map(dnsName => ({
    dnsName,
    hostedZoneId: hostedZoneId(dnsName === privateName ? dnsName : dnsName.slice(dnsName.indexOf('.') + 1)),
  }))
}

/** An id for the DNS zone of a name, in the form of Route 53's. Keyward serves no DNS, so only the difference between zones counts. */
const hostedZoneId = (zone: string) => `Z${sha256Hex(zone).slice(0, 13).toUpperCase()}`

/** The endpoint of an answer as records show it. */
export function recordOf(endpoint: Infer<typeof endpointType>): Json {
  const { creationTimestamp: createdAt = 0 } = endpoint
  return {
    ...(endpointType.encode(endpoint) as object),
    creationTimestamp: new Date(createdAt).toISOString(),
  }
}
