import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AccessRequest, anySessionName, decide, decideBound } from '../../src/access/index.ts'
import type { Principal } from '../../src/domain/index.ts'
import { contextOf, outcomeOf } from './cases.ts'
import { context, world } from './random-worlds.ts'
import { requestOfWorld } from './world-request.ts'

// The bounds of a request with open facts, against the decisions of the same request with all facts. The engine that makes these is
// compared with a second evaluator in agreement.test.ts.

const keys = [
  ...['aws:username', 'aws:principaltag/t', 'aws:tagkeys', 'kms:rotationperiodindays', 'aws:currenttime'],
  ...['aws:securetransport', 'aws:useragent', 'aws:sourceip', 'aws:sourcearn'],
]
const question = fc.record({
  given: world,
  openKeys: fc.subarray(keys),
  isAnySession: fc.boolean(),
  contexts: fc.array(context, { minLength: 50, maxLength: 50 }),
})

/** A session of the same role with a different name. */
const inSession = (principal: Principal, sessionName: string): Principal =>
  principal.type === 'AssumedRole'
    ? { ...principal, sessionName, arn: principal.arn.replace(/[^/]+$/, sessionName) }
    : principal

function boundsOf(request: AccessRequest, openKeys: readonly string[], principal: Principal) {
  const caller = { principal, boundary: request.boundary }
  const facts = { isOpen: (key: string) => openKeys.includes(key), callers: [caller] }
  const bound = (kind: 'certain' | 'possible') => decideBound(kind, { ...request, principal }, facts)
  return { certain: bound('certain'), possible: bound('possible') }
}

test('every decision with all facts is between the bounds', () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(question, ({ given, openKeys, isAnySession, contexts }) => {
      const request = requestOfWorld(given)
      const principal = isAnySession ? inSession(given.principal, anySessionName) : given.principal
      const { certain, possible } = boundsOf(request, openKeys, principal)
      const [isCertain, isPossible] = [certain, possible].map(({ decision }) => decision.outcome === 'allow')
      const results = contexts.map((values, index) => {
        const known = Object.entries(given.context).filter(([key]) => !openKeys.includes(key))
        const open = Object.entries(values).filter(([key]) => openKeys.includes(key))
        const full = { ...request, context: contextOf(Object.fromEntries([...known, ...open])) }
        const caller = isAnySession ? inSession(given.principal, index % 2 === 0 ? 's1' : 's2') : principal
        return decide({ ...full, principal: caller }).outcome === 'allow'
      })
      if (isCertain) assert.ok(results.every(Boolean))
      if (!isPossible) assert.ok(!results.includes(true))
      if (new Set(results).size === 2) assert.ok(possible.open.length > 0)
      const kind = `${isCertain ? 'certain' : isPossible ? 'possible' : 'never'} ${new Set(results).size}`
      seen.set(kind, (seen.get(kind) ?? 0) + 1)
    }),
    { numRuns: 8000 },
  )
  for (const kind of ['certain 1', 'possible 1', 'possible 2', 'never 1'])
    assert.ok((seen.get(kind) ?? 0) > 20, `${kind}: ${seen.get(kind)}`)
})

test('without open facts both bounds are the decision itself', () => {
  fc.assert(
    fc.property(world, given => {
      const request = requestOfWorld(given)
      const { certain, possible } = boundsOf(request, [], given.principal)
      assert.deepEqual(certain.decision, decide(request))
      assert.deepEqual(possible, { decision: decide(request), open: [] })
    }),
    { numRuns: 3000 },
  )
})

const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement }) as never
const everything = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }
const keyPolicyOf = (...statements: object[]): AccessRequest => {
  const [given] = fc.sample(world, { numRuns: 1, seed: 1 })
  assert.ok(given !== undefined)
  const policies = { identity: [], boundary: undefined, session: undefined, serviceControl: undefined }
  const others = { resourceControl: undefined, endpoint: undefined, grant: undefined }
  const all = { key: document(...statements), ...policies, ...others }
  return requestOfWorld({ ...given, context: {}, policies: all })
}
const outcomes = (request: AccessRequest, openKeys: readonly string[]) => {
  const { certain, possible } = boundsOf(request, openKeys, request.principal)
  return [certain, possible].map(({ decision }) => outcomeOf(decision))
}

test('the default of a policy variable does not take the place of an open fact', () => {
  const resource = `arn:aws:kms:us-east-1:111122223333:key/$\{aws:username, '1234abcd-12ab-34cd-56ef-1234567890ab'}`
  const request = keyPolicyOf({ ...everything, Resource: resource })
  assert.deepEqual(outcomes(request, []), ['allow', 'allow'])
  assert.deepEqual(outcomes(request, ['aws:username']), ['missing resource-based', 'allow'])
})

test('a Deny with an unmet condition does not count, whatever its open conditions are', () => {
  const Condition = { StringEquals: { 'aws:username': 'a', 'aws:sourcearn': 'b' } }
  const request = keyPolicyOf(everything, { ...everything, Effect: 'Deny', Condition })
  assert.deepEqual(outcomes(request, ['aws:sourcearn']), ['allow', 'allow'])
  assert.deepEqual(outcomes(request, ['aws:sourcearn', 'aws:username']), ['deny resource-based', 'allow'])
})
