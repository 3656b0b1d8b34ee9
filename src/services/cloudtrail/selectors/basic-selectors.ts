import { type BasicSelector, type ReadWriteType, ServiceError } from '../../../domain/index.ts'

/** Basic event selectors as requests and answers have them. */
export type WireSelectors = readonly {
  readonly ReadWriteType?: string | undefined
  readonly IncludeManagementEvents?: boolean | undefined
  readonly DataResources?:
    | readonly { readonly Type?: string | undefined; readonly Values?: readonly string[] | undefined }[]
    | undefined
  readonly ExcludeManagementEventSources?: readonly string[] | undefined
}[]

/** Returns the error for selectors that no trail can have. */
export const invalidSelectors = (text: string) => new ServiceError('InvalidEventSelectorsException', text)

const selectorsMax = 5
const dataValuesMax = 250
const valueLengthMax = 2048
const readWriteTypes: readonly ReadWriteType[] = ['ReadOnly', 'WriteOnly', 'All']
const excludable: ReadonlySet<string> = new Set(['kms.amazonaws.com', 'rdsdata.amazonaws.com'])
/** The types of resources of basic selectors, each with the begin of its ARNs. */
const dataTypes: ReadonlyMap<string, RegExp> = new Map([
  ['AWS::S3::Object', /^arn:[a-z-]+:s3(?::::[^*]+)?$/],
  ['AWS::Lambda::Function', /^arn:[a-z-]+:lambda(?::[^*]+)?$/],
  ['AWS::DynamoDB::Table', /^arn:[a-z-]+:dynamodb(?::[^*]+)?$/],
])

/** Reads basic event selectors (CloudTrail API reference, "EventSelector"). Throws InvalidEventSelectorsException. */
export function readBasicSelectors(given: WireSelectors): BasicSelector[] {
  if (given.length < 1 || given.length > selectorsMax)
    throw invalidSelectors(`Specify a valid number of selectors (1 to ${selectorsMax}) for your trail.`)
  const selectors = given.map(readSelector)
  const values = selectors.flatMap(({ dataResources }) => dataResources.flatMap(item => item.values))
  if (values.length > dataValuesMax)
    throw invalidSelectors(
      `Specify a valid number of DataResources.Values (0 to ${dataValuesMax}) for all your selectors.`,
    )
  return selectors
}

function readSelector(given: WireSelectors[number]): BasicSelector {
  const { ReadWriteType: type = 'All', ExcludeManagementEventSources: excluded = [] } = given
  const readWriteType = readWriteTypes.find(known => known === type)
  if (readWriteType === undefined) throw invalidSelectors(`Value ${type} for ReadWriteType is invalid.`)
  const stray = excluded.find(source => !excludable.has(source))
  if (stray !== undefined)
    throw invalidSelectors(`Value ${stray} for ExcludeManagementEventSources is invalid.`)
  return {
    readWriteType,
    includeManagementEvents: given.IncludeManagementEvents ?? true,
    dataResources: (given.DataResources ?? []).map(({ Type = '', Values = [] }) => {
      const pattern = dataTypes.get(Type)
      if (pattern === undefined) throw invalidSelectors(`Value ${Type} for DataResources.Type is invalid.`)
      // The text is recorded from AWS (aws-security-reference-architecture-examples#335).
      const wrong = Values.find(value => value.length > valueLengthMax || !pattern.test(value))
      if (wrong !== undefined) throw invalidSelectors(`Value ${wrong} for DataResources.Values is invalid.`)
      return { type: Type, values: Values }
    }),
    excludeManagementEventSources: excluded,
  }
}

/** Returns basic event selectors as answers have them. */
export const renderBasicSelectors = (selectors: readonly BasicSelector[]) =>
  selectors.map(selector => ({
    ReadWriteType: selector.readWriteType,
    IncludeManagementEvents: selector.includeManagementEvents,
    DataResources: selector.dataResources.map(({ type, values }) => ({ Type: type, Values: [...values] })),
    ExcludeManagementEventSources: [...selector.excludeManagementEventSources],
  }))
