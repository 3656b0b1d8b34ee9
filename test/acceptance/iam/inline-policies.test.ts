import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import { callQuery, iamForm, identityPolicy, isRefused, trustPolicy } from '../../fixtures/iam-caller.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { GroupName, policyArn, startPoliciesWorld, UserName } from './iam-users.ts'

// Inline policies, and the documents that inline and managed policies may have, through AWS's SDK (IAM API reference; IAM
// user guide, "IAM and AWS STS quotas").

let keyward: KeywardProcess
let iam: IAM
before(async () => {
  ;({ keyward, iam } = await startPoliciesWorld())
})
after(() => keyward.stop())

test('names of inline policies are not case-sensitive, and a policy keeps the name of its creation (recorded from AWS)', async () => {
  const UserName = 'mixed'
  await iam.createUser({ UserName })
  const documentWith = (Effect: string) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect, Action: 'kms:ListKeys', Resource: '*' } })
  await iam.putUserPolicy({ UserName, PolicyName: 'MixedName', PolicyDocument: documentWith('Allow') })
  await iam.putUserPolicy({ UserName, PolicyName: 'mixedname', PolicyDocument: documentWith('Deny') })
  assert.deepEqual((await iam.listUserPolicies({ UserName })).PolicyNames, ['MixedName'])
  const read = await iam.getUserPolicy({ UserName, PolicyName: 'MIXEDNAME' })
  assert.equal(read.PolicyName, 'MIXEDNAME')
  assert.equal(decodeURIComponent(read.PolicyDocument ?? ''), documentWith('Deny'))
  await iam.deleteUserPolicy({ UserName, PolicyName: 'mIXEDnAME' })
  assert.deepEqual((await iam.listUserPolicies({ UserName })).PolicyNames, [])
  await iam.deleteUser({ UserName })
})

test('an inline policy is returned as it was written, percent-encoded', async () => {
  const resources = ["arn:aws:kms:*:*:key/!'()*<&>", 'arn:aws:kms:*:*:alias/ÿ ~%+']
  const spaced = JSON.stringify(JSON.parse(identityPolicy('kms:Sign', resources)), null, 2)
  await iam.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument: spaced })
  const { PolicyDocument: answered = '' } = await iam.getUserPolicy({ UserName, PolicyName: 'p' })
  assert.match(answered, /^[\w.~%-]+$/)
  assert.equal(decodeURIComponent(answered), spaced)
  assert.deepEqual((await iam.listUserPolicies({ UserName })).PolicyNames, ['p'])
  await iam.deleteUserPolicy({ UserName, PolicyName: 'p' })
  const gone = 'The user policy with name p cannot be found.'
  await isRefused(iam.getUserPolicy({ UserName, PolicyName: 'p' }), 'NoSuchEntity', 404, gone)
  await isRefused(iam.deleteUserPolicy({ UserName, PolicyName: 'p' }), 'NoSuchEntity', 404, gone)
})

const malformed: Readonly<Record<string, [document: string, text: string]>> = {
  'a document that is not JSON': ['{', 'Syntax errors in policy.'],
  'a document that is a list': ['[]', 'Syntax errors in policy.'],
  'no statement': ['{"Version":"2012-10-17"}', 'Syntax errors in policy.'],
  'an unknown version': ['{"Version":"2013-10-17","Statement":[]}', 'Syntax errors in policy.'],
  'an unknown element': [identityPolicy('kms:Sign', '*', { Foo: 1 }), 'Syntax errors in policy.'],
  'the same member twice': [
    '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}',
    'Syntax errors in policy.',
  ],
  'no action': [
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*"}}',
    'Policy statement must contain actions.',
  ],
  'no resource': [
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Sign"}}',
    'Policy statement must contain resources.',
  ],
  'an action without a service': [
    identityPolicy('Sign'),
    'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
  ],
  'a resource that is not an ARN': [
    identityPolicy('kms:Sign', 'key'),
    'Resource key must be in ARN format or "*".',
  ],
  'a principal': [
    identityPolicy('kms:Sign', '*', { Principal: '*' }),
    'Policy document should not specify a principal.',
  ],
}
for (const [what, [PolicyDocument, text]] of Object.entries(malformed)) {
  test(`a policy with ${what} is refused, and nothing changes`, async () => {
    const refused = (call: Promise<unknown>) => isRefused(call, 'MalformedPolicyDocument', 400, text)
    await refused(iam.putUserPolicy({ UserName, PolicyName: 'bad', PolicyDocument }))
    await refused(iam.putGroupPolicy({ GroupName, PolicyName: 'bad', PolicyDocument }))
    await refused(iam.createPolicy({ PolicyName: 'bad', PolicyDocument }))
    assert.deepEqual((await iam.listUserPolicies({ UserName })).PolicyNames, [])
    await isRefused(iam.getPolicy({ PolicyArn: policyArn('bad') }), 'NoSuchEntity', 404)
  })
}

/** A policy of this many characters, not counting its white space, of which there is much. */
function policyOfSize(size: number): string {
  const empty = identityPolicy('kms:Sign', ['arn:aws:kms:*:*:key/'])
  return identityPolicy('kms:Sign', [`arn:aws:kms:*:*:key/${'x'.repeat(size - empty.length)}`]).replaceAll(
    ',',
    ',\n   \t',
  )
}

test('the size limits of policies do not count white space', async () => {
  await iam.createRole({ RoleName: 'sized', AssumeRolePolicyDocument: trustPolicy() })
  const put = {
    user: (size: number) =>
      iam.putUserPolicy({ UserName, PolicyName: 'size', PolicyDocument: policyOfSize(size) }),
    group: (size: number) =>
      iam.putGroupPolicy({ GroupName, PolicyName: 'size', PolicyDocument: policyOfSize(size) }),
    role: (size: number) =>
      iam.putRolePolicy({ RoleName: 'sized', PolicyName: 'size', PolicyDocument: policyOfSize(size) }),
  }
  for (const [kind, name, max] of [
    ['user', 'bob', 2048],
    ['group', 'staff', 5120],
    ['role', 'sized', 10_240],
  ] as const) {
    await put[kind](max)
    const text = `Maximum policy size of ${max} bytes exceeded for ${kind} ${name}`
    await isRefused(put[kind](max + 1), 'LimitExceeded', 409, text)
  }
  const second = { PolicyName: 'second', PolicyDocument: identityPolicy('kms:Sign') }
  await isRefused(iam.putUserPolicy({ UserName, ...second }), 'LimitExceeded', 409)
  await iam.deleteUserPolicy({ UserName, PolicyName: 'size' })
  await iam.deleteGroupPolicy({ GroupName, PolicyName: 'size' })
  await iam.createPolicy({ PolicyName: 'size', PolicyDocument: policyOfSize(6144) })
  await isRefused(
    iam.createPolicy({ PolicyName: 'oversize', PolicyDocument: policyOfSize(6145) }),
    'LimitExceeded',
    409,
    'Cannot exceed quota for PolicySize: 6144',
  )
  await iam.deletePolicy({ PolicyArn: policyArn('size') })
})

test('a document with characters that the model does not allow is refused in the words of the model', async () => {
  const { status, text } = await callQuery(
    keyward,
    iamForm('PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument: '日本' }),
  )
  assert.equal(status, 400)
  assert.ok(text.includes('<Code>ValidationError</Code>'))
  assert.ok(text.includes('at &apos;policyDocument&apos; failed to satisfy constraint'))
})
