import DateRangePicker, { type DateRangePickerProps } from '@cloudscape-design/components/date-range-picker'
import Grid from '@cloudscape-design/components/grid'
import PropertyFilter, { type PropertyFilterProps } from '@cloudscape-design/components/property-filter'
import { type EventFilter, eventProperties, eventValues } from '../../model/audit/event-filters.ts'
import type { TimeRange, TimeUnit } from '../../model/audit/time-range.ts'

interface EventFilterFormProps {
  readonly filter: EventFilter
  readonly range: TimeRange | undefined
  readonly onFilter: (next: EventFilter) => void
  readonly onRange: (next: TimeRange | undefined) => void
}

/** The filter of the events, and their time. */
export function EventFilterForm({ filter, range, onFilter, onRange }: EventFilterFormProps) {
  return (
    <Grid gridDefinition={[{ colspan: { default: 12, s: 8 } }, { colspan: { default: 12, s: 4 } }]}>
      <PropertyFilter
        query={queryOf(filter)}
        onChange={({ detail }) => onFilter(filterOf(detail.tokens))}
        hideOperations
        filteringProperties={eventProperties.map(({ key, label }) => ({
          ...{ key, propertyLabel: label, groupValuesLabel: `Values of ${label.toLowerCase()}` },
          operators: ['='],
        }))}
        filteringOptions={Object.entries(eventValues).flatMap(([propertyKey, values]) =>
          values.map(value => ({ propertyKey, value })),
        )}
        freeTextFiltering={{ operators: [':'] }}
        filteringAriaLabel="Find events"
        filteringPlaceholder="Find events"
      />
      <DateRangePicker
        value={pickedOf(range)}
        onChange={({ detail }) => onRange(rangeOf(detail.value))}
        relativeOptions={relativeOptions}
        isValidRange={isValid}
        ariaLabel="Time of the events"
        placeholder="All of the last 90 days"
        rangeSelectorMode="default"
      />
    </Grid>
  )
}

/** A property that is filtered by twice has its last value: two values of one event are never equal to both. */
function filterOf(tokens: readonly PropertyFilterProps.Token[]): EventFilter {
  return Object.fromEntries(tokens.map(({ propertyKey, value }) => [propertyKey ?? 'text', String(value)]))
}

function queryOf(filter: EventFilter): PropertyFilterProps.Query {
  return {
    operation: 'and',
    tokens: Object.entries(filter).map(([name, value]) =>
      name === 'text' ? { operator: ':', value } : { propertyKey: name, operator: '=', value },
    ),
  }
}

const relative = (amount: number, unit: TimeUnit) =>
  ({ key: `${amount}${unit}`, type: 'relative', amount, unit }) as const
const relativeOptions = [
  ...[relative(30, 'minute'), relative(1, 'hour'), relative(3, 'hour'), relative(12, 'hour')],
  ...[relative(1, 'day'), relative(7, 'day'), relative(30, 'day')],
]

function pickedOf(range: TimeRange | undefined): DateRangePickerProps.Value | null {
  if (range === undefined) return null
  if (range.kind === 'last') return { type: 'relative', amount: range.amount, unit: range.unit }
  return { type: 'absolute', startDate: range.from.toISOString(), endDate: range.to.toISOString() }
}

function rangeOf(value: DateRangePickerProps.Value | null): TimeRange | undefined {
  if (value === null) return undefined
  if (value.type === 'absolute')
    return { kind: 'between', from: new Date(value.startDate), to: new Date(value.endDate) }
  const { amount, unit } = value
  if (unit === 'minute' || unit === 'hour' || unit === 'day') return { kind: 'last', amount, unit }
  return { kind: 'last', amount: amount * (unit === 'week' ? 7 : 30), unit: 'day' }
}

function isValid(value: DateRangePickerProps.Value | null): DateRangePickerProps.ValidationResult {
  if (value?.type === 'absolute' && new Date(value.startDate) > new Date(value.endDate))
    return { valid: false, errorMessage: 'The first time is after the last.' }
  return { valid: true }
}
