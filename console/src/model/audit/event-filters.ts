import type { LookupAttribute, LookupAttributeKey } from '@aws-sdk/client-cloudtrail'
import type { ShownEvent } from './events.ts'

/** The properties by which events are found, each once. `text` is any text of the record. */
export type EventProperty = LookupAttributeKey | 'ErrorCode' | 'text'

/** The values that events must have. */
export type EventFilter = Readonly<Partial<Record<EventProperty, string>>>

/** The attributes of LookupEvents, the one that fewest events have first: a call takes one, so it takes the narrowest. */
const attributes: readonly LookupAttributeKey[] = [
  ...(['EventId', 'AccessKeyId', 'ResourceName', 'Username'] as const),
  ...(['EventName', 'ResourceType', 'EventSource', 'ReadOnly'] as const),
]

export const eventProperties: readonly { readonly key: EventProperty; readonly label: string }[] = [
  { key: 'EventName', label: 'Event name' },
  { key: 'Username', label: 'User name' },
  { key: 'ResourceName', label: 'Resource name' },
  { key: 'ResourceType', label: 'Resource type' },
  { key: 'EventSource', label: 'Event source' },
  { key: 'ErrorCode', label: 'Error code' },
  { key: 'AccessKeyId', label: 'AWS access key' },
  { key: 'EventId', label: 'Event ID' },
  { key: 'ReadOnly', label: 'Read-only' },
]

/** Values to offer for a property. */
export const eventValues: Readonly<Partial<Record<EventProperty, readonly string[]>>> = {
  EventSource: [
    ...['kms', 'iam', 'sts', 'cloudtrail', 'ec2'].map(name => `${name}.amazonaws.com`),
    'keyward',
  ],
  ErrorCode: ['AccessDenied', 'ThrottlingException', 'NotFoundException', 'DisabledException'],
  ReadOnly: ['true', 'false'],
}

/** The filter in the query of an address. */
export function readEventFilter(query: Readonly<Record<string, string>>): EventFilter {
  const known: EventProperty[] = [...attributes, 'ErrorCode', 'text']
  return Object.fromEntries(
    known.flatMap(name => {
      const value = query[name]
      return value === undefined || value === '' ? [] : [[name, value]]
    }),
  )
}

/** The attribute that the server filters by: the narrowest of the filter. */
export function attributeOf(filter: EventFilter): LookupAttribute | undefined {
  const key = attributes.find(name => filter[name] !== undefined)
  return key === undefined ? undefined : { AttributeKey: key, AttributeValue: filter[key] }
}

const facts: Readonly<Record<EventProperty, (event: ShownEvent, value: string) => boolean>> = {
  EventId: (event, value) => event.id === value,
  AccessKeyId: (event, value) => event.accessKeyId === value,
  Username: (event, value) => event.username === value,
  EventName: (event, value) => event.name === value,
  EventSource: (event, value) => event.source === value,
  ReadOnly: (event, value) => event.readOnly === value,
  ErrorCode: (event, value) => event.errorCode === value,
  ResourceName: ({ resources }, value) =>
    resources.some(({ name }) => name === value || name.endsWith(`/${value}`)),
  ResourceType: ({ resources }, value) => resources.some(({ type }) => type === value),
  text: ({ record }, value) => record.toLowerCase().includes(value.toLowerCase()),
}

/** Whether an event meets the rest of a filter, for which LookupEvents has no place. */
export function meetsRest(event: ShownEvent, filter: EventFilter): boolean {
  const done = attributeOf(filter)?.AttributeKey
  return (Object.entries(filter) as [EventProperty, string][]).every(
    ([name, value]) => name === done || facts[name](event, value),
  )
}

/** Whether part of a filter is not for the server, so that more events are read than show. */
export const hasRest = (filter: EventFilter): boolean =>
  Object.keys(filter).length > (attributeOf(filter) === undefined ? 0 : 1)
