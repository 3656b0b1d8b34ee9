import { zoneIdOf } from '../../../domain/index.ts'
import { boolean, list, string, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
import { applyFilters, type FilterTable } from '../wire/filters.ts'
import { invalidValue } from '../wire/parameters.ts'
import { listingRecord, setOf } from '../wire/records.ts'
import { dryRunInput, filterInput, isDryRun, textsType } from '../wire/shapes.ts'

/** The state of zones, and whether an account must opt in to use them (Amazon EC2 API reference, "AvailabilityZone"). */
const zoneFacts = {
  optInStatus: 'opt-in-not-required',
  zoneType: 'availability-zone',
  zoneState: 'available',
} as const

interface Zone {
  readonly zoneName: string
  readonly zoneId: string
  readonly regionName: string
}

const table: FilterTable<Zone> = {
  filters: {
    'group-name': ({ regionName }) => [regionName],
    'opt-in-status': () => [zoneFacts.optInStatus],
    'region-name': ({ regionName }) => [regionName],
    state: () => [zoneFacts.zoneState],
    'zone-id': ({ zoneId }) => [zoneId],
    'zone-name': ({ zoneName }) => [zoneName],
    'zone-type': () => [zoneFacts.zoneType],
  },
}

const zoneType = structure({
  optInStatus: string(),
  messageSet: list(structure({ message: string() })),
  regionName: string(),
  zoneName: string(),
  zoneId: string(),
  groupName: string(),
  networkBorderGroup: string(),
  zoneType: string(),
  zoneState: string(),
})

/** Describes the zones of the Region's networks. The first zone of a Region is always there. */
export const DescribeAvailabilityZones = ec2Operation({
  name: 'DescribeAvailabilityZones',
  effect: 'read',
  input: structure({
    ZoneName: textsType,
    ZoneId: textsType,
    AllAvailabilityZones: boolean(),
    ...filterInput,
    ...dryRunInput,
  }),
  output: structure({ availabilityZoneInfo: list(zoneType) }),
  isDryRun,
  record: {
    shown: ({ ZoneName, ZoneId, ...input }) =>
      listingRecord(input, {
        availabilityZoneSet: setOf(ZoneName, 'zoneName'),
        availabilityZoneIdSet: setOf(ZoneId, 'zoneId'),
      }),
  },
  handle({ input: { ZoneName, ZoneId, Filter }, scope, networks }) {
    const { region } = scope
    const ofNetworks = networks.list(scope).flatMap(({ subnets }) => subnets.map(({ zone }) => zone))
    const zones = [...new Set([`${region}a`, ...ofNetworks])]
      .sort()
      .map(zoneName => ({ zoneName, zoneId: zoneIdOf(zoneName), regionName: region }))
    const chosen = chooseZones(zones, ZoneName, ZoneId)
    return {
      availabilityZoneInfo: applyFilters(chosen, Filter, table).map(zone => ({
        ...zone,
        ...zoneFacts,
        messageSet: [],
        groupName: region,
        networkBorderGroup: region,
      })),
    }
  },
})

function chooseZones(
  zones: readonly Zone[],
  names: readonly string[] = [],
  ids: readonly string[] = [],
): readonly Zone[] {
  const known = new Set(zones.flatMap(({ zoneName, zoneId }) => [zoneName, zoneId]))
  const unknown = [...names, ...ids].find(name => !known.has(name))
  // The text is widely quoted by users of AWS; for ids it is assumed.
  if (unknown !== undefined) throw invalidValue(`Invalid availability zone: [${unknown}]`)
  if (names.length + ids.length === 0) return zones
  return zones.filter(({ zoneName, zoneId }) => names.includes(zoneName) || ids.includes(zoneId))
}
