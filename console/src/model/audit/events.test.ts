import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributeOf, hasRest, meetsRest, readEventFilter } from './event-filters.ts'
import { eventsAsCsv, eventsAsJson, keyIdIn, readEvent } from './events.ts'

const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
// The form of an event is that of LookupEvents (CloudTrail API reference, "Event"; CloudTrail user guide, "record contents").
const event = {
  ...{ EventId: 'e1', EventName: 'Decrypt', ReadOnly: 'true', AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
  ...{ EventTime: new Date('2026-05-01T10:00:00Z'), EventSource: 'kms.amazonaws.com', Username: '=Alice' },
  Resources: [{ ResourceType: 'AWS::KMS::Key', ResourceName: keyArn }],
  CloudTrailEvent: JSON.stringify({
    userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/Alice' },
    ...{ awsRegion: 'us-east-1', sourceIPAddress: '192.0.2.0', userAgent: 'aws-cli/2 "x"' },
    ...{ errorCode: 'AccessDenied', errorMessage: 'User: … is not authorized' },
  }),
}
const shown = readEvent(event)

test('an event has the facts of its record', () => {
  assert.equal(shown.principal, 'arn:aws:iam::111122223333:user/Alice')
  assert.equal(shown.errorCode, 'AccessDenied')
  assert.equal(shown.sourceIp, '192.0.2.0')
  for (const CloudTrailEvent of ['', 'null', '[]', '{"errorCode":{}}', '{'])
    assert.equal(readEvent({ ...event, CloudTrailEvent }).errorCode, '')
  assert.equal(readEvent({}).id, '')
})

test('the server filters by the attribute that fewest events have, and the console by the rest', () => {
  const filter = readEventFilter({
    ...{ EventName: 'Decrypt', Username: '=Alice', ErrorCode: 'AccessDenied', text: 'CLI/2' },
    ...{ time: '1h', other: 'x', ReadOnly: '' },
  })
  assert.deepEqual(filter, {
    ...{ Username: '=Alice', EventName: 'Decrypt', ErrorCode: 'AccessDenied', text: 'CLI/2' },
  })
  assert.deepEqual(attributeOf(filter), { AttributeKey: 'Username', AttributeValue: '=Alice' })
  assert.ok(meetsRest(shown, filter))
  for (const change of [{ EventName: 'Encrypt' }, { ErrorCode: 'x' }, { text: 'python' }])
    assert.ok(!meetsRest(shown, { ...filter, ...change }))
  assert.ok(hasRest(filter))
  assert.ok(hasRest({ text: 'x' }))
  assert.ok(!hasRest({ EventName: 'x' }))
  assert.ok(!hasRest({}))
})

test('a resource is named by its ARN or its id', () => {
  assert.equal(keyIdIn(keyArn), '1234abcd-12ab-34cd-56ef-1234567890ab')
  assert.equal(keyIdIn('arn:aws:iam::111122223333:user/key/x'), undefined)
  const about = (ResourceName: string) => meetsRest(shown, { EventId: 'e1', ResourceName })
  assert.ok(about(keyArn) && about('1234abcd-12ab-34cd-56ef-1234567890ab'))
  assert.ok(!about('0ab'))
})

test('a download has all facts, and no field of it is a formula', () => {
  const csv = eventsAsCsv([shown])
  assert.match(csv, /^"Event time","Event name","User name",/)
  assert.match(csv, /"2026-05-01T10:00:00.000Z","Decrypt","'=Alice","kms.amazonaws.com"/)
  assert.match(csv, /"aws-cli\/2 ""x"""/)
  assert.deepEqual(JSON.parse(eventsAsJson([shown, shown])), {
    Records: [JSON.parse(event.CloudTrailEvent), JSON.parse(event.CloudTrailEvent)],
  })
})
