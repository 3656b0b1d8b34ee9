import type { Millis } from '../../std/index.ts'
import type { Scope } from '../aws/region.ts'
import type { Tag } from '../aws/tag.ts'
import {
  baseEndpointDnsName,
  ec2EndpointDnsName,
  findEndpointService,
  privateDnsName,
} from './endpoint-services.ts'

/** The state of an endpoint, as the API spells it. */
export type VpcEndpointState = 'pending' | 'available' | 'deleting' | 'failed'

/** The place of an endpoint in one subnet. */
export interface EndpointInterface {
  /** `eni-` and 17 hex digits. */
  readonly networkInterfaceId: string
  readonly subnetId: string
  /** The zone of the subnet. */
  readonly zone: string
  /** At least one of the two addresses is defined. */
  readonly ipv4: string | undefined
  readonly ipv6: string | undefined
}

/** An interface endpoint of a VPC (AWS PrivateLink guide, "Access an AWS service using an interface VPC endpoint"). */
export interface VpcEndpoint extends Scope {
  /** `vpce-` and 17 hex digits. */
  readonly vpcEndpointId: string
  readonly vpcId: string
  /** Such as `com.amazonaws.us-east-1.kms`. */
  readonly serviceName: string
  readonly state: VpcEndpointState
  readonly policyDocument: string
  readonly isPrivateDnsEnabled: boolean
  readonly ipAddressType: 'ipv4' | 'ipv6' | 'dualstack'
  readonly dnsRecordIpType: 'ipv4' | 'ipv6' | 'dualstack' | 'service-defined'
  readonly securityGroupIds: readonly string[]
  /** One for each subnet, in the order in which the subnets were added. */
  readonly interfaces: readonly EndpointInterface[]
  /** The eight letters and digits in the DNS names of the endpoint. */
  readonly dnsLabel: string
  readonly createdAt: Millis
  readonly tags: readonly Tag[]
  /** The token of the request that made the endpoint, with the digest of its parameters; undefined if it had none. */
  readonly clientToken: { readonly token: string; readonly digest: string } | undefined
  /** Why an address of the endpoint does not accept; undefined outside of the state `failed`. */
  readonly lastError: { readonly code: string; readonly message: string } | undefined
}

/** The policy of an endpoint that was made without one, as AWS renders it (AWS KMS developer guide). */
export const defaultEndpointPolicy =
  '{\n  "Statement": [\n    {\n      "Action": "*", \n      "Effect": "Allow", \n      "Principal": "*", \n      "Resource": "*"\n    }\n  ]\n}'

/** The most endpoints of a VPC (Amazon VPC user guide, "Quotas": interface endpoints per VPC). */
export const endpointsPerVpcMax = 50

/** The addresses of an endpoint. */
export function addressesOf({ interfaces }: Pick<VpcEndpoint, 'interfaces'>): string[] {
  return interfaces.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter(address => address !== undefined))
}

/** An address as the host of a URL: one of IPv6 in brackets (RFC 3986, 3.2.2). */
export const hostOfAddress = (address: string): string => (address.includes(':') ? `[${address}]` : address)

/** The DNS names of an endpoint, as the API lists them: its own, that of each zone, and that of private DNS if it is on. */
export function dnsNamesOf(endpoint: VpcEndpoint): string[] {
  const { vpcEndpointId, dnsLabel, region, serviceName, interfaces, isPrivateDnsEnabled } = endpoint
  const service = findEndpointService(serviceName, region)
  if (service === undefined) return []
  const base = baseEndpointDnsName(service, region)
  const label = `${vpcEndpointId}-${dnsLabel}`
  return [
    `${label}.${base}`,
    ...interfaces.map(({ zone }) => `${label}-${zone}.${base}`),
    ...(isPrivateDnsEnabled ? [privateDnsName(service, region)] : []),
  ]
}

/**
 * Every host by which clients may name an endpoint: its DNS names, the forms with `ec2` in them that the AWS KMS developer guide
 * shows, the name of private DNS, and its addresses, those of IPv6 in brackets.
 */
export function hostsOf(endpoint: VpcEndpoint): string[] {
  const { vpcEndpointId, region, serviceName, interfaces } = endpoint
  const service = findEndpointService(serviceName, region)
  return [
    ...dnsNamesOf({ ...endpoint, isPrivateDnsEnabled: false }),
    ...(service === undefined ? [] : [privateDnsName(service, region)]),
    ...interfaces.map(({ zone }) => `${vpcEndpointId}-${zone}.${ec2EndpointDnsName(region)}`),
    ...addressesOf(endpoint).map(hostOfAddress),
  ]
}
