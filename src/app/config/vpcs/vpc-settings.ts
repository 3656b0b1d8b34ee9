import {
  type Ec2IdKind,
  ec2Id,
  isAccountId,
  isEc2Id,
  type Networks,
  type SecurityGroup,
  type Subnet,
  type Vpc,
} from '../../../domain/index.ts'
import { AddressRanges, type Located, needed, sha256Hex } from '../../../std/index.ts'
import { locateSetting, readItems, readList } from '../located-setting.ts'
import { isEndOfRange, isInside, readAddress, readNetwork, readSource, versionOf } from './addresses.ts'

/** The checked setting of a network. */
export interface VpcSetting extends Omit<Vpc, 'accountId'> {
  /** Undefined for the account of the data directory. */
  readonly accountId: string | undefined
}

const members = ['id', 'cidr', 'ipv6Cidr', 'account', 'subnets', 'securityGroups'] as const
const [vpcsMax, subnetsMax, addressesMax, groupsMax, sourcesMax] = [100, 64, 256, 60, 60]
/** The most addresses of all networks: the certificate has each of them. */
const allAddressesMax = 1000

/** The ids and the addresses that were read. */
interface Seen {
  readonly ids: Set<string>
  readonly addresses: Set<string>
}

/**
 * Reads the networks from a YAML file, or from the setting if it is YAML itself. `regions` are those of the server. A network is in the
 * Region of its zones. Throws OperatorError.
 */
export function readVpcSettings(
  setting: string | undefined,
  regions: readonly string[],
): readonly VpcSetting[] {
  if (setting === undefined) return []
  const seen: Seen = { ids: new Set(), addresses: new Set() }
  return readItems(locateSetting(setting, 'vpcs'), vpcsMax).map(at => readVpc(at, regions, seen))
}

/** Returns the networks as the API sees them; `accountId` has those without an account of their own. */
export function networksOf(settings: readonly VpcSetting[], accountId: string): Networks {
  const all = settings.map((vpc): Vpc => ({ ...vpc, accountId: vpc.accountId ?? accountId }))
  return {
    all,
    list: scope => all.filter(vpc => vpc.accountId === scope.accountId && vpc.region === scope.region),
  }
}

function readVpc(at: Located, regions: readonly string[], seen: Seen): VpcSetting {
  const given = at.members(members)
  const vpcId = readId(needed(given.id, at, 'id'), 'vpc', seen)
  const cidr = readNetwork(needed(given.cidr, at, 'cidr'), 4)
  const ipv6Cidr = given.ipv6Cidr && readNetwork(given.ipv6Cidr, 6)
  const cidrs = [cidr, ipv6Cidr].filter(range => range !== undefined)
  return {
    vpcId,
    accountId: given.account && readAccount(given.account),
    ...{ cidr, ipv6Cidr },
    ...readSubnets(needed(given.subnets, at, 'subnets'), { cidrs, regions, seen }),
    securityGroups:
      given.securityGroups === undefined
        ? [defaultGroup(vpcId, cidrs)]
        : readGroups(given.securityGroups, seen),
  }
}

function readId(at: Located, kind: Ec2IdKind, { ids }: Seen): string {
  const id = at.text()
  if (!isEc2Id(kind, id)) throw at.error(`is ${id}; it must be ${kind}- and 8 or 17 hex digits in lower case`)
  if (ids.has(id)) throw at.error(`is ${id} a second time`)
  ids.add(id)
  return id
}

function readAccount(at: Located): string {
  if (!isAccountId(at.text())) throw at.error(`is ${at.text()}; it must be 12 digits`)
  return at.text()
}

/** The facts that the subnets of a network must fit. */
interface Surroundings {
  readonly cidrs: readonly string[]
  readonly regions: readonly string[]
  readonly seen: Seen
}

function readSubnets(at: Located, around: Surroundings): Pick<Vpc, 'region' | 'subnets'> {
  let region: string | undefined
  const taken: string[] = []
  const subnets = readList(at, subnetsMax).map((item): Subnet => {
    const given = item.members(['id', 'zone', 'cidr', 'addresses'])
    const subnetId = readId(needed(given.id, item, 'id'), 'subnet', around.seen)
    const zoneAt = needed(given.zone, item, 'zone')
    const zone = zoneAt.text()
    const zoneRegion = regionOf(zoneAt, around.regions)
    region ??= zoneRegion
    if (zoneRegion !== region) throw zoneAt.error(`is ${zone}, and the network is in ${region}`)
    const cidr = given.cidr && readSubnetRange(given.cidr, around.cidrs, taken)
    const addresses = readItems(needed(given.addresses, item, 'addresses'), addressesMax)
    return {
      ...{ subnetId, zone, cidr },
      addresses: addresses.map(address => readOwnAddress(address, around, cidr)),
    }
  })
  return { region: region ?? '', subnets }
}

/** Reads the range of a subnet; `taken` has those of the subnets before it. Subnets of a VPC do not overlap (Amazon VPC user guide). */
function readSubnetRange(at: Located, cidrs: readonly string[], taken: string[]): string {
  const cidr = readNetwork(at, 4)
  if (!cidrs.some(range => versionOf(range) === 4 && isInside(cidr, range)))
    throw at.error(`is ${cidr}, which is not in ${cidrs[0]}`)
  const other = taken.find(range => isInside(cidr, range) || isInside(range, cidr))
  if (other !== undefined) throw at.error(`is ${cidr}, and a subnet before it has ${other}`)
  taken.push(cidr)
  return cidr
}

function regionOf(at: Located, regions: readonly string[]): string {
  const region = at.text().slice(0, -1)
  if (/[a-z]$/.test(at.text()) && regions.includes(region)) return region
  throw at.error(
    `is ${at.text()}; it must be a zone such as ${regions[0]}a, in a Region of the server (${regions.join(', ')})`,
  )
}

function readOwnAddress(
  at: Located,
  { cidrs, seen: { addresses } }: Surroundings,
  subnetCidr: string | undefined,
): string {
  const address = readAddress(at)
  const version = versionOf(address)
  const all = subnetCidr === undefined ? cidrs : [...cidrs, subnetCidr]
  const ranges = all.filter(range => versionOf(range) === version)
  if (ranges.length === 0) throw at.error(`is ${address}, and the network has no ipv6Cidr`)
  for (const range of ranges) {
    if (!AddressRanges.of(range).has(address)) throw at.error(`is ${address}, which is not in ${range}`)
    if (version === 4 && isEndOfRange(address, range))
      throw at.error(`is ${address}, the network address or the broadcast address of ${range}`)
  }
  // An endpoint is known by the address that a client connected to.
  if (addresses.has(address)) throw at.error(`is ${address} a second time`)
  addresses.add(address)
  if (addresses.size > allAddressesMax)
    throw at.error(`is one more than the ${allAddressesMax} addresses that all networks may have together`)
  return address
}

function readGroups(at: Located, seen: Seen): readonly SecurityGroup[] {
  const names = new Set<string>()
  return readList(at, groupsMax).map((item, index) => {
    const given = item.members(['id', 'name', 'sources'])
    const groupId = readId(needed(given.id, item, 'id'), 'sg', seen)
    const name = given.name === undefined ? (index === 0 ? 'default' : groupId) : readName(given.name)
    if (names.has(name)) throw item.error(`has the name ${name}, which a group before it has`)
    names.add(name)
    const sources = readItems(needed(given.sources, item, 'sources'), sourcesMax)
    return { groupId, name, sources: [...new Set(sources.map(readSource))] }
  })
}

/** The form of AWS's names (Amazon EC2 API Reference, CreateSecurityGroup, GroupName). */
function readName(at: Located): string {
  const name = at.text()
  if (/^(?!sg-)[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/i.test(name)) return name
  throw at.error(
    'must have 1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, and not begin with sg-',
  )
}

/** The group of a network that lists none: it admits the network. Its id stays the same. */
function defaultGroup(vpcId: string, sources: readonly string[]): SecurityGroup {
  return { groupId: ec2Id('sg', sha256Hex(vpcId)), name: 'default', sources }
}
