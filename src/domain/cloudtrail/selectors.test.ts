import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AdvancedSelector,
  type BasicSelector,
  defaultSelectors,
  type FieldSelector,
  type SelectableEvent,
  selectsEvent,
} from './selectors.ts'

// CloudTrail User Guide, "Logging management events", and the API reference of EventSelector and AdvancedFieldSelector.

const event = (changes: Partial<SelectableEvent> = {}): SelectableEvent => ({
  eventSource: 'kms.amazonaws.com',
  eventName: 'Decrypt',
  readOnly: true,
  eventCategory: 'Management',
  ...changes,
})
const iam = { eventSource: 'iam.amazonaws.com', eventName: 'CreateUser', readOnly: false }

const basic = (changes: Partial<BasicSelector>): BasicSelector => ({
  readWriteType: 'All',
  includeManagementEvents: true,
  dataResources: [],
  excludeManagementEventSources: [],
  ...changes,
})
const selects = (selectors: readonly BasicSelector[], of: SelectableEvent) =>
  selectsEvent({ kind: 'basic', selectors }, of)

test('a trail whose selectors nobody put takes all management events', () => {
  for (const changes of [{}, iam]) assert.ok(selectsEvent(defaultSelectors, event(changes)))
  assert.ok(!selectsEvent(defaultSelectors, event({ eventCategory: 'Data' })))
})

test('a basic selector takes reads, writes or both, without excluded sources', () => {
  const cases: [Partial<BasicSelector>, kms: boolean, iam: boolean][] = [
    [{}, true, true],
    [{ readWriteType: 'ReadOnly' }, true, false],
    [{ readWriteType: 'WriteOnly' }, false, true],
    [{ excludeManagementEventSources: ['kms.amazonaws.com'] }, false, true],
    [{ includeManagementEvents: false }, false, false],
  ]
  for (const [changes, ...expected] of cases) {
    const found = [event(), event(iam)].map(of => selects([basic(changes)], of))
    assert.deepEqual(found, expected, JSON.stringify(changes))
  }
  const two = [basic({ readWriteType: 'WriteOnly' }), basic({ readWriteType: 'ReadOnly' })]
  assert.ok(selects(two, event()))
})

test('an advanced selector takes what matches each of its fields', () => {
  const management = { field: 'eventCategory', equals: ['Management'] }
  const cases: [FieldSelector, kms: boolean, iam: boolean][] = [
    [{ field: 'readOnly', equals: ['true'] }, true, false],
    [{ field: 'eventSource', notEquals: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'] }, false, true],
    [{ field: 'eventSource', equals: ['iam.amazonaws.com', 'kms.amazonaws.com'] }, true, true],
    [{ field: 'eventName', startsWith: ['Create', 'Delete'] }, false, true],
    [{ field: 'eventName', endsWith: ['crypt'] }, true, false],
    [{ field: 'eventName', notStartsWith: ['Create'] }, true, false],
    [{ field: 'eventName', notEndsWith: ['crypt', 'r'] }, false, false],
    [{ field: 'eventName', startsWith: ['D'], notEquals: ['Decrypt'] }, false, false],
    [{ field: 'resources.type', equals: ['AWS::S3::Object'] }, false, false],
  ]
  for (const [field, ...expected] of cases) {
    const selectors: AdvancedSelector[] = [{ name: undefined, fieldSelectors: [management, field] }]
    const found = [event(), event(iam)].map(of => selectsEvent({ kind: 'advanced', selectors }, of))
    assert.deepEqual(found, expected, JSON.stringify(field))
  }
})
