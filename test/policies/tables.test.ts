import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type AccessRequest,
  type Decision,
  decide,
  type Explanation,
  explain,
} from '../../src/access/index.ts'
import { casesOf, outcomeOf, type PolicyCase, readTables, requestOf } from './cases.ts'

// AWS's documented rules as tables. Each file names the page of its cases.

const tables = readTables()

test('there are cases for every rule', () => {
  const count = tables.reduce((sum, { cases }) => sum + cases.length, 0)
  assert.ok(count >= 700, `${count} cases`)
  for (const { file, page, cases } of tables) {
    assert.match(page, /(guide|reference), "/, file)
    const names = cases.map(({ name }) => name)
    assert.equal(new Set(names).size, names.length, `${file} has a name twice`)
  }
})

for (const { file, page, cases } of tables) {
  describe(`${file} (${page})`, () => {
    for (const item of cases.flatMap(one => ('condition' in one ? casesOf(one) : [one]))) {
      test(`${item.name}: ${item.expected}`, () => check(item))
    }
  })
}

function check(item: PolicyCase): void {
  const request = requestOf(item)
  const decision = decide(request)
  assert.equal(outcomeOf(decision), item.expected)
  if (item.statement !== undefined) checkReason(decision, item.statement)
  checkExplanation(request, decision)
}

function checkReason({ outcome, reasons }: Decision, statement: string): void {
  const effect = outcome === 'allow' ? 'Allow' : 'Deny'
  const deciding = reasons.filter(reason => reason.effect === effect).map(reason => reason.statement)
  assert.ok(deciding.includes(statement), `${statement} is not among ${deciding.join(', ')}`)
}

/** Asserts that the explanation has the same decision, and that its applying statements are the reasons of the decision. */
function checkExplanation(request: AccessRequest, decision: Decision): void {
  const explanation = explain(request)
  assert.deepEqual(explanation.decision, decision)
  const reasons = decision.reasons.filter(({ policyType }) => policyType !== 'grant')
  assert.deepEqual(
    appliedOf(explanation),
    reasons.map(({ policyType, statement, effect, match }) => ({ policyType, statement, effect, match })),
  )
}

function appliedOf({ policies }: Explanation): unknown[] {
  return policies
    .filter(({ ignoredBecause }) => ignoredBecause === undefined)
    .flatMap(({ policyType, statements }) =>
      statements
        .filter(({ applies }) => applies)
        .map(({ statement, effect, match }) => ({ policyType, statement, effect, match })),
    )
}
