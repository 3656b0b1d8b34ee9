import { isIPv6 } from 'node:net'
import {
  type EndpointInterface,
  ec2Id,
  ServiceError,
  type Subnet,
  type Vpc,
  type VpcEndpoint,
} from '../../../domain/index.ts'
import { randomBytes } from '../../../std/index.ts'
import { noSuch } from '../wire/parameters.ts'
import { invalidParameter } from './endpoint-errors.ts'

/** An address that a request chooses in a subnet. */
export interface SubnetConfiguration {
  readonly SubnetId?: string | undefined
  readonly Ipv4?: string | undefined
  readonly Ipv6?: string | undefined
}

/** The subnets that an endpoint shall have. */
export interface WantedSubnets {
  /** In the order of the interfaces. */
  readonly subnetIds: readonly string[]
  readonly configurations: readonly SubnetConfiguration[]
  readonly ipAddressType: VpcEndpoint['ipAddressType']
}

/** The facts on which the interfaces of an endpoint depend. */
export interface SubnetFacts {
  readonly vpc: Vpc
  /** The interfaces that the endpoint has. */
  readonly interfaces: readonly EndpointInterface[]
  /** Whether a different endpoint has the address. */
  readonly isTaken: (address: string) => boolean
  readonly newInterfaceId: () => string
}

/** The id of a new interface. */
export const newInterfaceId = () => ec2Id('eni', randomBytes(9).toString('hex'))

type Family = 'ipv4' | 'ipv6'

/**
 * Returns the interfaces of an endpoint in the subnets that it shall have. A subnet that it has keeps its interface, and its addresses unless
 * the request chooses others. A new interface takes the first free address of its subnet, after all subnets are checked. Throws
 * InvalidSubnetID.NotFound, DuplicateSubnetsInSameZone, InsufficientFreeAddressesInSubnet or InvalidParameter.
 */
export function interfacesOf(wanted: WantedSubnets, facts: SubnetFacts): readonly EndpointInterface[] {
  checkConfigurations(wanted)
  checkZones(wanted.subnetIds, facts)
  return wanted.subnetIds.map(subnetId => interfaceIn(subnetId, wanted, facts))
}

function checkZones(subnetIds: readonly string[], facts: SubnetFacts): void {
  const inZones = new Map<string, string>()
  for (const subnetId of subnetIds) {
    const zone = zoneOf(subnetId, facts)
    const neighbour = inZones.get(zone)
    if (neighbour !== undefined) throw sameZone(neighbour)
    inZones.set(zone, subnetId)
  }
}

/** A subnet that the configuration does not have any more keeps its zone. */
function zoneOf(subnetId: string, { vpc, interfaces }: SubnetFacts): string {
  const place = [...interfaces, ...vpc.subnets].find(item => item.subnetId === subnetId)
  if (place === undefined) throw noSuch('subnet', subnetId)
  return place.zone
}

/** Text recorded from AWS. */
const sameZone = (subnetId: string) =>
  new ServiceError(
    'DuplicateSubnetsInSameZone',
    `Found another VPC endpoint subnet in the availability zone of ${subnetId}`,
  )

/** Refuses what no interface can follow. The texts are not AWS's. */
function checkConfigurations({ subnetIds, configurations, ipAddressType }: WantedSubnets): void {
  const configured = new Set<string>()
  for (const { SubnetId: subnetId = '', Ipv4, Ipv6 } of configurations) {
    if (!subnetIds.includes(subnetId))
      throw invalidParameter(
        `The subnet '${subnetId}' has a configuration and is not a subnet of the endpoint.`,
      )
    if (configured.has(subnetId)) throw invalidParameter(`The subnet '${subnetId}' has two configurations.`)
    configured.add(subnetId)
    for (const [family, address] of [
      ['ipv4', Ipv4],
      ['ipv6', Ipv6],
    ] as const)
      if (address !== undefined && !hasFamily(ipAddressType, family))
        throw invalidParameter(`The address '${address}' is not of the IP address type ${ipAddressType}.`)
  }
}

const hasFamily = (type: VpcEndpoint['ipAddressType'], family: Family) =>
  type === family || type === 'dualstack'

function interfaceIn(
  subnetId: string,
  { configurations, ipAddressType }: WantedSubnets,
  facts: SubnetFacts,
): EndpointInterface {
  const { vpc, interfaces, isTaken, newInterfaceId } = facts
  const before = interfaces.find(item => item.subnetId === subnetId)
  const configuration = configurations.find(({ SubnetId }) => SubnetId === subnetId)
  const subnet = vpc.subnets.find(item => item.subnetId === subnetId)
  const addressOf = (family: Family, chosen: string | undefined) => {
    if (!hasFamily(ipAddressType, family)) return undefined
    const kept = before?.[family]
    // A subnet that the configuration does not have any more stays as it is: its state says what is wrong.
    if (kept !== undefined && (chosen === undefined || shortest(chosen) === kept)) return kept
    if (subnet === undefined) throw noSuch('subnet', subnetId)
    return freeAddress(subnet, family, chosen, isTaken)
  }
  const addresses = {
    ipv4: addressOf('ipv4', configuration?.Ipv4),
    ipv6: addressOf('ipv6', configuration?.Ipv6),
  }
  const place = before ?? { networkInterfaceId: newInterfaceId(), subnetId, zone: zoneOf(subnetId, facts) }
  return { ...place, ...addresses }
}

/** Returns the chosen address if it is free, or else the first that is. The texts are not AWS's. */
function freeAddress(
  { subnetId, addresses }: Subnet,
  family: Family,
  chosen: string | undefined,
  isTaken: (address: string) => boolean,
): string {
  const listed = addresses.filter(address => isIPv6(address) === (family === 'ipv6'))
  const free = listed.filter(address => !isTaken(address))
  if (chosen !== undefined) {
    const address = shortest(chosen)
    if (free.includes(address)) return address
    throw invalidParameter(`The address '${chosen}' is not a free address of the subnet '${subnetId}'.`)
  }
  if (listed.length === 0)
    throw invalidParameter(`The subnet '${subnetId}' has no addresses of the type ${family}.`)
  const [first] = free
  if (first !== undefined) return first
  throw new ServiceError(
    'InsufficientFreeAddressesInSubnet',
    `There are not enough free addresses in subnet '${subnetId}'.`,
  )
}

/** The form in which networks list an address; an address that cannot be read stays as it is. */
function shortest(address: string): string {
  // The parser of URLs writes IPv6 as the configuration does. It would take the name of an interface as well.
  const canBeIpv6 = address.includes(':') && /^[\da-f:.]+$/i.test(address)
  const url = canBeIpv6 ? URL.parse(`http://[${address}]`) : null
  return url?.hostname.slice(1, -1) ?? address
}
