import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decide, explain } from '../../src/access/index.ts'
import { isByEndpointAlone } from '../../src/pipeline/denials/denial.ts'
import { outcomeOf } from './cases.ts'
import { decideNaively, type NaiveWorld } from './naive.ts'
import { changes, extend, extended, world } from './random-worlds.ts'
import { requestOfWorld } from './world-request.ts'

// Properties of every decision, for random policies.

let compiledCount = 0

const requestOf = (given: NaiveWorld) =>
  requestOfWorld(given, () => {
    compiledCount++
  })
const decideWorld = (given: NaiveWorld) => outcomeOf(decide(requestOf(given)))

test('the engine and the plain evaluator agree on a hundred thousand random policies', () => {
  const outcomes = new Map<string, number>()
  compiledCount = 0
  fc.assert(
    fc.property(world, given => {
      const expected = decideNaively(given)
      outcomes.set(expected, (outcomes.get(expected) ?? 0) + 1)
      assert.equal(decideWorld(given), expected)
    }),
    { numRuns: 30_000 },
  )
  assert.ok(compiledCount >= 100_000, `${compiledCount} policies`)
  const types = ['resource-based', 'identity-based', 'service control', 'session', 'permissions boundary']
  const wanted = ['allow', ...types.flatMap(type => [`deny ${type}`, `missing ${type}`])]
  for (const outcome of [...wanted, 'deny resource control', 'missing VPC endpoint']) {
    assert.ok((outcomes.get(outcome) ?? 0) > 50, `enough cases of ${outcome}: ${outcomes.get(outcome)}`)
  }
})

test('a denial is by the endpoint alone exactly if the plain evaluator allows the request without its policy', () => {
  const found = new Map<string, number>()
  fc.assert(
    fc.property(world, given => {
      const request = requestOf(given)
      const decision = decide(request)
      if (decision.outcome === 'allow') return
      const isNamed = decideNaively(given).endsWith('VPC endpoint')
      const without = { ...given, policies: { ...given.policies, endpoint: undefined } }
      const expected = isNamed && decideNaively(without) === 'allow'
      assert.equal(isByEndpointAlone(request, decision), expected)
      const kind = `${decision.outcome} ${expected}`
      found.set(kind, (found.get(kind) ?? 0) + 1)
    }),
    { numRuns: 8000 },
  )
  for (const kind of ['explicitDeny', 'implicitDeny'].flatMap(outcome => [
    `${outcome} true`,
    `${outcome} false`,
  ]))
    assert.ok((found.get(kind) ?? 0) > 20, `${kind}: ${found.get(kind)}`)
})

const isAllowed = (outcome: string) => outcome === 'allow'
test('an additional Deny never allows more', () => {
  fc.assert(
    fc.property(changes('Deny'), change => {
      if (isAllowed(decideWorld(extended(change)))) assert.ok(isAllowed(decideWorld(change.given)))
    }),
    { numRuns: 4000 },
  )
})

test('an additional Allow never denies more, and never lifts a Deny', () => {
  fc.assert(
    fc.property(changes('Allow'), change => {
      const [before, after] = [decideWorld(change.given), decideWorld(extended(change))]
      if (isAllowed(before)) assert.equal(after, 'allow')
      if (before.startsWith('deny')) assert.equal(after, before)
    }),
    { numRuns: 4000 },
  )
})

test('the order of statements and of policies never matters', () => {
  fc.assert(
    fc.property(world, given => {
      const reversed = extend(given, document => ({
        ...document,
        Statement: document.Statement.toReversed(),
      }))
      const policies = { ...reversed.policies, identity: reversed.policies.identity.toReversed() }
      assert.equal(decideWorld({ ...reversed, policies }), decideWorld(given))
    }),
    { numRuns: 4000 },
  )
})

test('an explanation agrees with the decision', () => {
  fc.assert(
    fc.property(world, given => {
      const request = requestOf(given)
      const { decision, policies } = explain(request)
      assert.deepEqual(decision, decide(request))
      const applied = policies
        .filter(policy => policy.ignoredBecause === undefined)
        .flatMap(({ policyType, statements }) =>
          statements.filter(({ applies }) => applies).map(({ effect }) => `${policyType} ${effect}`),
        )
      assert.deepEqual(
        applied,
        decision.reasons
          .filter(({ policyType }) => policyType !== 'grant')
          .map(({ policyType, effect }) => `${policyType} ${effect}`),
      )
    }),
    { numRuns: 4000 },
  )
})
