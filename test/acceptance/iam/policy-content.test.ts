import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import { makeKey, policyOf, TestCaller } from '../../fixtures/caller.ts'
import { administratorOf } from '../../fixtures/clients.ts'
import { callQuery, iamForm, trustPolicy } from '../../fixtures/iam-caller.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { GroupName, startPoliciesWorld, UserName } from './iam-users.ts'

// Each operation that puts a policy checks its content. The tables in src/access/put/ have all faults with their sources; here is
// one of each kind for each operation.

const account = '000000000000'
const roleArn = `arn:aws:iam::${account}:role/worker`
const policyArn = `arn:aws:iam::${account}:policy/versions`
let keyward: KeywardProcess
let iam: IAM
before(async () => {
  ;({ keyward, iam } = await startPoliciesWorld())
  await iam.createRole({
    RoleName: 'worker',
    AssumeRolePolicyDocument: trustPolicy({ AWS: `arn:aws:iam::${account}:root` }),
  })
  await iam.createPolicy({ PolicyName: 'versions', PolicyDocument: of({}) })
})
after(() => keyward.stop())

const of = (change: object, version = '2012-10-17') =>
  JSON.stringify({
    Version: version,
    Statement: { Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*', ...change },
  })

/** The form of a call that puts a policy: the action, and the parameters without the document. */
type Put = readonly [service: 'iam' | 'sts', document: string, parameters: Readonly<Record<string, string>>]

const managed: Readonly<Record<string, Put>> = {
  CreatePolicy: ['iam', 'PolicyDocument', { PolicyName: 'bad' }],
  CreatePolicyVersion: ['iam', 'PolicyDocument', { PolicyArn: policyArn }],
}
const inline: Readonly<Record<string, Put>> = {
  PutUserPolicy: ['iam', 'PolicyDocument', { UserName, PolicyName: 'p' }],
  PutGroupPolicy: ['iam', 'PolicyDocument', { GroupName, PolicyName: 'p' }],
  PutRolePolicy: ['iam', 'PolicyDocument', { RoleName: 'worker', PolicyName: 'p' }],
}
const session: Readonly<Record<string, Put>> = {
  AssumeRole: ['sts', 'Policy', { RoleArn: roleArn, RoleSessionName: 'session' }],
  GetFederationToken: ['sts', 'Policy', { Name: 'bob' }],
}
const trust: Readonly<Record<string, Put>> = {
  CreateRole: ['iam', 'AssumeRolePolicyDocument', { RoleName: 'bad' }],
  UpdateAssumeRolePolicy: ['iam', 'PolicyDocument', { RoleName: 'worker' }],
}

async function put(operation: string, [service, member, parameters]: Put, document: string) {
  const form = { ...iamForm(operation, parameters), [member]: document }
  const body = service === 'iam' ? form : { ...form, Version: '2011-06-15' }
  const { status, text } = await callQuery(keyward, body, { service })
  const code = /<Code>(.*?)<\/Code>/s.exec(text)?.[1]
  const message = /<Message>(.*?)<\/Message>/s
    .exec(text)?.[1]
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#34;', '"')
  return status === 200 ? 'taken' : [status, code, message]
}

const refusal = (text: string) => [400, 'MalformedPolicyDocument', text]

const ofIdentity: readonly (readonly [document: string, text: string])[] = [
  [of({ Effect: 'allow' }), 'The policy failed legacy parsing'],
  [of({ Resource: 'arn:aws:kms:us-west--2:111122223333:key/*' }), 'The policy failed legacy parsing'],
  [of({ Resource: 'arn:x:kms:::key/a' }), 'Partition "x" is not valid for resource "arn:x:kms:::key/a".'],
  [
    of({ Sid: 'a b' }),
    'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
  ],
  [of({ Action: '*:Get*' }), 'Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.'],
  ['{"Version":"2012-10-17","Statement":[]}', 'Syntax errors in policy.'],
]

describe('the content of a policy is checked by', () => {
  for (const [operation, form] of Object.entries({ ...managed, ...inline, ...session })) {
    test(operation, async () => {
      for (const [document, text] of ofIdentity)
        assert.deepEqual(await put(operation, form, document), refusal(text), document)
    })
  }

  for (const [operation, form] of Object.entries(managed)) {
    test(`${operation}, which takes no older version`, async () => {
      const text = 'Policy document must be version 2012-10-17 or greater.'
      assert.deepEqual(await put(operation, form, of({}, '2008-10-17')), refusal(text))
    })
  }
  for (const [operation, form] of Object.entries({ ...inline, ...session })) {
    test(`${operation}, which takes an older version`, async () => {
      assert.equal(await put(operation, form, of({}, '2008-10-17')), 'taken')
    })
  }

  for (const [operation, form] of Object.entries(trust)) {
    test(operation, async () => {
      assert.deepEqual(await put(operation, form, 'x'), refusal('This policy contains invalid Json'))
      const star = of({ Principal: '*', Action: 'sts:AssumeRole', Resource: undefined })
      const text = 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'
      assert.deepEqual(await put(operation, form, star), refusal(text))
    })
  }
})

test('CreateKey and PutKeyPolicy check the content of a key policy', async () => {
  const admin = new TestCaller(keyward, { credentials: administratorOf(keyward) })
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'kms:*',
    Resource: '*',
  }
  const { id: KeyId } = await makeKey(admin)
  for (const [change, text] of [
    [{ Action: undefined }, 'Missing required field Action'],
    [{ Resource: [] }, 'Missing required field Resource'],
    [{ Principal: { AWS: [] } }, 'Policy contains a statement with no principal.'],
    [
      { Condition: { StringEquals: { 'aws:ResourceTag/a': 'b' } } },
      'These condition keys are not permitted in a key policy: aws:ResourceTag',
    ],
  ] as const) {
    const Policy = policyOf(statement, { ...statement, ...change })
    const code = 'MalformedPolicyDocumentException'
    await admin.isRefused('CreateKey', { Policy }, code, text)
    await admin.isRefused('PutKeyPolicy', { KeyId, Policy }, code, text)
  }
})
