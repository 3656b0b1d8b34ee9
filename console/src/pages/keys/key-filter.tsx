import PropertyFilter, { type PropertyFilterProps } from '@cloudscape-design/components/property-filter'
import { useState } from 'react'
import { type FilterQuery, filterFault } from '../../model/key-filters.ts'
import type { KeyDetails } from '../../wire/keyward.ts'
import { filteringOptionsOf, filteringProperties } from './filter-properties.ts'

interface KeyFilterProps {
  readonly value: FilterQuery
  readonly onChange: (next: FilterQuery) => void
  /** The keys that show, whose tags are offered. */
  readonly keys: readonly KeyDetails[]
}

/** The filter of the list. A filter that the server would refuse is not set, and the reason shows. */
export function KeyFilter({ value, onChange, keys }: KeyFilterProps) {
  const [fault, setFault] = useState<string>()
  return (
    <PropertyFilter
      query={value as PropertyFilterProps.Query}
      onChange={({ detail: { tokens, operation } }) => {
        const next = { tokens, operation }
        const found = filterFault(next)
        setFault(found)
        if (found === undefined) onChange(next)
      }}
      filteringProperties={filteringProperties}
      filteringOptions={filteringOptionsOf(keys)}
      freeTextFiltering={{ operators: [':'] }}
      filteringAriaLabel="Find keys"
      filteringPlaceholder="Find keys"
      filteringConstraintText={fault}
    />
  )
}
