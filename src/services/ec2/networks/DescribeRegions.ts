import { dnsSuffixOf } from '../../../domain/index.ts'
import { boolean, list, string, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
import { applyFilters, type FilterTable } from '../wire/filters.ts'
import { invalidValue } from '../wire/parameters.ts'
import { listingRecord, setOf } from '../wire/records.ts'
import { dryRunInput, filterInput, isDryRun, textsType } from '../wire/shapes.ts'

interface ServedRegion {
  readonly optInStatus: string
  readonly regionName: string
  readonly regionEndpoint: string
}

const table: FilterTable<ServedRegion> = {
  filters: {
    endpoint: ({ regionEndpoint }) => [regionEndpoint],
    'opt-in-status': ({ optInStatus }) => [optInStatus],
    'region-name': ({ regionName }) => [regionName],
  },
}

/** Describes the Regions that the server serves. */
export const DescribeRegions = ec2Operation({
  name: 'DescribeRegions',
  effect: 'read',
  input: structure({ RegionName: textsType, AllRegions: boolean(), ...filterInput, ...dryRunInput }),
  output: structure({
    regionInfo: list(structure({ optInStatus: string(), regionName: string(), regionEndpoint: string() })),
  }),
  isDryRun,
  record: {
    shown: ({ RegionName, Filter }) =>
      listingRecord({ Filter }, { regionSet: setOf(RegionName, 'regionName') }),
  },
  handle({ input: { RegionName: names = [], Filter }, regions }) {
    const unknown = names.find(name => !regions.includes(name))
    // Amazon EC2 API reference, "Error codes"; the text is not recorded from AWS.
    if (unknown !== undefined) throw invalidValue(`Invalid region name: [${unknown}]`)
    const served = regions
      .filter(region => names.length === 0 || names.includes(region))
      .map(region => ({
        optInStatus: 'opt-in-not-required',
        regionName: region,
        regionEndpoint: `ec2.${region}.${dnsSuffixOf(region)}`,
      }))
    return { regionInfo: [...applyFilters(served, Filter, table)] }
  },
})
