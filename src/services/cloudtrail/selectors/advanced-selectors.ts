import {
  type AdvancedSelector,
  type FieldOperator,
  type FieldSelector,
  fieldOperators,
} from '../../../domain/index.ts'
import { invalidSelectors } from './basic-selectors.ts'

type WireField = { readonly Field: string } & {
  readonly [operator in Capitalize<FieldOperator>]?: readonly string[] | undefined
}

/** Advanced event selectors as requests and answers have them. */
export type WireAdvancedSelectors = readonly {
  readonly Name?: string | undefined
  readonly FieldSelectors: readonly WireField[]
}[]

const valuesMax = 500
const nameLengthMax = 1000
const valueLengthMax = 2048

/** The rule for a field: its operators, and the values that it can have if not all. */
interface FieldRule {
  readonly isRequired?: boolean
  readonly operators?: readonly FieldOperator[]
  readonly values?: readonly string[]
}

const readOnly: FieldRule = { operators: ['equals'], values: ['true', 'false'] }

/** The fields of the selectors of a trail, by event category (CloudTrail API reference, "AdvancedFieldSelector"). */
const rules: Readonly<Record<string, Readonly<Record<string, FieldRule>>>> = {
  Management: {
    eventSource: { operators: ['notEquals'], values: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'] },
    readOnly,
  },
  Data: {
    'resources.type': { isRequired: true, operators: ['equals'] },
    'resources.ARN': {},
    eventName: {},
    eventSource: {},
    eventType: {},
    readOnly,
    sessionCredentialFromConsole: { operators: ['equals'], values: ['true', 'false'] },
    'userIdentity.arn': {},
  },
  NetworkActivity: {
    eventSource: { isRequired: true, operators: ['equals'] },
    eventName: {},
    errorCode: { operators: ['equals'], values: ['VpceAccessDenied'] },
    vpcEndpointId: {},
    'userIdentity.arn': {},
  },
}

/** Reads advanced event selectors. Throws InvalidEventSelectorsException. */
export function readAdvancedSelectors(given: WireAdvancedSelectors): AdvancedSelector[] {
  if (given.length < 1) throw invalidSelectors('Specify at least one advanced event selector.')
  const selectors = given.map(({ Name: name, FieldSelectors: fields }) => ({
    name,
    fieldSelectors: fields.map(readField),
  }))
  for (const selector of selectors) checkSelector(selector)
  const values = selectors.flatMap(({ fieldSelectors }) => fieldSelectors.flatMap(valuesOf))
  if (values.length > valuesMax)
    throw invalidSelectors(`All advanced event selectors together can have at most ${valuesMax} values.`)
  return selectors
}

function readField(given: WireField): FieldSelector {
  const operators = fieldOperators.flatMap(operator => {
    const values = given[wireNameOf(operator)]
    return values === undefined ? [] : [[operator, values] as const]
  })
  if (operators.length === 0) throw invalidSelectors(`The field ${given.Field} has no operator.`)
  const isWrong = (value: string) => value.length < 1 || value.length > valueLengthMax
  if (operators.some(([, values]) => values.length === 0 || values.some(isWrong)))
    throw invalidSelectors(
      `Each operator of the field ${given.Field} needs values of 1 to ${valueLengthMax} characters.`,
    )
  return { field: given.Field, ...Object.fromEntries(operators) }
}

function checkSelector({ name = '', fieldSelectors }: AdvancedSelector): void {
  if (name.length > nameLengthMax)
    throw invalidSelectors(`The name of a selector can have at most ${nameLengthMax} characters.`)
  const fields = new Map(fieldSelectors.map(selector => [selector.field, selector]))
  if (fields.size < fieldSelectors.length) throw invalidSelectors('A selector can name each field only once.')
  const { equals: [category = ''] = [], ...others } = fields.get('eventCategory') ?? { field: '' }
  const allowed = Object.hasOwn(rules, category) ? rules[category] : undefined
  if (
    allowed === undefined ||
    Object.keys(others).length > 1 ||
    valuesOf(fields.get('eventCategory')).length > 1
  )
    throw invalidSelectors('Each selector needs the field eventCategory, which equals one event category.')
  for (const [field, { isRequired = false }] of Object.entries(allowed))
    if (isRequired && !fields.has(field))
      throw invalidSelectors(`Selectors of the event category ${category} need the field ${field}.`)
  fields.delete('eventCategory')
  for (const selector of fields.values()) checkField(selector, category, allowed)
}

function checkField(
  selector: FieldSelector,
  category: string,
  allowed: Readonly<Record<string, FieldRule>>,
): void {
  const { field } = selector
  const rule = Object.hasOwn(allowed, field) ? allowed[field] : undefined
  if (rule === undefined)
    throw invalidSelectors(`Selectors of the event category ${category} cannot have the field ${field}.`)
  const { operators = fieldOperators, values } = rule
  if (fieldOperators.some(operator => selector[operator] !== undefined && !operators.includes(operator)))
    throw invalidSelectors(`The field ${field} has an operator that it cannot have.`)
  const wrong = valuesOf(selector).find(value => values?.includes(value) === false)
  if (wrong !== undefined) throw invalidSelectors(`Value ${wrong} for the field ${field} is invalid.`)
}

const valuesOf = (selector: FieldSelector | undefined) =>
  fieldOperators.flatMap(operator => selector?.[operator] ?? [])

const wireNameOf = (operator: FieldOperator) =>
  (operator.charAt(0).toUpperCase() + operator.slice(1)) as Capitalize<FieldOperator>

/** Returns advanced event selectors as answers have them. */
export const renderAdvancedSelectors = (selectors: readonly AdvancedSelector[]) =>
  selectors.map(({ name, fieldSelectors }) => ({
    Name: name,
    FieldSelectors: fieldSelectors.map(selector => ({
      Field: selector.field,
      ...Object.fromEntries(
        fieldOperators.flatMap(operator => {
          const values = selector[operator]
          return values === undefined ? [] : [[wireNameOf(operator), [...values]]]
        }),
      ),
    })),
  }))
