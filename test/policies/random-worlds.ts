import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { AccessGrant } from '../../src/access/index.ts'
import { abroad, home, keyArn, principals } from './cases.ts'
import type { NaiveDocument, NaiveStatement, NaiveWorld } from './naive.ts'

// Random policies and requests. Their world is small, so that statements often apply, and condition keys are often missing.

const users = ['alice', 'root', 'reader', 'pat', 's3', 'erin', 'visitor', 'slr'].map(
  name => principals.get(name) ?? assert.fail(name),
)
const reader = principals.get('reader')
const roleArn = reader?.type === 'AssumedRole' ? reader.roleArn : assert.fail()
const listOf = <T>(item: fc.Arbitrary<T>, minLength = 1) =>
  fc.oneof(item, fc.array(item, { minLength, maxLength: 2 }))

const actions = fc.constantFrom('*', 'kms:*', 'kms:Encrypt', 'KMS:enc*', 'kms:?ecrypt', 's3:*')
const resources = fc.constantFrom(
  ...[
    '*',
    '*',
    keyArn,
    'arn:aws:kms:*:*:*',
    `arn:aws:kms:*:${home}:key/1*`,
    'arn:aws:kms:us-east-1:*:alias/*',
  ],
  ...[`${keyArn.slice(0, -12)}$\{aws:username}`, `${keyArn.slice(0, -12)}$\{aws:username, '1234567890ab'}`],
)
const named = fc.constantFrom(
  '*',
  home,
  roleArn,
  ...users.filter(p => p.type !== 'AWSService').map(p => p.arn),
)
const principal = fc.oneof(
  { weight: 2, arbitrary: fc.constant('*') },
  { weight: 6, arbitrary: fc.record({ AWS: listOf(named) }) },
  { weight: 1, arbitrary: fc.constantFrom<object>({ Service: 's3.amazonaws.com' }) },
)
/** An element, or sometimes its Not… form. */
const element = <T>(name: string, value: fc.Arbitrary<T>) =>
  fc.tuple(fc.constantFrom(name, name, name, name, `Not${name}`), value)

const conditionOf = (operators: readonly string[], keys: readonly string[], values: readonly unknown[]) =>
  fc.tuple(
    fc.tuple(
      fc.constantFrom('', '', '', 'ForAnyValue:', 'ForAllValues:'),
      fc.constantFrom(...operators),
      fc.constantFrom('', '', 'IfExists'),
    ),
    fc.constantFrom(...keys),
    listOf(fc.constantFrom(...values), 0),
  )
const numbers = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals']
const texts = [
  ...['a', 'A', 'b', 'a*', '?', '', '*'],
  ...[
    `$\{aws:username}`,
    `$\{aws:username}*`,
    `$\{aws:PrincipalTag/t}`,
    `$\{aws:PrincipalTag/t, 'a'}`,
    `a$\{*}`,
  ],
]
const condition = fc.oneof(
  conditionOf(
    ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
    ['aws:username', 'AWS:TagKeys', 'aws:PrincipalTag/t'],
    texts,
  ),
  conditionOf(['StringLike', 'StringNotLike'], ['aws:UserName', 'aws:TagKeys'], texts),
  conditionOf(
    numbers.map(name => `Numeric${name}`),
    ['kms:RotationPeriodInDays'],
    ['90', 365, '365.0', '3.65e2', '9e1'],
  ),
  conditionOf(
    numbers.map(name => `Date${name}`),
    ['aws:CurrentTime'],
    ['2026-01-01T00:00:00Z', '2026-01-02', '2026-01-01T01:00:00+01:00'],
  ),
  conditionOf(['Bool'], ['aws:SecureTransport'], ['true', false, 'TRUE']),
  conditionOf(['BinaryEquals'], ['aws:UserAgent'], ['QUJD', 'QQ==']),
  conditionOf(
    ['IpAddress', 'NotIpAddress'],
    ['aws:SourceIp'],
    ['10.0.0.0/8', '10.1.0.0/17', '10.1.2.3', '2001:db8::/33', '::/0', '0.0.0.0/0'],
  ),
  conditionOf(
    ['ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike'],
    ['aws:SourceArn'],
    ['*', 'arn:aws:s3:::a', 'arn:aws:s3:::*', 'arn:*:a', 'arn:aws:*:*:*:a', `arn:aws:s3:::$\{aws:username}`],
  ),
)
const conditions = fc
  .tuple(fc.array(condition, { maxLength: 2 }), fc.option(fc.constantFrom('true', false), { freq: 5 }))
  .map(([items, isNull]) => {
    const block: Record<string, Record<string, unknown>> = {}
    for (const [name, key, values] of items) block[name.join('')] = { ...block[name.join('')], [key]: values }
    if (isNull !== null) block['Null'] = { 'aws:TagKeys': isNull }
    return block
  })

export const context = fc
  .record({
    'aws:username': fc.constantFrom(['a'], ['b'], ['1234567890ab'], ['*'], [''], undefined),
    'aws:principaltag/t': fc.constantFrom(['a'], undefined),
    'aws:tagkeys': fc.constantFrom(['a'], ['a', 'b'], ['b', 'A'], [], [''], undefined),
    'kms:rotationperiodindays': fc.constantFrom(['90'], ['364'], ['365'], undefined),
    'aws:currenttime': fc.constantFrom(['2026-01-01T00:00:00Z'], ['2026-01-02T10:00:00.5Z'], undefined),
    'aws:securetransport': fc.constantFrom(['true'], ['false'], ['yes'], undefined),
    'aws:useragent': fc.constantFrom(['QUJD'], undefined),
    'aws:sourceip': fc.constantFrom(['10.1.2.3'], ['10.1.200.1'], ['2001:db8:1::1'], ['x'], undefined),
    'aws:sourcearn': fc.constantFrom(['arn:aws:s3:::a'], ['arn:aws:s3:::b:a'], ['x'], undefined),
  })
  .map(values => {
    const present = Object.entries(values).flatMap(([key, list]) =>
      list === undefined ? [] : [[key, list] as const],
    )
    return Object.fromEntries<readonly string[]>(present)
  })

function statementOf(hasPrincipal: boolean, effect = fc.constantFrom('Allow', 'Allow', 'Deny')) {
  return fc
    .tuple(
      effect,
      element('Principal', principal),
      element('Action', listOf(actions)),
      element('Resource', listOf(resources)),
      fc.option(conditions, { freq: 2 }),
    )
    .map(
      ([Effect, who, action, resource, Condition]) =>
        ({
          Effect,
          ...Object.fromEntries(hasPrincipal ? [who, action, resource] : [action, resource]),
          ...(Condition === null ? {} : { Condition }),
        }) as NaiveStatement,
    )
}

const version = fc.constantFrom('2012-10-17', '2012-10-17', '2012-10-17', '2008-10-17')
const documentOf = (statement: fc.Arbitrary<NaiveStatement>, maxLength = 3): fc.Arbitrary<NaiveDocument> =>
  fc.record({ Version: version, Statement: fc.array(statement, { minLength: 1, maxLength }) })
const optional = <T>(value: fc.Arbitrary<T>, freq: number) => fc.option(value, { nil: undefined, freq })
const ofIdentity = documentOf(statementOf(false))
const ofResource = documentOf(statementOf(true))
/** Resource control policies: they deny something to everyone. */
const ofResourceControl = documentOf(
  statementOf(false, fc.constant('Deny')).map(({ NotAction, Action = NotAction, ...statement }) => ({
    ...statement,
    // Their actions name a service.
    Action: [Action].flat().map(action => (action === '*' ? 'kms:*' : action)),
    Principal: '*',
  })),
)
const open: NaiveDocument = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
/** Often open, so that the policies that are evaluated after it matter. */
const mostlyOpen = fc.oneof({ weight: 2, arbitrary: fc.constant(open) }, { weight: 1, arbitrary: ofIdentity })

const grant: fc.Arbitrary<AccessGrant> = fc.record({
  grantId: fc.constant('g1'),
  issuingAccountId: fc.constantFrom(home, abroad),
  match: fc.constantFrom<AccessGrant['match'][]>('directly', 'throughRole', 'throughAccount'),
})

export const world: fc.Arbitrary<NaiveWorld> = fc.record({
  principal: fc.constantFrom(...users),
  action: fc.constantFrom('kms:Encrypt', 'kms:Decrypt'),
  resource: fc.constant({ arn: keyArn, accountId: home }),
  context,
  policies: fc.record({
    key: optional(ofResource, 8),
    identity: fc.array(mostlyOpen, { maxLength: 2 }),
    boundary: optional(mostlyOpen, 2),
    session: optional(fc.array(mostlyOpen, { maxLength: 2 }), 2),
    serviceControl: optional(fc.array(fc.array(mostlyOpen, { maxLength: 2 }), { maxLength: 2 }), 2),
    resourceControl: optional(fc.array(fc.array(ofResourceControl, { maxLength: 1 }), { maxLength: 2 }), 2),
    endpoint: optional(ofResource, 2),
    grant: optional(grant, 2),
  }),
})

/** The world with `extra` applied to every policy. */
export function extend(
  given: NaiveWorld,
  extra: (document: NaiveDocument, isOfResource: boolean) => NaiveDocument,
) {
  const { key, identity, boundary, session, serviceControl, endpoint } = given.policies
  return {
    ...given,
    policies: {
      ...given.policies,
      key: key && extra(key, true),
      identity: identity.map(document => extra(document, false)),
      boundary: boundary && extra(boundary, false),
      session: session?.map(document => extra(document, false)),
      serviceControl: serviceControl?.map(level => level.map(document => extra(document, false))),
      endpoint: endpoint && extra(endpoint, true),
    },
  }
}

/** A world, and statements of one effect, which `extended` inserts into some of its policies. */
export const changes = (effect: 'Allow' | 'Deny') =>
  fc.record({
    given: world,
    ofResource: statementOf(true, fc.constant(effect)),
    ofIdentity: statementOf(false, fc.constant(effect)),
    at: fc.nat(5),
    which: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
  })

/** The world of a change, with its statements inserted. */
export function extended(
  change: typeof changes extends (effect: never) => fc.Arbitrary<infer T> ? T : never,
): NaiveWorld {
  let index = 0
  return extend(change.given, (document, isOfResource) => {
    if (!change.which[index++ % 12]) return document
    const statement = isOfResource ? change.ofResource : change.ofIdentity
    return { ...document, Statement: document.Statement.toSpliced(change.at, 0, statement) }
  })
}
