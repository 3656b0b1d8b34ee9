import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Principal } from '../../domain/index.ts'
import { type AccessRequest, decide } from '../decide.ts'
import { explain, missedAllows } from '../explain/explain.ts'
import { type CompiledPolicy, compilePolicy } from '../policy/compile.ts'
import { StepBudget, stepsMax } from './step-budget.ts'

// The cost of a decision in counted steps, whatever the policies and the request are. The bounds are ours: AWS does not publish
// how much it evaluates.

const account = '111122223333'
const keyArn = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
const alice: Principal = {
  type: 'IAMUser',
  accountId: account,
  arn: `arn:aws:iam::${account}:user/alice`,
  principalId: 'AIDAALICE',
  userName: 'alice',
}
const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i))
const compile = (statements: object | object[], kind: 'key' | 'identity') =>
  compilePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), kind, kind)
const statement = (Effect: string, Condition?: object) => ({
  Effect,
  Principal: '*',
  Action: 'kms:*',
  Resource: '*',
  ...(Condition && { Condition }),
})
const allow = statement('Allow')
const deny = (operator: string, key: string, values: readonly string[]) =>
  statement('Deny', { [operator]: { [key]: values } })

/** A Deny with many values. */
const denyMany = (operator: string, key: string, count: number, make: (index: number) => string) =>
  deny(operator, key, many(count, make))

type Values = Readonly<Record<string, readonly string[]>>

function requestOf(policy: CompiledPolicy, values: Values = {}): AccessRequest & { budget: StepBudget } {
  const byKey = new Map(Object.entries(values).map(([key, of]) => [key.toLowerCase(), of]))
  return {
    principal: alice,
    identityPolicies: [],
    action: 'kms:Encrypt',
    resource: { arn: keyArn, accountId: account, policy },
    context: { valuesOf: key => byKey.get(key) },
    budget: new StepBudget(),
  }
}

/** Decides and returns the outcome with the steps that were taken. */
function decided(statements: object[], values: Values) {
  const request = requestOf(compile([allow, ...statements], 'key'), values)
  const { outcome } = decide(request)
  return { outcome, spent: request.budget.spent }
}

const context = 'kms:EncryptionContext:a'
const contextKeys = 'kms:EncryptionContextKeys'
const username = 'aws:username'
const variable = `$\{${context}}`
const long = 'a'.repeat(60_000)
const names = many(10_000, index => `k${index}`)

describe('a decision that would take too many steps denies, although only a Deny was not evaluated', () => {
  const attacks: Record<string, [statements: object[], values: Values]> = {
    'patterns that almost match everywhere': [
      [denyMany('StringLike', context, 700, () => `*${'a'.repeat(38)}?*`)],
      { [context]: [`${'a'.repeat(37)}b`.repeat(23_000)] },
    ],
    'patterns with ? on a long value': [
      [denyMany('StringLike', context, 4000, () => '*a?c*')],
      { [context]: ['ab'.repeat(450_000)] },
    ],
    'patterns on many values': [
      [denyMany('ForAnyValue:StringLike', contextKeys, 3000, index => `*x${index}`)],
      { [contextKeys]: names },
    ],
    'beginnings on many values': [
      [denyMany('ForAnyValue:StringLike', contextKeys, 3000, index => `x${index}*`)],
      { [contextKeys]: names },
    ],
    'statements on many values': [
      many(300, index => deny('ForAnyValue:StringEqualsIgnoreCase', contextKeys, [`x${index}`])),
      { [contextKeys]: names },
    ],
    'numbers on many values': [
      [denyMany('ForAnyValue:NumericEquals', contextKeys, 2000, index => `${index}`)],
      { [contextKeys]: many(1000, index => `${9000 + index}`) },
    ],
    'addresses on many values': [
      [denyMany('ForAnyValue:IpAddress', contextKeys, 2000, index => `10.0.${index % 200}.0/24`)],
      { [contextKeys]: many(1000, index => `192.0.2.${index % 200}`) },
    ],
    'ARNs on many values': [
      [denyMany('ForAnyValue:ArnLike', contextKeys, 700, index => `arn:aws:a:*:*:x${index}*`)],
      { [contextKeys]: many(1000, index => `arn:aws:a:b:c:y${index}`) },
    ],
    'variables that grow': [
      [denyMany('StringLike', username, 900, () => `${variable}x`)],
      { [context]: [long], [username]: ['b'] },
    ],
    'a long part with ? inside': [
      [deny('StringLike', context, [`*${'a?'.repeat(15_000)}b*`])],
      { [context]: [long] },
    ],
    'a part of many different characters': [
      [
        deny('StringLike', context, [
          `*${'a'.repeat(200)}${String.fromCharCode(...many(20_000, index => 1000 + index))}?b*`,
        ]),
      ],
      { [context]: [long] },
    ],
    'texts in Base64': [
      many(300, () => deny('BinaryEquals', context, ['QUJD'])),
      { [context]: ['QUJE'.repeat(15_000)] },
    ],
    'NotResource with variables': [
      [
        {
          ...statement('Deny'),
          Resource: undefined,
          NotResource: many(900, () => `arn:aws:a:::${variable}x`),
        },
      ],
      { [context]: [long] },
    ],
  }
  for (const [name, [statements, values]] of Object.entries(attacks)) {
    test(name, () => {
      const { outcome, spent } = decided(statements, values)
      assert.equal(outcome, 'undecided')
      // The last count that was refused is not taken any more.
      assert.ok(spent > stepsMax, `${spent} steps`)
    })
  }
})

describe('a decision of linear cost is made', () => {
  const linear: Record<string, [statements: object[], values: Values, outcome: string]> = {
    'texts are looked up, however many there are': [
      [denyMany('ForAnyValue:StringEquals', contextKeys, 4000, index => `x${index}`)],
      { [contextKeys]: many(70_000, index => `k${index}`) },
      'allow',
    ],
    'texts of StringLike without wildcards are looked up': [
      [denyMany('ForAnyValue:StringLike', contextKeys, 4000, index => `x${index}`)],
      { [contextKeys]: [...names, 'x3999'] },
      'explicitDeny',
    ],
    'a long part that almost fits everywhere': [
      [deny('StringLike', context, [`*${'a'.repeat(30_000)}b*`])],
      { [context]: [long] },
      'allow',
    ],
    'a long part that fits at the end': [
      [deny('StringLike', context, [`*${'a'.repeat(30_000)}b*`])],
      { [context]: [`${long}b`] },
      'explicitDeny',
    ],
    'many parts': [
      [deny('StringLike', context, [`${'*a'.repeat(15_000)}*b`])],
      { [context]: [long] },
      'allow',
    ],
    'a variable that is replaced once for many values': [
      [deny('ForAnyValue:StringLike', contextKeys, [`${variable}*`])],
      { [contextKeys]: names, [context]: ['a'.repeat(20_000)] },
      'allow',
    ],
  }
  for (const [name, [statements, values, expected]] of Object.entries(linear)) {
    test(name, () => {
      const { outcome, spent } = decided(statements, values)
      assert.equal(outcome, expected)
      assert.ok(spent < stepsMax, `${spent} steps`)
    })
  }
})

describe('the steps of a search grow with the value, and not faster', () => {
  const patterns: Record<string, string> = {
    'almost fits': `*${'a'.repeat(500)}b*`,
    'ends with ?': `*${'a'.repeat(38)}?b*`,
    'many parts': `*${'ab*'.repeat(200)}c`,
    'a part with ? inside': `*${'a?a'.repeat(20)}b*`,
  }
  for (const [name, pattern] of Object.entries(patterns)) {
    test(name, () => {
      const stepsFor = (length: number) =>
        decided([deny('StringLike', context, [pattern])], {
          [context]: ['ab'.repeat(length / 4) + 'a'.repeat(length / 2)],
        }).spent
      const [short, twice] = [stepsFor(20_000), stepsFor(40_000)]
      assert.ok(twice < 2.1 * short, `${short} steps, ${twice} for twice the length`)
    })
  }

  test('a search looks at no more characters than it counts', t => {
    let total = 0
    for (const pattern of Object.values(patterns)) {
      const request = requestOf(compile([allow, deny('StringLike', context, [pattern])], 'key'), {
        [context]: [`${'a'.repeat(37)}b`.repeat(200)],
      })
      const looks = t.mock.method(String.prototype, 'charCodeAt')
      decide(request)
      const count = looks.mock.callCount()
      looks.mock.restore()
      assert.ok(count <= request.budget.spent, `${count} of ${request.budget.spent}`)
      total += count
    }
    assert.ok(total > 10_000, `${total} characters`)
  })
})

describe('a budget', () => {
  test('is for all decisions of a call together, and denies once it is spent', () => {
    const denying = denyMany('ForAnyValue:StringLike', contextKeys, 300, index => `*x${index}`)
    const costly = compile([allow, denying], 'key')
    const request = requestOf(costly, { [contextKeys]: many(300, index => `k${index}`) })
    const outcomes = many(10, () => decide(request).outcome)
    assert.equal(outcomes[0], 'allow')
    assert.equal(outcomes.at(-1), 'undecided')
    assert.equal(
      decide({ ...request, resource: { ...request.resource, policy: compile(allow, 'key') } }).outcome,
      'undecided',
    )
    assert.equal(decide({ ...request, budget: undefined }).outcome, 'allow')
  })

  test('is not spent by the largest identity that the quotas of IAM allow', () => {
    // Ten managed policies of a user, and ten of each of its ten groups (IAM user guide, "IAM and AWS STS quotas").
    const actions = many(270, index => `service${index % 10}:Get${index}*`)
    const managed = compile(
      [
        { Effect: 'Allow', Action: actions, Resource: '*' },
        {
          Effect: 'Allow',
          Action: 'kms:*',
          Resource: many(10, index => `arn:aws:kms:*:${account}:key/${index}*`),
        },
      ],
      'identity',
    )
    const request = {
      ...requestOf(compile({ ...allow, Principal: { AWS: account } }, 'key')),
      identityPolicies: many(110, () => managed),
    }
    assert.equal(decide(request).outcome, 'allow')
    // A call that writes decides twice, and ReEncrypt about two keys.
    assert.ok(request.budget.spent < stepsMax / 4, `${request.budget.spent} steps`)
  })

  test('ends the list of the Allows that do not apply', () => {
    const missed = {
      ...statement('Allow', { StringEquals: { [context]: 'x' } }),
      Principal: { AWS: alice.arn },
    }
    const request = requestOf(
      compile(
        many(900, () => missed),
        'key',
      ),
      { [context]: [long] },
    )
    const listed = [...missedAllows({ ...request, budget: new StepBudget() }, () => true)]
    assert.ok(listed.length > 1 && listed.length < 100, `${listed.length} statements`)
  })

  test('ends an explanation with an error, or a list of policies if there is no decision', () => {
    const missed = statement('Allow', { StringEquals: { [context]: 'x' } })
    const skipped = { ...missed, Action: 's3:GetObject' }
    assert.throws(
      () =>
        explain(
          requestOf(
            compile(
              many(300, () => skipped),
              'key',
            ),
            { [context]: [long] },
          ),
        ),
      {
        code: 'ValidationException',
        message: 'The policies and the request take too many steps to explain.',
      },
    )
    const { decision, policies } = explain(
      requestOf(
        compile(
          many(300, () => missed),
          'key',
        ),
        { [context]: [long] },
      ),
    )
    assert.deepEqual([decision, policies], [{ outcome: 'undecided', reasons: [] }, []])
  })
})
