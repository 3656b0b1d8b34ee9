import type { Tag } from '../../../domain/index.ts'
import { list, string, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
import { applyFilters, type FilterTable } from '../wire/filters.ts'
import { listingNameOf } from '../wire/listing.ts'
import { cutPage } from '../wire/paging.ts'
import { listingRecord } from '../wire/records.ts'
import { dryRunInput, filterInput, isDryRun, pageInput, pageOutput } from '../wire/shapes.ts'

interface ResourceTag extends Tag {
  readonly resourceId: string
}

const resourceType = 'vpc-endpoint'

const table: FilterTable<ResourceTag> = {
  filters: {
    key: ({ tagKey }) => [tagKey],
    'resource-id': ({ resourceId }) => [resourceId],
    'resource-type': () => [resourceType],
    value: ({ tagValue }) => [tagValue],
  },
  tags: tag => [tag],
}

/** Describes the tags of VPC endpoints. */
export const DescribeTags = ec2Operation({
  name: 'DescribeTags',
  effect: 'read',
  input: structure({ ...filterInput, ...pageInput, ...dryRunInput }),
  output: structure({
    tagSet: list(structure({ key: string(), resourceId: string(), resourceType: string(), value: string() })),
    ...pageOutput,
  }),
  isDryRun,
  record: { shown: input => listingRecord(input, {}) },
  async handle({ input, scope, secrets, store }) {
    const endpoints = await store.vpcEndpoints.list(scope)
    const tags = endpoints.flatMap(({ vpcEndpointId: resourceId, tags: own }) =>
      own.map(tag => ({ ...tag, resourceId })),
    )
    const found = applyFilters(tags, input.Filter, table)
    const listing = listingNameOf('DescribeTags', scope, undefined, input.Filter)
    const keyOf = ({ resourceId, tagKey }: ResourceTag) => `${resourceId} ${tagKey}`
    const { items, nextToken } = cutPage(secrets, listing, found, input, keyOf)
    const render = ({ tagKey, resourceId, tagValue }: ResourceTag) => ({
      ...{ key: tagKey, resourceId, resourceType, value: tagValue },
    })
    return { tagSet: items.map(render), nextToken }
  },
})
