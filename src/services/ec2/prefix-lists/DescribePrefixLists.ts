import { ServiceError } from '../../../domain/index.ts'
import { list, string, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
import { applyFilters, type FilterTable } from '../wire/filters.ts'
import { cutPage, listingOf } from '../wire/paging.ts'
import { dryRunInput, filterInput, isDryRun, pageInput, pageOutput, textsType } from '../wire/shapes.ts'
import { requestRecord } from '../wire/xml-records.ts'

interface PrefixList {
  readonly prefixListId: string
  readonly prefixListName: string
}

/** Only services with gateway endpoints have prefix lists, and there are none of them here. */
const prefixLists: readonly PrefixList[] = []

const table: FilterTable<PrefixList> = {
  filters: {
    'prefix-list-id': ({ prefixListId }) => [prefixListId],
    'prefix-list-name': ({ prefixListName }) => [prefixListName],
  },
}

const inputType = structure({ ...dryRunInput, PrefixListId: textsType, ...filterInput, ...pageInput })

/** Describes the prefix lists of services with gateway endpoints. Terraform asks for that of the service of each endpoint. */
export const DescribePrefixLists = ec2Operation({
  name: 'DescribePrefixLists',
  effect: 'read',
  input: inputType,
  output: structure({
    prefixListSet: list(structure({ prefixListId: string(), prefixListName: string(), cidrSet: textsType })),
    ...pageOutput,
  }),
  isDryRun,
  record: { shown: input => requestRecord('DescribePrefixLists', inputType.encode(input)) },
  handle({ input, scope, secrets }) {
    const [unknown] = input.PrefixListId ?? []
    // The code and the text are not recorded from AWS.
    if (unknown !== undefined)
      throw new ServiceError('InvalidPrefixListID.NotFound', `The prefix list ID '${unknown}' does not exist`)
    const matching = applyFilters(prefixLists, input.Filter, table)
    const listing = listingOf('DescribePrefixLists', scope)
    cutPage(secrets, listing, matching, input, ({ prefixListId }) => prefixListId)
    return { prefixListSet: [] }
  },
})
