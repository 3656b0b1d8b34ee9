import PropertyFilter from '@cloudscape-design/components/property-filter'
import { filteringOptions, filteringProperties } from './filter-properties.ts'
import type { KeyList } from './use-key-list.ts'

/** The field that finds keys. */
export function KeyFilter({ list: { filter, setFilter } }: { readonly list: KeyList }) {
  return (
    <PropertyFilter
      query={filter}
      onChange={({ detail }) => setFilter(detail)}
      filteringProperties={[...filteringProperties]}
      filteringOptions={[...filteringOptions]}
      freeTextFiltering={{ operators: [':'] }}
      filteringAriaLabel="Find keys"
      filteringPlaceholder="Find keys"
    />
  )
}
