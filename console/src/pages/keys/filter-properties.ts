import type { PropertyFilterProps } from '@cloudscape-design/components/property-filter'
import { choices } from '../../model/labels.ts'

/** The properties by which keys are found. */
export const filteringProperties: readonly PropertyFilterProps.FilteringProperty[] = [
  {
    key: 'Alias',
    propertyLabel: 'Alias',
    groupValuesLabel: 'Aliases',
    operators: [':', '!:', '=', '!=', '^'],
  },
  { key: 'KeyId', propertyLabel: 'Key ID', groupValuesLabel: 'Key IDs', operators: ['=', ':', '^'] },
  { key: 'KeyState', propertyLabel: 'Status', groupValuesLabel: 'Statuses', operators: ['=', '!='] },
  { key: 'KeySpec', propertyLabel: 'Key spec', groupValuesLabel: 'Key specs', operators: ['=', '!=', '^'] },
  { key: 'KeyUsage', propertyLabel: 'Key usage', groupValuesLabel: 'Key usages', operators: ['=', '!='] },
  { key: 'Origin', propertyLabel: 'Origin', groupValuesLabel: 'Origins', operators: ['=', '!='] },
  { key: 'Regionality', propertyLabel: 'Regionality', groupValuesLabel: 'Regionalities', operators: ['='] },
  { key: 'Tag', propertyLabel: 'Tag (key or key=value)', groupValuesLabel: 'Tags', operators: ['=', ':'] },
  {
    key: 'Description',
    propertyLabel: 'Description',
    groupValuesLabel: 'Descriptions',
    operators: [':', '!:'],
  },
]

const offered = (propertyKey: string, values: readonly (readonly [string, string | undefined])[]) =>
  values.map(([value, label]) => ({ propertyKey, value, label: label ?? value }))

/** The values that the filter offers: only those of properties that have few. */
export const filteringOptions: readonly PropertyFilterProps.FilteringOption[] = [
  ...offered('KeyState', choices.states),
  ...offered('KeyUsage', choices.usages),
  ...offered('Origin', choices.origins),
  ...offered('Regionality', [
    ['SINGLE_REGION', 'Single-Region key'],
    ['MULTI_REGION', 'Multi-Region key'],
  ]),
]
