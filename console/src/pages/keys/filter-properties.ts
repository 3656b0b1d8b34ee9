import type { PropertyFilterProps } from '@cloudscape-design/components/property-filter'
import { filterProperties } from '../../model/key-filters.ts'
import { choices } from '../../model/labels.ts'
import type { KeyDetails } from '../../wire/keyward.ts'

type Operator = PropertyFilterProps.ComparisonOperator

const formatOf = (property: string) => (value: unknown) =>
  (Array.isArray(value) ? value : [value]).map(item => choices[property]?.[item] ?? item).join(', ')

/** The properties by which keys are found, for Cloudscape's property filter. */
export const filteringProperties: readonly PropertyFilterProps.FilteringProperty[] = filterProperties.map(
  ({ key, label, plural, operators, isEnumerated = false }) => ({
    key,
    propertyLabel: label,
    groupValuesLabel: plural,
    defaultOperator: operators[0] as Operator,
    operators: operators.map(operator =>
      isEnumerated
        ? { operator: operator as Operator, tokenType: 'enum' as const, format: formatOf(key) }
        : (operator as Operator),
    ),
  }),
)

const fixedOptions: readonly PropertyFilterProps.FilteringOption[] = Object.entries(choices).flatMap(
  ([propertyKey, words]) => Object.entries(words).map(([value, label]) => ({ propertyKey, value, label })),
)

/** The most tags that are offered: the rest is typed. */
const tagsOffered = 100

/** The values that the filter offers: those of properties that have few, and the tags of the keys that show. */
export function filteringOptionsOf(keys: readonly KeyDetails[]): PropertyFilterProps.FilteringOption[] {
  const tags = new Set(
    keys.flatMap(({ Tags = [] }) =>
      Tags.flatMap(({ TagKey = '', TagValue }) => (TagValue ? [TagKey, `${TagKey}=${TagValue}`] : [TagKey])),
    ),
  )
  return [
    ...fixedOptions,
    ...[...tags]
      .sort()
      .slice(0, tagsOffered)
      .map(value => ({ propertyKey: 'Tag', value })),
  ]
}
