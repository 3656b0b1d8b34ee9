import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { keySpecs } from '../key-specs.ts'
import { makePolicy, type PolicyChoices } from './console-policy.ts'
import { type KeyKind, type PolicyForm, readForm, writeForm } from './policy-form.ts'

const own = '111122223333'
const other = '444455556666'
const arnOf = (name: string, account = own) => `arn:aws:iam::${account}:${name}`
const kind: KeyKind = {
  ...{ accountId: own, partition: 'aws', keyType: 'symmetric', keyUsage: 'ENCRYPT_DECRYPT' },
  ...{ origin: 'AWS_KMS', isMultiRegion: false },
}

function formOf(text: string): PolicyForm {
  const read = readForm(text, own)
  return 'form' in read ? read.form : assert.fail(read.reason)
}

// The ids of AWS's deleted users and roles: IAM user guide, "Unique identifiers".
const names = [
  ...[arnOf('user/Alice'), arnOf('role/path/Ops'), arnOf('user/Bob', other), 'AIDACKCEVSQ6C2EXAMPLE'],
  ...['AROADBQP57FF2AEXAMPLE', 'arn:aws:sts::111122223333:assumed-role/Ops/one'],
]
const people = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 4 })
const accounts = fc.uniqueArray(fc.constantFrom(other, '777788889999'))
const wanted = fc.record({
  administrators: people,
  mayDelete: fc.boolean(),
  users: people,
  otherAccounts: accounts,
})

const kinds = Object.values(keySpecs).flatMap(({ type, algorithms }) =>
  Object.keys(algorithms).map(usage => ({ keyType: type, keyUsage: usage as PolicyChoices['keyUsage'] })),
)
const kindsOfKeys = fc
  .record({
    of: fc.constantFrom(...kinds),
    origin: fc.constantFrom<PolicyChoices['origin']>('AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM'),
    isMultiRegion: fc.boolean(),
  })
  .map(({ of, ...rest }): KeyKind => ({ ...kind, ...of, ...rest }))

/** The parts of a form that somebody changes, without an order. */
const essence = ({
  administrators,
  mayDelete,
  users,
  otherAccounts,
}: Omit<PolicyForm, 'others' | 'taken'>) => ({
  ...{ administrators: administrators.toSorted(), users: users.toSorted() },
  ...{ otherAccounts: otherAccounts.toSorted(), mayDelete: administrators.length === 0 || mayDelete },
})

test('every policy that the wizard makes is recognised, and nothing of it is left over', () => {
  fc.assert(
    fc.property(kindsOfKeys, wanted, fc.constantFrom(0, 2, '\t'), (of, choices, indent) => {
      const text = JSON.stringify(makePolicy({ ...of, ...choices }), null, indent)
      const form = formOf(text)
      assert.deepEqual(essence(form), essence(choices))
      assert.deepEqual([form.others, form.taken], [[], []])
      assert.equal(writeForm(text, form, of), text)
    }),
  )
})

/** Statements that the form must not know: near ones, because they allow more, less or to somebody else. */
const plain = { Effect: 'Allow', Principal: { AWS: arnOf('user/Eve') }, Action: 'kms:Decrypt', Resource: '*' }
const strangers: readonly object[] = [
  { ...plain, Sid: 'a "quoted" {title} ]}, ü' },
  { ...plain, Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
  {
    ...plain,
    Principal: { Service: 'logs.us-east-1.amazonaws.com' },
    Action: ['kms:Encrypt*', 'kms:Decrypt*'],
  },
  { ...plain, Principal: { AWS: arnOf('root', other) }, Action: 'kms:*' },
  {
    ...plain,
    Principal: undefined,
    NotPrincipal: { AWS: arnOf('user/Eve') },
    Action: undefined,
    NotAction: 'kms:*',
  },
  { ...plain, Action: 'kms:*' },
]
const strangersAsText = fc.array(
  fc.record({ value: fc.constantFrom(...strangers), indent: fc.constantFrom(0, 1, 4, '\t') }),
  { maxLength: 3 },
)
const textOfStranger = ({ value, indent }: { value: object; indent: number | string }) =>
  JSON.stringify(value, null, indent)

test('a form that changes keeps everything that it does not know, character for character', () => {
  const changes = fc.array(wanted, { minLength: 1, maxLength: 4 })
  const places = fc.array(fc.nat(), { minLength: 3, maxLength: 3 })
  fc.assert(
    fc.property(
      fc.record({
        first: wanted,
        of: kindsOfKeys,
        found: strangersAsText,
        places,
        changes,
        isLong: fc.boolean(),
      }),
      ({ first, of, found, places: at, changes: all, isLong }) => {
        const policy = makePolicy({ ...of, ...first })
        const statements = policy.Statement.map(item => JSON.stringify(item, null, isLong ? 2 : 0))
        const others = found.map(textOfStranger)
        for (const [index, text] of others.entries())
          statements.splice((at[index] ?? 0) % (statements.length + 1), 0, text)
        const kept = statements.filter(text => others.includes(text))
        const gap = isLong ? '\n    ' : ''
        let text = ` { "Id" : "mine"${gap}, "Statement": [${gap}${statements.join(`,${gap}`)}${gap}], "Version":"2012-10-17"} `
        for (const change of all) {
          text = writeForm(text, { ...formOf(text), ...change }, of)
          const { Statement, ...rest } = JSON.parse(text)
          assert.deepEqual(rest, { Id: 'mine', Version: '2012-10-17' })
          assert.ok(text.startsWith(` { "Id" : "mine"${gap}, "Statement": [`), text)
          assert.ok(text.endsWith('], "Version":"2012-10-17"} '), text)
          assert.deepEqual(essence(formOf(text)), essence(change))
          assert.equal(formOf(text).others.length, kept.length)
          assertInOrder(text, kept)
          // A policy that the form wrote is the one of the wizard for the same choices, apart from the order.
          const expected = makePolicy({ ...of, ...change }).Statement.map(sorted)
          const ours = Statement.map(sorted).filter(
            (item: string) => !others.map(o => sorted(JSON.parse(o))).includes(item),
          )
          assert.deepEqual(ours.sort(), expected.sort())
        }
      },
    ),
  )
})

function assertInOrder(text: string, parts: readonly string[]): void {
  let from = 0
  for (const part of parts) {
    const at = text.indexOf(part, from)
    assert.ok(at >= 0, `${part} is gone from ${text}`)
    from = at + part.length
  }
}

/** A statement as text, with its lists in the order of their texts. The place of deletion among the actions means nothing. */
const sorted = (statement: object) =>
  JSON.stringify(statement, (_name, value) => (Array.isArray(value) ? value.toSorted() : value))

test('policies of older consoles and of the documentation are recognised', () => {
  const account = { Effect: 'Allow', Principal: { AWS: arnOf('root') }, Action: 'kms:*', Resource: '*' }
  for (const Sid of [
    'Enable IAM User Permissions',
    'Enable IAM policies',
    'EnableIAMUserPermissions',
    undefined,
  ])
    assert.deepEqual(formOf(JSON.stringify({ Statement: [{ Sid, ...account }] })).others, [])
  // AWS KMS developer guide, "Default key policy": the example for administrators before tags could be changed.
  const old = `kms:Create* kms:Describe* kms:Enable* kms:List* kms:Put* kms:Update* kms:Revoke* kms:Disable* kms:Get*
    kms:Delete* kms:ScheduleKeyDeletion kms:CancelKeyDeletion`
  const administrators = {
    ...{ ...account, Sid: 'Allow access for Key Administrators', Action: old.split(/\s+/) },
    Principal: { AWS: [arnOf('user/Alice'), 'AIDACKCEVSQ6C2EXAMPLE'] },
  }
  const grants = {
    ...{ ...account, Sid: 'Allow attachment of persistent resources', Principal: { AWS: arnOf('user/Bob') } },
    ...{ Action: ['kms:RevokeGrant', 'kms:CreateGrant', 'kms:ListGrants'] },
    Condition: { Bool: { 'kms:GrantIsForAWSResource': true } },
  }
  const use = {
    ...{ ...account, Sid: 'Allow use of the key', Principal: { AWS: [arnOf('user/Bob')] } },
    Action: ['kms:DescribeKey', 'kms:GenerateDataKey*', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:Decrypt'],
  }
  const text = JSON.stringify({ Statement: [account, administrators, use, grants] })
  const form = formOf(text)
  assert.deepEqual(form.administrators, [arnOf('user/Alice'), 'AIDACKCEVSQ6C2EXAMPLE'])
  assert.deepEqual([form.users, form.others], [[arnOf('user/Bob')], []])
  const without = writeForm(text, { ...form, administrators: [arnOf('user/Alice')] }, kind)
  assert.equal(
    without,
    text.replace(`["${arnOf('user/Alice')}","AIDACKCEVSQ6C2EXAMPLE"]`, `"${arnOf('user/Alice')}"`),
  )
})

test('a statement with a known title and a different content is among the others, and its part is fixed', () => {
  const [account, administrators, use] = makePolicy({
    ...{ ...kind, administrators: [arnOf('user/Alice')], mayDelete: true },
    ...{ users: [arnOf('user/Bob')], otherAccounts: [] },
  }).Statement
  assert.ok(administrators !== undefined && use !== undefined)
  for (const changed of [
    { ...administrators, Action: [...administrators.Action, 'kms:Decrypt'] },
    { ...administrators, Action: administrators.Action.slice(1) },
    { ...administrators, Action: ['kms:*'] },
    { ...administrators, Principal: '*' },
    { ...administrators, Principal: { AWS: '*' } },
    { ...administrators, Effect: 'Deny' },
    { ...administrators, Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } },
    { ...administrators, Resource: 'arn:aws:kms:us-east-1:111122223333:key/1' },
  ]) {
    const text = JSON.stringify({ Statement: [account, changed, use] })
    const form = formOf(text)
    assert.deepEqual([form.administrators, form.others.length, form.taken], [[], 1, ['administrators']])
    const written = writeForm(text, { ...form, administrators: [arnOf('user/Carol')], users: [] }, kind)
    assert.deepEqual(JSON.parse(written).Statement, JSON.parse(JSON.stringify([account, changed])))
  }
})

test('a grant statement for different principals is among the others, and is left alone', () => {
  const [account, use, grants] = makePolicy({
    ...{ ...kind, administrators: [], mayDelete: true },
    ...{ users: [arnOf('user/Bob')], otherAccounts: [] },
  }).Statement
  const changed = { ...grants, Principal: { AWS: arnOf('user/Alice') } }
  const text = JSON.stringify({ Statement: [account, use, changed] })
  const form = formOf(text)
  assert.equal(form.others[0]?.name, 'Allow attachment of persistent resources')
  const written = writeForm(text, { ...form, users: [] }, kind)
  assert.deepEqual(JSON.parse(written).Statement, [account, changed])
})

test('a policy without a statement of the console has no form, and says why', () => {
  for (const text of [
    '',
    '{',
    '[]',
    '{"Statement":[]}',
    '{"Statement":5}',
    '{"Statement":[5]}',
    '{"Version":"1"}',
  ])
    assert.ok('reason' in readForm(text, own), text)
  assert.ok('reason' in readForm(JSON.stringify({ Statement: strangers }), own))
  // A name that is there twice has no single meaning.
  assert.ok('reason' in readForm('{"Statement":[],"Statement":[]}', own))
})

test('a policy with one statement outside a list becomes a list when the form adds one', () => {
  const account = { Effect: 'Allow', Principal: { AWS: own }, Action: 'kms:*', Resource: '*' }
  const text = JSON.stringify({ Statement: account })
  const form = formOf(text)
  assert.equal(writeForm(text, form, kind), text)
  const written = writeForm(text, { ...form, users: [arnOf('user/Bob')] }, kind)
  assert.equal(JSON.parse(written).Statement.length, 3)
  assert.deepEqual(formOf(written).users, [arnOf('user/Bob')])
})
