import type { Scope } from '../aws/region.ts'
import { addressesOf, type VpcEndpoint } from './vpc-endpoint.ts'

/** A subnet: the addresses of one zone in which endpoints may listen. */
export interface Subnet {
  /** `subnet-` and hex digits. */
  readonly subnetId: string
  /** An availability zone of the VPC's Region, such as `us-east-1a`. */
  readonly zone: string
  /** An IPv4 range inside that of the VPC, in CIDR notation; undefined if the configuration gives none. */
  readonly cidr?: string | undefined
  /** IPv4 and IPv6 addresses of the machine, each in its shortest form, in the order in which endpoints take them. */
  readonly addresses: readonly string[]
}

/** A security group: the clients that may connect to an endpoint. */
export interface SecurityGroup {
  /** `sg-` and hex digits. */
  readonly groupId: string
  readonly name: string
  /** Ranges in CIDR notation. No client is in an empty list. */
  readonly sources: readonly string[]
}

/** A network that the operator named. */
export interface Vpc extends Scope {
  /** `vpc-` and hex digits. */
  readonly vpcId: string
  /** An IPv4 range in CIDR notation. */
  readonly cidr: string
  readonly ipv6Cidr: string | undefined
  readonly subnets: readonly Subnet[]
  /** At least one. The first is the default group of the VPC. */
  readonly securityGroups: readonly SecurityGroup[]
}

/** The networks of the configuration. The API never changes them. */
export interface Networks {
  /** Returns the networks of an account in a Region, in the order of the configuration. */
  list(scope: Scope): readonly Vpc[]
  /** The networks of all accounts and Regions. */
  readonly all: readonly Vpc[]
}

/** Finds a network of an account in a Region. */
export function findVpc(networks: Networks, scope: Scope, vpcId: string): Vpc | undefined {
  return networks.list(scope).find(vpc => vpc.vpcId === vpcId)
}

/** Returns the addresses of an endpoint that the subnets of its network do not list; all of them without the network. */
export function unlistedAddresses(endpoint: VpcEndpoint, vpc: Vpc | undefined): string[] {
  return endpoint.interfaces.flatMap(each => {
    const listed = vpc?.subnets.find(({ subnetId }) => subnetId === each.subnetId)?.addresses
    return addressesOf({ interfaces: [each] }).filter(address => listed?.includes(address) !== true)
  })
}

/** Returns the security groups of an endpoint that its network does not have; all of them without the network. */
export function missingGroups({ securityGroupIds }: VpcEndpoint, vpc: Vpc | undefined): string[] {
  return securityGroupIds.filter(id => !vpc?.securityGroups.some(({ groupId }) => groupId === id))
}
