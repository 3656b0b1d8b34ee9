import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseConditionDate } from './condition-date.ts'

// IAM user guide, "Date condition operators"; ISO 8601 for weeks, days of the year and offsets. AWS was recorded to take the
// forms with single digits and small letters (moto's cases of CreatePolicy).

const same: [text: string, iso: string][] = [
  ['2026', '2026-01-01T00:00:00.000Z'],
  ['2026-08', '2026-08-01T00:00:00.000Z'],
  ['2026-8-2', '2026-08-02T00:00:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['01T', '0001-01-01T00:00:00.000Z'],
  ['2016-12-13t2:00:00.593194+23', '2016-12-12T03:00:00.593Z'],
  ['2026-01-01T10:00+0100', '2026-01-01T09:00:00.000Z'],
  ['2026-01-01T10:00:00-01:30', '2026-01-01T11:30:00.000Z'],
  ['2026-01-01T10.5Z', '2026-01-01T10:30:00.000Z'],
  ['2026-01-01T10:00:30,25z', '2026-01-01T10:00:30.250Z'],
  ['2026-01-01TZ', '2026-01-01T00:00:00.000Z'],
  // Each is an example of ISO 8601 or of calendars: the first week has the fourth of January.
  ['2026-W01-1', '2025-12-29T00:00:00.000Z'],
  ['2020-W53-7', '2021-01-03T00:00:00.000Z'],
  ['2008-W39-6', '2008-09-27T00:00:00.000Z'],
  ['1981-095', '1981-04-05T00:00:00.000Z'],
  ['2024-366', '2024-12-31T00:00:00.000Z'],
  ['1767225600', '2026-01-01T00:00:00.000Z'],
  ['1767225600.5', '2026-01-01T00:00:00.500Z'],
]

describe('a date of a condition is read', () => {
  for (const [text, iso] of same) {
    test(`${text} as ${iso}`, () => assert.equal(parseConditionDate(text), Date.parse(iso)))
  }
  test('like Date, for all days of eight centuries', () => {
    for (let day = -146_097; day < 146_097; day += 13) {
      const millis = day * 86_400_000 + 45_296_789
      assert.equal(parseConditionDate(new Date(millis).toISOString()), millis)
    }
  })
  test('in the order of time, also for years that Date cannot hold', () => {
    const ordered = ['-292275054-01-01', '-000001-12-31', '0000-01-01', '9999-12-31', '292278993-12-31']
    const read = ordered.map(text => parseConditionDate(text) ?? assert.fail(text))
    assert.deepEqual(
      read.toSorted((a, b) => a - b),
      read,
    )
  })
})

describe('a text is no date:', () => {
  const wrong = [
    ...['', 'T', 'tomorrow', '2026-13', '2026-00-10', '2026-02-29', '2026-04-31', '2026-366', '2026-000'],
    ...[
      '2026-W54',
      '2026-W00-1',
      '2026-W10-8',
      '2026-01-01T24:00',
      '2026-01-01T10:60',
      '2026-01-01T10:00:60',
    ],
    ...['2026-01-01T10:00+1', '2026-01-01T10:00+24', '2026-01-01T10:00Zz', '2026-01-01 10:00', '2026-1-1-1'],
    ...['9223372036854775808', '0x10', '1e3', '2026-01-01T10:00:00.1234567890Z', '1234567890-01-01'],
  ]
  for (const text of wrong)
    test(JSON.stringify(text), () => assert.equal(parseConditionDate(text), undefined))
})
