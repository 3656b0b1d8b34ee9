import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Principal } from '../domain/index.ts'
import { noConditions } from './condition/condition-context.ts'
import { type AccessRequest, type Decision, decide } from './decide.ts'
import { compilePolicy } from './policy/compile.ts'

// Properties of decisions for any policies, in a small world where many statements apply.

const accounts = ['111122223333', '444455556666'] as const
const keyArn = `arn:aws:kms:us-east-1:${accounts[0]}:key/1234abcd-12ab-34cd-56ef-1234567890ab`

interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: '*' | { readonly AWS: readonly string[] }
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
}

interface World {
  readonly principal: Principal
  readonly action: string
  /** Undefined if the resource has no policy. */
  readonly key: readonly Statement[] | undefined
  readonly identity: readonly Statement[]
}

const names = ['alice', 'bob']
const principals: Principal[] = accounts.flatMap(accountId => [
  { type: 'Root', accountId, arn: `arn:aws:iam::${accountId}:root`, principalId: accountId } as const,
  ...names.map(userName => {
    const arn = `arn:aws:iam::${accountId}:user/${userName}`
    return { type: 'IAMUser', accountId, arn, principalId: `AIDA${userName}`, userName } as const
  }),
])

const effect = fc.constantFrom('Allow', 'Deny')
const patterns = {
  action: fc.constantFrom('*', 'kms:*', 'kms:Encrypt', 'kms:encrypt', 'kms:Enc*', 'kms:Decrypt', 's3:*'),
  resource: fc.constantFrom('*', keyArn, `${keyArn.slice(0, -1)}?`, 'arn:aws:kms:*', 'arn:aws:s3:::b'),
}
const oneOrMore = (pattern: fc.Arbitrary<string>) =>
  fc.oneof(pattern, fc.array(pattern, { minLength: 1, maxLength: 3 }))
const base = {
  Effect: effect,
  Action: oneOrMore(patterns.action),
  Resource: oneOrMore(patterns.resource),
}
const named = fc.constantFrom('*', ...principals.map(({ arn }) => arn), ...accounts)
const keyStatement: fc.Arbitrary<Statement> = fc.record({
  ...base,
  Principal: fc.oneof(
    { weight: 1, arbitrary: fc.constant('*' as const) },
    { weight: 6, arbitrary: fc.array(named, { minLength: 1, maxLength: 2 }).map(AWS => ({ AWS })) },
  ),
})
const identityStatement: fc.Arbitrary<Statement> = fc.record(base)
const world: fc.Arbitrary<World> = fc.record({
  principal: fc.constantFrom(...principals),
  action: fc.constantFrom('kms:Encrypt', 'kms:Decrypt'),
  key: fc.option(fc.array(keyStatement, { maxLength: 4 }), { nil: undefined, freq: 6 }),
  identity: fc.array(identityStatement, { maxLength: 3 }),
})

test('a decision agrees with the rules written out plainly', () => {
  const outcomes = new Map<string, number>()
  fc.assert(
    fc.property(world, given => {
      const expected = decidePlainly(given)
      outcomes.set(expected, (outcomes.get(expected) ?? 0) + 1)
      assert.equal(decideWorld(given).outcome, expected)
    }),
    { numRuns: 20_000 },
  )
  for (const outcome of ['allow', 'implicitDeny', 'explicitDeny']) {
    assert.ok((outcomes.get(outcome) ?? 0) > 500, `enough cases of ${outcome}`)
  }
})

test('one more Deny never allows more', () => {
  fc.assert(
    fc.property(world, keyStatement, identityStatement, fc.nat(), (given, k, i, at) => {
      const before = decideWorld(given)
      for (const after of widened(given, { ...k, Effect: 'Deny' }, { ...i, Effect: 'Deny' }, at)) {
        const { outcome } = decideWorld(after)
        assert.ok(outcome === before.outcome || outcome === 'explicitDeny')
      }
    }),
    { numRuns: 5000 },
  )
})

test('one more Allow never takes access away, and never overrides a Deny', () => {
  fc.assert(
    fc.property(world, keyStatement, identityStatement, fc.nat(), (given, k, i, at) => {
      const before = decideWorld(given)
      for (const after of widened(given, { ...k, Effect: 'Allow' }, { ...i, Effect: 'Allow' }, at)) {
        const { outcome } = decideWorld(after)
        assert.ok(outcome === before.outcome || (before.outcome === 'implicitDeny' && outcome === 'allow'))
      }
    }),
    { numRuns: 5000 },
  )
})

test('the order of statements and of policies never matters', () => {
  const shuffled = world.chain(given =>
    fc.record({
      given: fc.constant(given),
      key: given.key === undefined ? fc.constant(undefined) : permutation(given.key),
      identity: permutation(given.identity),
    }),
  )
  fc.assert(
    fc.property(shuffled, ({ given, key, identity }) => {
      assert.deepEqual(verdict(decideWorld({ ...given, key, identity })), verdict(decideWorld(given)))
    }),
    { numRuns: 5000 },
  )
})

test('the number of policies that the statements are in never matters', () => {
  fc.assert(
    fc.property(world, given => {
      const together = { ...requestOf(given), identityPolicies: [compile(given.identity, 'identity')] }
      assert.deepEqual(verdict(decide(together)), verdict(decideWorld(given)))
    }),
    { numRuns: 2000 },
  )
})

test('upper and lower case in an action never matter', () => {
  fc.assert(
    fc.property(world, given => {
      const upper = { ...given, action: given.action.toUpperCase() }
      assert.deepEqual(verdict(decideWorld(upper)), verdict(decideWorld(given)))
    }),
    { numRuns: 2000 },
  )
})

test('reasons name the statements that applied, by Sid or number', () => {
  const to = (name: string) => ({ Effect: 'Allow', Principal: { AWS: name }, Action: 'kms:*', Resource: '*' })
  const [, alice, bob] = principals
  assert.ok(alice !== undefined && bob !== undefined)
  const identity = [{ Sid: 'Mine', Effect: 'Allow', Action: 'kms:*', Resource: '*' }]
  const decision = decide({
    principal: alice,
    identityPolicies: [compilePolicy(JSON.stringify({ Statement: identity }), 'identity', 'p1')],
    action: 'kms:Encrypt',
    resource: {
      arn: keyArn,
      accountId: accounts[0],
      policy: compilePolicy(JSON.stringify({ Statement: [to(bob.arn), to(accounts[0])] }), 'key', 'k'),
    },
    context: noConditions,
  })
  assert.equal(decision.outcome, 'allow')
  assert.deepEqual(decision.reasons, [
    { policyType: 'resource-based', policy: 'k', statement: '#2', effect: 'Allow', match: 'throughAccount' },
    { policyType: 'identity-based', policy: 'p1', statement: 'Mine', effect: 'Allow', match: 'directly' },
  ])
})

function requestOf({ principal, action, key, identity }: World): AccessRequest {
  return {
    principal,
    identityPolicies: identity.map(statement => compile([statement], 'identity')),
    action,
    resource: { arn: keyArn, accountId: accounts[0], policy: key && compile(key, 'key') },
    context: noConditions,
  }
}

function decideWorld(given: World): Decision {
  return decide(requestOf(given))
}

function compile(statements: readonly Statement[], kind: 'key' | 'identity') {
  return compilePolicy(JSON.stringify({ Statement: statements }), kind, kind)
}

/** The world with one more statement: once in the key policy, once in an identity policy. */
function widened(given: World, keyOne: Statement, identityOne: Statement, at: number): World[] {
  const insert = (statements: readonly Statement[], one: Statement) =>
    statements.toSpliced(at % (statements.length + 1), 0, one)
  const withIdentity = { ...given, identity: insert(given.identity, identityOne) }
  return given.key === undefined
    ? [withIdentity]
    : [{ ...given, key: insert(given.key, keyOne) }, withIdentity]
}

function permutation<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length })
}

/** A decision without its reasons, whose order follows the order of the statements. */
function verdict(decision: Decision): unknown {
  return decision.outcome === 'implicitDeny'
    ? [decision.outcome, decision.missing]
    : [decision.outcome, decision.reasons.length]
}

/** The rules for policies without conditions (IAM user guide, "Policy evaluation logic"). */
function decidePlainly({ principal, action, key, identity }: World): Decision['outcome'] {
  const listOf = (value: string | readonly string[]) => (typeof value === 'string' ? [value] : value)
  const fits = (pattern: string, value: string, flags: string) =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`, flags).test(
      value,
    )
  const applies = (statement: Statement) =>
    listOf(statement.Action).some(pattern => fits(pattern, action, 'i')) &&
    listOf(statement.Resource).some(pattern => fits(pattern, keyArn, ''))
  const namesOf = ({ Principal }: Statement) =>
    typeof Principal === 'string' ? ['*'] : (Principal?.AWS ?? [])
  const accountNames = [principal.accountId, `arn:aws:iam::${principal.accountId}:root`]
  const namesIt = (statement: Statement) =>
    namesOf(statement).some(name => ['*', principal.arn].includes(name))
  const namesAccount = (statement: Statement) => namesOf(statement).some(name => accountNames.includes(name))

  const inKey = (key ?? []).filter(item => applies(item) && (namesIt(item) || namesAccount(item)))
  const inIdentity = identity.filter(applies)
  if ([...inKey, ...inIdentity].some(item => item.Effect === 'Deny')) return 'explicitDeny'
  const isRoot = principal.type === 'Root'
  const identityAllows = isRoot || inIdentity.length > 0
  const isHome = principal.accountId === accounts[0]
  if (key === undefined) return isHome && identityAllows ? 'allow' : 'implicitDeny'
  if (inKey.length === 0) return 'implicitDeny'
  if (isHome && (isRoot || inKey.some(namesIt))) return 'allow'
  return identityAllows ? 'allow' : 'implicitDeny'
}
