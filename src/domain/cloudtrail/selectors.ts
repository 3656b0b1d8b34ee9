// Event selectors (CloudTrail User Guide, "Logging management events", "Logging network activity events"): which events of its
// account a trail delivers.

/** A basic event selector, with the members of AWS's EventSelector. */
export interface BasicSelector {
  readonly readWriteType: ReadWriteType
  readonly includeManagementEvents: boolean
  readonly dataResources: readonly DataResource[]
  readonly excludeManagementEventSources: readonly string[]
}

/** AWS's ReadWriteType: which events a basic selector takes. */
export type ReadWriteType = 'ReadOnly' | 'WriteOnly' | 'All'

/** Resources whose data events a basic selector takes. No event of Keyward is a data event. */
export interface DataResource {
  readonly type: string
  readonly values: readonly string[]
}

/** An advanced event selector: an event matches if it matches each field. */
export interface AdvancedSelector {
  readonly name: string | undefined
  readonly fieldSelectors: readonly FieldSelector[]
}

/** The operators of a field of an advanced event selector, by AWS's names. */
export const fieldOperators = [
  'equals',
  'startsWith',
  'endsWith',
  'notEquals',
  'notStartsWith',
  'notEndsWith',
] as const

/** One of `fieldOperators`. */
export type FieldOperator = (typeof fieldOperators)[number]

/** A condition of an advanced event selector on one field of the record. */
export type FieldSelector = { readonly field: string } & {
  readonly [operator in FieldOperator]?: readonly string[]
}

/** The event selectors of a trail: one kind or the other. */
export type EventSelectors =
  | { readonly kind: 'basic'; readonly selectors: readonly BasicSelector[] }
  | { readonly kind: 'advanced'; readonly selectors: readonly AdvancedSelector[] }

/** The selectors of a trail whose selectors nobody put: all management events. */
export const defaultSelectors: EventSelectors = {
  kind: 'basic',
  selectors: [
    {
      readWriteType: 'All',
      includeManagementEvents: true,
      dataResources: [],
      excludeManagementEventSources: [],
    },
  ],
}

/** The members of a record that decide whether a trail delivers it. */
export interface SelectableEvent {
  readonly eventSource: string
  readonly eventName: string
  /** Network activity events have none. */
  readonly readOnly?: boolean
  readonly eventCategory: string
  readonly errorCode?: string
  readonly vpcEndpointId?: string
  readonly userIdentity?: { readonly arn?: string }
}

/** Whether a trail with these selectors delivers an event: any of the selectors must match. */
export function selectsEvent(selectors: EventSelectors, event: SelectableEvent): boolean {
  return selectors.kind === 'basic'
    ? selectors.selectors.some(selector => matchesBasic(selector, event))
    : selectors.selectors.some(({ fieldSelectors }) =>
        fieldSelectors.every(fieldSelector => matchesField(fieldSelector, event)),
      )
}

function matchesBasic(selector: BasicSelector, event: SelectableEvent): boolean {
  if (event.eventCategory !== 'Management' || !selector.includeManagementEvents) return false
  if (selector.excludeManagementEventSources.includes(event.eventSource)) return false
  if (selector.readWriteType === 'All') return true
  return event.readOnly === (selector.readWriteType === 'ReadOnly')
}

/** Values of one positive operator are alternatives; all values of a negative one must hold. */
function matchesField(selector: FieldSelector, event: SelectableEvent): boolean {
  const value = fieldOf(selector.field, event)
  if (value === undefined) return false
  const is = (operator: FieldOperator, test: (expected: string) => boolean) =>
    selector[operator]?.some(test) ?? true
  const isNot = (operator: FieldOperator, test: (refused: string) => boolean) =>
    !(selector[operator]?.some(test) ?? false)
  return (
    is('equals', expected => value === expected) &&
    is('startsWith', expected => value.startsWith(expected)) &&
    is('endsWith', expected => value.endsWith(expected)) &&
    isNot('notEquals', refused => value === refused) &&
    isNot('notStartsWith', refused => value.startsWith(refused)) &&
    isNot('notEndsWith', refused => value.endsWith(refused))
  )
}

/** The value of a field; undefined for fields that only data events have. */
function fieldOf(field: string, event: SelectableEvent): string | undefined {
  switch (field) {
    case 'readOnly':
      return event.readOnly === undefined ? undefined : String(event.readOnly)
    case 'eventSource':
    case 'eventName':
    case 'eventCategory':
      return event[field]
    case 'errorCode':
    case 'vpcEndpointId':
      return event[field] ?? ''
    case 'userIdentity.arn':
      // The record of a caller of a different account has no ARN, so that a selector that leaves callers out never leaves it out.
      return event.userIdentity?.arn ?? ''
    default:
      return undefined
  }
}
