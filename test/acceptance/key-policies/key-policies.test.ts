import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64, makeKey, policyOf, TestCaller } from '../../fixtures/caller.ts'
import { deny } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'

const account = '000000000000'
const administrator = `arn:aws:iam::${account}:user/administrator`
const rootStatement = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: 'kms:*',
  Resource: '*',
}
const lockedOut = 'The new key policy will not allow you to update the key policy in the future.'

const admin = new TestCaller(await testServer())

/** Asserts that putting the policy is refused and leaves the old policy in place. */
async function isRefused(Policy: string, code: string, text?: string | RegExp): Promise<void> {
  const { id: KeyId } = await makeKey(admin)
  const { Policy: before } = await admin.sdk.getKeyPolicy({ KeyId })
  await admin.isRefused('PutKeyPolicy', { KeyId, Policy }, code, text)
  assert.equal((await admin.sdk.getKeyPolicy({ KeyId })).Policy, before)
}

test('the default key policy is the one of AWS', async () => {
  const { id: KeyId } = await makeKey(admin)
  const { Policy, PolicyName } = await admin.sdk.getKeyPolicy({ KeyId })
  assert.equal(PolicyName, 'default')
  assert.deepEqual(JSON.parse(Policy ?? ''), {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [{ Sid: 'Enable IAM User Permissions', ...rootStatement }],
  })
})

test('a key policy is stored unchanged, and is the only one of its key', async () => {
  const given = `${policyOf(rootStatement).replaceAll(',', ' ,\n\t')}\n`
  const { id: KeyId } = await makeKey(admin, { Policy: given })
  assert.equal((await admin.sdk.getKeyPolicy({ KeyId })).Policy, given)
  const put = policyOf(rootStatement)
  await admin.answersNothing('PutKeyPolicy', { KeyId, Policy: put, PolicyName: 'default' })
  assert.equal((await admin.sdk.getKeyPolicy({ KeyId, PolicyName: 'default' })).Policy, put)
  const listed = await admin.answer('ListKeyPolicies', { KeyId })
  assert.deepEqual(listed, { PolicyNames: ['default'], Truncated: false })
})

test('a key has no policy with a name other than default', async () => {
  const { id: KeyId } = await makeKey(admin)
  const { Policy } = await admin.sdk.getKeyPolicy({ KeyId })
  for (const [operation, rest] of [
    ['GetKeyPolicy', {}],
    ['PutKeyPolicy', { Policy: policyOf(rootStatement) }],
  ] as const) {
    const { status, json } = await admin.call(operation, { KeyId, PolicyName: 'other', ...rest })
    assert.equal(status, 400)
    assert.ok(['NotFoundException', 'ValidationException'].includes(String(json['__type'])))
    await admin.isRefused(
      operation,
      { KeyId, PolicyName: 'no-name', ...rest },
      'ValidationException',
      /Value 'no-name' at 'policyName' failed .* Member must satisfy regular expression pattern: \[\\w\]\+$/,
    )
  }
  assert.equal((await admin.sdk.getKeyPolicy({ KeyId })).Policy, Policy)
})

const malformed: Readonly<Record<string, string>> = {
  'a text that is not JSON': '{"Version": "2012-10-17", "Statement": [',
  'a value that is not an object': '[]',
  'no statement': '{"Version": "2012-10-17"}',
  'an unknown version': policyOf(rootStatement).replace('2012-10-17', '2013-10-17'),
  'an unknown element': policyOf({ ...rootStatement, Priority: 1 }),
  'an unknown effect': policyOf({ ...rootStatement, Effect: 'Maybe' }),
  'no effect': policyOf({ ...rootStatement, Effect: undefined }),
  'no principal': policyOf({ ...rootStatement, Principal: undefined }),
  'a principal that is not a mapping': policyOf({ ...rootStatement, Principal: administrator }),
  'an action that is a number': policyOf(rootStatement, { ...rootStatement, Action: 7 }),
  'the same Sid twice': policyOf({ ...rootStatement, Sid: 'A' }, { ...rootStatement, Sid: 'A' }),
}

for (const [what, policy] of Object.entries(malformed)) {
  test(`a policy with ${what} is malformed`, () => isRefused(policy, 'MalformedPolicyDocumentException'))
}

test('a policy with a policy variable that cannot be read is malformed', () => {
  const unreadable = deny('kms:*', `*/${'$'}{aws:username`, '*')
  return isRefused(policyOf(rootStatement, unreadable), 'MalformedPolicyDocumentException')
})

const noPrincipals: Readonly<Record<string, string>> = {
  'a group': `arn:aws:iam::${account}:group/admins`,
  'not an IAM entity': `arn:aws:kms:us-east-1:${account}:key/x`,
  'not an ARN': 'somebody',
  'a user of this account that does not exist': `arn:aws:iam::${account}:user/nobody`,
}

for (const [what, AWS] of Object.entries(noPrincipals)) {
  test(`a policy whose principal is ${what} is malformed`, () =>
    isRefused(
      policyOf(rootStatement, { ...rootStatement, Principal: { AWS } }),
      'MalformedPolicyDocumentException',
      'Policy contains a statement with one or more invalid principals.',
    ))
}

const denials: Readonly<Record<string, object>> = {
  Condition: { Condition: { Null: { 'kms:ViaService': 'true' } } },
  NotAction: { Action: undefined, NotAction: ['kms:DescribeKey', 'kms:*Policy'] },
  NotPrincipal: { Principal: undefined, NotPrincipal: { Service: 's3.amazonaws.com' } },
  NotResource: { Resource: undefined, NotResource: 'arn:aws:kms:us-east-1:999999999999:key/*' },
}

for (const [element, change] of Object.entries(denials)) {
  test(`a Deny with ${element} denies only the calls that it describes`, async () => {
    const Policy = policyOf(rootStatement, {
      Effect: 'Deny',
      Principal: '*',
      Action: 'kms:Encrypt',
      Resource: '*',
      ...change,
    })
    const { id: KeyId } = await makeKey(admin, { Policy })
    await admin.sdk.describeKey({ KeyId })
    const denied = /with an explicit deny in a resource-based policy$/
    await admin.isRefused('Encrypt', { KeyId, Plaintext: base64('x') }, 'AccessDeniedException', denied)
  })
}

test('a policy has at most 32 KB, and only characters that AWS allows', async () => {
  const { id: KeyId } = await makeKey(admin)
  const policy = policyOf(rootStatement)
  await admin.sdk.putKeyPolicy({ KeyId, Policy: policy.padEnd(32_768) })
  await isRefused(policy.padEnd(32_769), 'LimitExceededException')
  const tooLong =
    /at 'policy' failed to satisfy constraint: Member must have length less than or equal to 131072$/
  await isRefused(policy.padEnd(131_073), 'ValidationException', tooLong)
  const foreign = policyOf({ ...rootStatement, Sid: 'Ω' })
  await isRefused(foreign, 'ValidationException', /at 'policy' failed .* satisfy regular expression pattern/)
})

const lockouts: Readonly<Record<string, string>> = {
  'allows only a different action': policyOf({ ...rootStatement, Action: 'kms:Decrypt' }),
  'names only a different account': policyOf({ ...rootStatement, Principal: { AWS: '999999999999' } }),
  'denies it to everybody': policyOf(rootStatement, {
    Effect: 'Deny',
    Principal: '*',
    Action: 'kms:PutKeyPolicy',
    Resource: '*',
  }),
}

for (const [what, policy] of Object.entries(lockouts)) {
  test(`a policy that ${what} would lock out its author and is refused`, async () => {
    await isRefused(policy, 'MalformedPolicyDocumentException', lockedOut)
    await admin.isRefused('CreateKey', { Policy: policy }, 'MalformedPolicyDocumentException', lockedOut)
  })
}

test('a policy that names its author, or the account by its number, is accepted', async () => {
  for (const AWS of [administrator, account, ['999999999999', administrator]]) {
    const Policy = policyOf({ ...rootStatement, Principal: { AWS } })
    const { id: KeyId } = await makeKey(admin, { Policy })
    await admin.answersNothing('PutKeyPolicy', { KeyId, Policy })
  }
})

test('a bypass of the lockout check locks the author out', async () => {
  const Policy = policyOf({ ...rootStatement, Principal: { AWS: administrator }, Action: 'kms:Decrypt' })
  const bypass = { Policy, BypassPolicyLockoutSafetyCheck: true }
  const { id: KeyId } = await makeKey(admin)
  await admin.answersNothing('PutKeyPolicy', { KeyId, ...bypass })
  for (const { id, arn } of [
    await makeKey(admin, bypass),
    { id: KeyId, arn: `arn:aws:kms:us-east-1:${account}:key/${KeyId}` },
  ]) {
    for (const action of ['GetKeyPolicy', 'PutKeyPolicy']) {
      await admin.isRefused(
        action,
        { KeyId: id, ...bypass },
        'AccessDeniedException',
        `User: ${administrator} is not authorized to perform: kms:${action} on resource: ${arn} because no resource-based policy allows the kms:${action} action`,
      )
    }
  }
})

test('a new policy applies from the next call on', async () => {
  const { id: KeyId } = await makeKey(admin)
  await admin.sdk.encrypt({ KeyId, Plaintext: Buffer.from('x') })
  const Policy = policyOf(rootStatement, deny('kms:Encrypt', '*', administrator))
  await admin.sdk.putKeyPolicy({ KeyId, Policy })
  const input = { KeyId, Plaintext: base64('x') }
  await admin.isRefused(
    'Encrypt',
    input,
    'AccessDeniedException',
    /with an explicit deny in a resource-based policy$/,
  )
  await admin.sdk.putKeyPolicy({ KeyId, Policy: policyOf(rootStatement) })
  await admin.answer('Encrypt', input)
})
