import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parsePolicy } from './policy-document.ts'
import { type PolicyKind, policyGrammars } from './policy-kind.ts'
import { PolicyProblem } from './policy-problem.ts'

const account = '111122223333'
const alice = `arn:aws:iam::${account}:user/alice`
const allow = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }
const withStatement = (statement: unknown) => JSON.stringify({ Version: '2012-10-17', Statement: statement })
const key = (change: object) => withStatement({ ...allow, ...change })

describe('the grammar (IAM user guide, "Grammar of the IAM JSON policy language")', () => {
  test('a policy has one statement or a list of them', () => {
    const one = parsePolicy(withStatement(allow), 'key')
    assert.deepEqual(one, parsePolicy(withStatement([allow]), 'key'))
    assert.deepEqual(one.statements, [
      {
        sid: undefined,
        effect: 'Allow',
        principals: { isNot: false, items: [{ type: 'everyone' }] },
        actions: { isNot: false, items: ['kms:*'] },
        resources: { isNot: false, items: [{ text: '*', template: [{ type: 'text', text: '*' }] }] },
        conditions: [],
      },
    ])
  })

  test('a statement has one action or resource, or a list of them', () => {
    const one = parsePolicy(key({ Action: 'kms:Encrypt', Resource: 'r' }), 'key')
    assert.deepEqual(parsePolicy(key({ Action: ['kms:Encrypt'], Resource: ['r'] }), 'key'), one)
    const two = parsePolicy(key({ Action: ['kms:Encrypt', 'kms:Decrypt'] }), 'key')
    assert.deepEqual(two.statements[0]?.actions.items, ['kms:Encrypt', 'kms:Decrypt'])
  })

  const principals: [name: string, principal: unknown, expected: unknown[]][] = [
    ['everyone', '*', [{ type: 'everyone' }]],
    ['everyone, as {"AWS": "*"}', { AWS: '*' }, [{ type: 'everyone' }]],
    ['an account by its number', { AWS: account }, [{ type: 'account', accountId: account }]],
    [
      'an account by its root',
      { AWS: `arn:aws:iam::${account}:root` },
      [{ type: 'account', accountId: account }],
    ],
    [
      'an account of another partition',
      { AWS: `arn:aws-cn:iam::${account}:root` },
      [{ type: 'account', accountId: account }],
    ],
    ['a user', { AWS: alice }, [{ type: 'arn', arn: alice }]],
    [
      'a user with a path',
      { AWS: `arn:aws:iam::${account}:user/division/abc/alice` },
      [{ type: 'arn', arn: `arn:aws:iam::${account}:user/division/abc/alice` }],
    ],
    [
      'a role',
      { AWS: `arn:aws:iam::${account}:role/R` },
      [{ type: 'arn', arn: `arn:aws:iam::${account}:role/R` }],
    ],
    [
      'a session',
      { AWS: `arn:aws:sts::${account}:assumed-role/R/s` },
      [{ type: 'arn', arn: `arn:aws:sts::${account}:assumed-role/R/s` }],
    ],
    [
      'a list',
      { AWS: [alice, account] },
      [
        { type: 'arn', arn: alice },
        { type: 'account', accountId: account },
      ],
    ],
    ['a service', { Service: 's3.amazonaws.com' }, [{ type: 'service', service: 's3.amazonaws.com' }]],
    [
      'an identity provider',
      { Federated: 'accounts.google.com' },
      [{ type: 'federated', provider: 'accounts.google.com' }],
    ],
    [
      'several kinds',
      { AWS: alice, Service: 'ec2.amazonaws.com' },
      [
        { type: 'arn', arn: alice },
        { type: 'service', service: 'ec2.amazonaws.com' },
      ],
    ],
  ]
  for (const [name, Principal, expected] of principals) {
    test(`a principal: ${name}`, () => {
      assert.deepEqual(parsePolicy(key({ Principal }), 'key').statements[0]?.principals?.items, expected)
    })
  }

  const taken: Record<string, [string, PolicyKind]> = {
    'no Version': [JSON.stringify({ Statement: allow }), 'key'],
    'the older Version': [JSON.stringify({ Version: '2008-10-17', Statement: allow }), 'key'],
    'an Id': [JSON.stringify({ Id: 'key-default-1', Statement: allow }), 'key'],
    'a Sid with spaces, as the default policy has': [key({ Sid: 'Enable IAM User Permissions' }), 'key'],
    'two statements without a Sid': [withStatement([allow, allow]), 'key'],
    'two statements with an empty Sid': [
      withStatement([
        { ...allow, Sid: '' },
        { ...allow, Sid: '' },
      ]),
      'key',
    ],
    'no Action, as AWS KMS does': [key({ Action: undefined }), 'key'],
    'no Resource, as AWS KMS does': [key({ Resource: undefined }), 'key'],
    'white space': [` \n\t${key({})}\r\n `, 'key'],
    'the action *': [key({ Action: '*' }), 'key'],
    'an action with wildcards': [key({ Action: 'kms:Re?ncrypt*' }), 'key'],
    'an action of another service': [key({ Action: 's3:GetObject' }), 'key'],
    'an identity policy': [withStatement({ Effect: 'Deny', Action: 'kms:*', Resource: '*' }), 'identity'],
    'letters of other scripts in a Sid': [key({ Sid: 'été 鍵 😀' }), 'key'],
  }
  for (const [name, [text, kind]] of Object.entries(taken)) {
    test(`accepts ${name}`, () => {
      assert.doesNotThrow(() => parsePolicy(text, kind))
    })
  }
})

describe('the grammar refuses', () => {
  const refused: Record<string, string | [string, PolicyKind]> = {
    'an empty text': '',
    'a text that is not JSON': 'not a policy',
    'JSON with a comment': `/* */${key({})}`,
    'JSON with a comma at the end': '{"Statement":[],}',
    'two documents': key({}) + key({}),
    'a byte-order mark': `\ufeff${key({})}`,
    'a list': '[]',
    'a string': '"policy"',
    null: 'null',
    'no Statement': '{"Version":"2012-10-17"}',
    'a Statement that is a string': withStatement('x'),
    'a Statement that is null': withStatement(null),
    'a list of lists': withStatement([[allow]]),
    'an unknown Version': '{"Version":"2024-01-01","Statement":[]}',
    'a Version that is a number': '{"Version":20121017,"Statement":[]}',
    'an Id that is a number': '{"Id":1,"Statement":[]}',
    'an unknown element': '{"Statement":[],"Comment":"x"}',
    'an element in the wrong case': JSON.stringify({ statement: [allow] }),
    'an unknown element of a statement': key({ Comment: 'x' }),
    'an element of a statement in the wrong case': key({ action: 'kms:*' }),
    'no Effect': key({ Effect: undefined }),
    'an Effect in the wrong case': key({ Effect: 'allow' }),
    'an Effect that is a list': key({ Effect: ['Allow'] }),
    'a Sid that is a number': key({ Sid: 1 }),
    'one Sid twice': withStatement([
      { ...allow, Sid: 'a' },
      { ...allow, Sid: 'a' },
    ]),
    'an Action that is a number': key({ Action: 1 }),
    'an Action that is null': key({ Action: null }),
    'an Action in a list in a list': key({ Action: [['kms:*']] }),
    'an Action without a service': key({ Action: 'Encrypt' }),
    'an Action without a name': key({ Action: 'kms:' }),
    'an Action with a wildcard service': key({ Action: '*:Encrypt' }),
    'an Action with a space': key({ Action: 'kms: Encrypt' }),
    'an Action with a line end': key({ Action: 'kms:Encrypt\n' }),
    'an empty Action': key({ Action: '' }),
    'a Resource that is an object': key({ Resource: {} }),
    'a key policy without Principal': key({ Principal: undefined }),
    'a Principal that is null': key({ Principal: null }),
    'a Principal that is an ARN by itself': key({ Principal: alice }),
    'a Principal that is a list': key({ Principal: [alice] }),
    'an empty Principal': key({ Principal: {} }),
    'an empty list of principals': key({ Principal: { AWS: [] } }),
    'an unknown kind of principal': key({ Principal: { User: alice } }),
    'a principal that is a number': key({ Principal: { AWS: 111122223333 } }),
    'a group': key({ Principal: { AWS: `arn:aws:iam::${account}:group/g` } }),
    'a policy as principal': key({ Principal: { AWS: `arn:aws:iam::${account}:policy/p` } }),
    'a key as principal': key({ Principal: { AWS: `arn:aws:kms:us-east-1:${account}:key/k` } }),
    'a principal with a wildcard in its name': key({ Principal: { AWS: `arn:aws:iam::${account}:user/*` } }),
    'a principal with a question mark': key({ Principal: { AWS: `arn:aws:iam::${account}:user/alic?` } }),
    'a principal of any account': key({ Principal: { AWS: 'arn:aws:iam::*:root' } }),
    'a principal without account': key({ Principal: { AWS: 'arn:aws:iam:::user/alice' } }),
    'a principal without a name': key({ Principal: { AWS: `arn:aws:iam::${account}:user/` } }),
    'an account of eleven digits': key({ Principal: { AWS: '11112222333' } }),
    'a service that cannot exist': key({ Principal: { Service: '*' } }),
    'an identity policy with Principal': [withStatement(allow), 'identity'],
    'an identity policy with Principal null': [withStatement({ ...allow, Principal: null }), 'identity'],
  }
  for (const [name, given] of Object.entries(refused)) {
    const [text, kind] = typeof given === 'string' ? ([given, 'key'] as const) : given
    test(name, () => {
      assert.throws(() => parsePolicy(text, kind), PolicyProblem)
    })
  }
})

describe('duplicate members, which JSON parsers read differently,', () => {
  const statement = (members: string) => `{"Version":"2012-10-17","Statement":[{${members}}]}`
  const good = '"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"'
  const twice: Record<string, string> = {
    'in the document': '{"Statement":[],"Statement":[]}',
    'in a statement': statement(`${good},"Effect":"Deny"`),
    'in a statement, with the same value': statement(`${good},"Effect":"Allow"`),
    'in a principal': statement(
      `"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":{"AWS":"${alice}","AWS":"*"}`,
    ),
    'with a JSON escape': statement(`${good},"\\u0045ffect":"Deny"`),
    'after a string that looks like structure': statement(`"Sid":"}],{\\"Effect\\":","Sid":"b",${good}`),
    'called __proto__': statement(`${good},"__proto__":{},"__proto__":{}`),
  }
  for (const [name, text] of Object.entries(twice)) {
    test(`are refused ${name}`, () => {
      assert.throws(() => parsePolicy(text, 'key'), PolicyProblem)
    })
  }

  test('are accepted in different objects', () => {
    assert.doesNotThrow(() => parsePolicy(withStatement([allow, allow, allow]), 'key'))
    assert.doesNotThrow(() => parsePolicy(key({ Sid: '{"Effect":1,"Effect":2}' }), 'key'))
    assert.doesNotThrow(() => parsePolicy(key({ Sid: 'a \\" : \\\\' }), 'key'))
  })
})

describe('large and deep documents are answered fast', () => {
  const million = 1_000_000
  const documents: Record<string, string> = {
    'lists in lists': '['.repeat(million),
    'lists in lists, closed': '['.repeat(million) + ']'.repeat(million),
    'objects in objects': `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`,
    'a deep Statement': `{"Statement":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    'quotes alone': '"'.repeat(million),
    'backslashes in a string': `{"Id":"${'\\\\'.repeat(million / 2)}"}`,
    'an open string': `{"Id":"${'a'.repeat(million)}`,
    'an open string of escapes': `{"Id":"${'\\"'.repeat(million / 2)}`,
    'a long Sid': key({ Sid: 'a'.repeat(10 * million) }),
    'a long Action': key({ Action: `kms:${'a'.repeat(million)}!` }),
    'a long principal': key({ Principal: { AWS: `arn:aws:iam::${account}:user/${'a/'.repeat(million)}!` } }),
    'a long service': key({ Principal: { Service: 'a.'.repeat(million) } }),
    'many statements': withStatement(Array(20_000).fill(allow)),
    'many actions': key({ Action: Array(100_000).fill('kms:Encrypt') }),
    'many members': `{${Array.from({ length: 100_000 }, (_, i) => `"m${i}":0`).join()}}`,
    'spaces alone': ' '.repeat(million),
  }
  for (const [name, text] of Object.entries(documents)) {
    test(name, () => {
      try {
        parsePolicy(text, 'key')
      } catch (error) {
        assert.ok(error instanceof PolicyProblem, String(error))
      }
    })
  }
})

test('a session policy accepts only whole ARNs', () => {
  const sessionPolicy = (Resource: string) =>
    parsePolicy(
      JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'kms:*', Resource } }),
      'session',
    )
  for (const Resource of ['arn:aws:kms', 'arn:aws:kms:us-east-1', 'arn:aws:kms:us-east-1:111122223333'])
    assert.throws(() => sessionPolicy(Resource), PolicyProblem)
  for (const Resource of ['*', 'arn:aws:kms:*:*:*', `arn:aws:kms:*:*:key/${'$'}{aws:username}`])
    assert.equal(sessionPolicy(Resource).statements.length, 1)
})

test('any text is parsed or refused, and nothing else is thrown', () => {
  const kinds = Object.keys(policyGrammars) as PolicyKind[]
  const names = fc.constantFrom(
    ...[
      'Version',
      'Id',
      'Statement',
      'Sid',
      'Effect',
      'Principal',
      'Action',
      'AWS',
      'Condition',
      'NotAction',
    ],
    ...['StringEquals', 'Bool', 'aws:username', '__proto__'],
  )
  const leaves = fc.oneof(fc.constantFrom('Allow', 'Deny', '*', 'kms:*', alice, account), fc.jsonValue())
  const { tree } = fc.letrec(tie => ({
    tree: fc.oneof({ maxDepth: 4 }, leaves, fc.dictionary(names, tie('tree')), fc.array(tie('tree'))),
  }))
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    tree.map(value => JSON.stringify(value)),
    tree.map(value => JSON.stringify({ Statement: value })),
    fc.json(),
  )
  fc.assert(
    fc.property(texts, fc.constantFrom(...kinds), (text, kind) => {
      try {
        parsePolicy(text, kind)
      } catch (error) {
        assert.ok(error instanceof PolicyProblem, String(error))
      }
    }),
    { numRuns: 5000 },
  )
})
