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

// CloudTrail User Guide, "Logging network activity events".
test('network activity events have fields of their own, and only selectors of their category take them', () => {
  const denied: SelectableEvent = {
    ...{ eventSource: 'kms.amazonaws.com', eventName: 'Decrypt', eventCategory: 'NetworkActivity' },
    ...{ errorCode: 'VpceAccessDenied', vpcEndpointId: 'vpce-1' },
  }
  const arn = 'arn:aws:iam::111122223333:user/ann'
  const own: SelectableEvent = { ...denied, userIdentity: { arn } }
  const required = [
    { field: 'eventCategory', equals: ['NetworkActivity'] },
    { field: 'eventSource', equals: ['kms.amazonaws.com'] },
  ]
  const takes = (fieldSelectors: readonly FieldSelector[]) =>
    [denied, own].map(of =>
      selectsEvent({ kind: 'advanced', selectors: [{ name: undefined, fieldSelectors }] }, of),
    )
  const cases: [FieldSelector[], foreign: boolean, own: boolean][] = [
    [[], true, true],
    [[{ field: 'errorCode', equals: ['VpceAccessDenied'] }], true, true],
    [[{ field: 'vpcEndpointId', equals: ['vpce-1', 'vpce-2'] }], true, true],
    [[{ field: 'vpcEndpointId', equals: ['vpce-2'] }], false, false],
    [[{ field: 'vpcEndpointId', notEquals: ['vpce-1'] }], false, false],
    [[{ field: 'eventName', startsWith: ['Describe'] }], false, false],
    [[{ field: 'userIdentity.arn', equals: [arn] }], false, true],
    // The record of a caller of a different account has no ARN, so that no such selector leaves it out.
    [[{ field: 'userIdentity.arn', notEquals: [arn] }], true, false],
  ]
  for (const [fields, ...expected] of cases)
    assert.deepEqual(takes([...required, ...fields]), expected, JSON.stringify(fields))
  const management = { field: 'eventCategory', equals: ['Management'] }
  assert.deepEqual(takes([management]), [false, false])
  assert.ok(!selectsEvent(defaultSelectors, denied))
  const byRead = { field: 'readOnly', notEquals: ['true'] }
  assert.deepEqual(takes([...required, byRead]), [false, false])
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
