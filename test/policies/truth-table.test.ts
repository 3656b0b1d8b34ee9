import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decide } from '../../src/access/index.ts'
import { casesOf, home, keyArn, outcomeOf, principals, requestOf } from './cases.ts'
import { decideNaively, type NaiveDocument } from './naive.ts'

// Set operators with `IfExists` and `Null`, for a key that is missing, has an empty list, or has values. The engine and the plain
// evaluator are both held to the table. Sources:
// - IAM user guide, "Set operators for multivalued context keys": ForAllValues is true for a key that is missing, and ForAnyValue
//   is false for it.
// - IAM user guide, "IAM JSON policy elements: Condition operators": a negated operator and `…IfExists` are true for a key that
//   is missing.
// - Recorded from AWS (re:Post, "ForAnyValue:StringEqualsIfExists behaving unexpectedly"): ForAnyValue decides before IfExists.

/** The values of the request: none, an empty list, one that matches, one that does not, and both of these. */
type Row = readonly [missing: boolean, empty: boolean, match: boolean, other: boolean, both: boolean]
const [yes, no] = [true, false]

/** By the set operator, whether the operator is negated, and whether it ends with IfExists. */
const table: readonly (readonly [set: string, kind: 'plain' | 'negated', ifExists: string, row: Row])[] = [
  ['ForAnyValue:', 'plain', '', [no, no, yes, no, yes]],
  ['ForAnyValue:', 'plain', 'IfExists', [no, no, yes, no, yes]],
  ['ForAnyValue:', 'negated', '', [no, no, no, yes, yes]],
  ['ForAnyValue:', 'negated', 'IfExists', [no, no, no, yes, yes]],
  ['ForAllValues:', 'plain', '', [yes, yes, yes, no, no]],
  ['ForAllValues:', 'plain', 'IfExists', [yes, yes, yes, no, no]],
  ['ForAllValues:', 'negated', '', [yes, yes, no, yes, no]],
  ['ForAllValues:', 'negated', 'IfExists', [yes, yes, no, yes, no]],
  // Without a set operator a list meets nothing, so there are only the rows without values.
  ['', 'plain', '', [no, no, no, no, no]],
  ['', 'plain', 'IfExists', [yes, yes, no, no, no]],
  ['', 'negated', '', [yes, yes, no, no, no]],
  ['', 'negated', 'IfExists', [yes, yes, no, no, no]],
]

/** The operators, a value of the policy, and values of a request that match it and do not match it. */
const operators: readonly (readonly [plain: string, negated: string, value: string, other: string])[] = [
  ['StringEquals', 'StringNotEquals', 'a', 'b'],
  ['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'a', 'b'],
  ['StringLike', 'StringNotLike', 'a', 'b'],
  ['NumericEquals', 'NumericNotEquals', '1', '2'],
  ['NumericLessThanEquals', '', '1', '2'],
  ['DateEquals', 'DateNotEquals', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'],
  ['Bool', '', 'true', 'false'],
  ['BinaryEquals', '', 'QUJD', 'QQ=='],
  ['IpAddress', 'NotIpAddress', '10.1.2.3', '10.1.2.4'],
  ['ArnEquals', 'ArnNotEquals', 'arn:aws:s3:::a', 'arn:aws:s3:::b'],
  ['ArnLike', 'ArnNotLike', 'arn:aws:s3:::a', 'arn:aws:s3:::b'],
]

for (const [set, kind, ifExists, row] of table) {
  describe(`${set || 'no set operator, '}${kind}${ifExists}`, () => {
    for (const [plain, negated, value, other] of operators) {
      const operator = kind === 'plain' ? plain : negated
      if (operator === '') continue
      test(`${set}${operator}${ifExists} meets its row of the table`, () => {
        checkRow({ [`${set}${operator}${ifExists}`]: { 'aws:TagKeys': value } }, row, value, other)
      })
    }
  })
}

test('Null asks whether there is a value, and an empty list has none', () => {
  checkRow({ Null: { 'aws:TagKeys': 'true' } }, [yes, yes, no, no, no], 'a', 'b')
  checkRow({ Null: { 'aws:TagKeys': 'false' } }, [no, no, yes, yes, yes], 'a', 'b')
})

test('Null beside a set operator closes what ForAllValues leaves open', () => {
  const Null = { 'aws:TagKeys': 'false' }
  const list = { 'aws:TagKeys': 'a' }
  checkRow({ 'ForAllValues:StringEqualsIfExists': list, Null }, [no, no, yes, no, no], 'a', 'b')
  checkRow({ 'ForAnyValue:StringEqualsIfExists': list, Null }, [no, no, yes, no, yes], 'a', 'b')
})

test('the values of one key do not count for a different key', () => {
  const condition = { 'ForAnyValue:StringEqualsIfExists': { 'kms:ResourceAliases': 'a' } }
  checkRow(condition, [no, no, no, no, no], 'a', 'b')
})

/** Holds both evaluators to a row, in an Allow and in a Deny. */
function checkRow(condition: object, row: Row, value: string, other: string): void {
  const lists = [undefined, [], [value], [other], [other, value]]
  for (const [index, list] of lists.entries()) {
    const context: Record<string, readonly string[]> = list === undefined ? {} : { 'aws:TagKeys': list }
    const met = row[index] === true
    for (const item of casesOf({ name: JSON.stringify(list ?? 'missing'), condition, context, met })) {
      assert.equal(outcomeOf(decide(requestOf(item))), item.expected, item.name)
      assert.equal(decideWithKeyPolicy(item.policies.key, context), item.expected, `plain: ${item.name}`)
    }
  }
}

function decideWithKeyPolicy(statements: unknown, context: Record<string, readonly string[]>): string {
  const byKey = Object.entries(context).map(([key, list]) => [key.toLowerCase(), list] as const)
  return decideNaively({
    principal: principals.get('alice') ?? assert.fail(),
    action: 'kms:Encrypt',
    resource: { arn: keyArn, accountId: home },
    context: Object.fromEntries(byKey),
    policies: {
      key: { Version: '2012-10-17', Statement: statements } as NaiveDocument,
      identity: [],
      boundary: undefined,
      session: undefined,
      serviceControl: undefined,
      resourceControl: undefined,
      endpoint: undefined,
      grant: undefined,
    },
  })
}
