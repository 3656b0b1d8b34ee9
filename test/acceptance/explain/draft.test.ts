import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { callServer, loadConfig } from '../../../src/app/index.ts'
import { makeKey, policyOf, TestCaller } from '../../fixtures/caller.ts'
import { readAuditRecords, runKeyward, temporaryFile } from '../../fixtures/keyward-process.ts'
import { allow, deny, seedUser } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'

// A draft of a key policy decides in the place of the stored one: the answer is the one after PutKeyPolicy with the same text.

const account = '000000000000'
const userArn = (name: string) => `arn:aws:iam::${account}:user/${name}`
const root = `arn:aws:iam::${account}:root`
const other = '111111111111'
const keyward = await testServer({
  seed: {
    accounts: [
      {
        id: account,
        users: [seedUser('ann', allow('kms:*')), seedUser('dan'), seedUser('eva', deny('kms:Decrypt'))],
        keys: [],
      },
      { id: other, users: [seedUser('oto', allow('*'))], keys: [] },
    ],
  },
})
const admin = new TestCaller(keyward)
const open = policyOf(allow('kms:*', '*', root))
const key = await makeKey(admin, { Policy: open })

interface Answer {
  readonly Decision: string
  readonly DraftFindings?: readonly { readonly Severity: string; readonly Code: string }[]
}

const config = loadConfig({ 'data-dir': keyward.dataDirectory }, {})
const explain = async (input: object) => (await callServer(config, 'ExplainAccess', input, {})) as Answer

const refused = (input: object) =>
  explain(input).then(
    () => assert.fail('it was answered'),
    ({ message }: Error) => message,
  )

const principals = [userArn('ann'), userArn('dan'), userArn('eva'), root]
const actions = ['kms:Decrypt', 'kms:PutKeyPolicy', 'kms:DescribeKey']
const questions = principals.flatMap(Principal => actions.map(Action => ({ Principal, Action })))
const statement = fc.record(
  {
    Effect: fc.constantFrom('Allow', 'Deny'),
    Principal: fc.constantFrom('*', ...principals.map(AWS => ({ AWS }))),
    Action: fc.constantFrom('kms:*', 'kms:De*', ...actions),
    Resource: fc.constant('*'),
    Condition: fc.constantFrom(
      { StringEquals: { 'aws:PrincipalArn': userArn('dan') } },
      { StringNotEquals: { 'aws:SourceIp': '10.0.0.1' } },
    ),
  },
  { requiredKeys: ['Effect', 'Principal', 'Action', 'Resource'] },
)

test('the answer is the one after PutKeyPolicy', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(statement, { minLength: 1, maxLength: 4 }), async statements => {
      const draft = policyOf(...statements)
      const { id: KeyId } = await makeKey(admin, { Policy: open })
      const decisions = async (more: object) =>
        await Promise.all(
          questions.map(async asked => (await explain({ ...asked, KeyId, ...more })).Decision),
        )
      const expected = await decisions({ KeyPolicyDraft: draft })
      await admin.sdk.putKeyPolicy({ KeyId, Policy: draft, BypassPolicyLockoutSafetyCheck: true })
      assert.deepEqual(await decisions({}), expected)
    }),
    { numRuns: 30 },
  )
})

test('nothing is stored', async () => {
  const KeyPolicyDraft = policyOf(allow('kms:*', '*', root), deny('kms:Decrypt', '*', '*'))
  const asked = { Principal: userArn('ann'), Action: 'kms:Decrypt', KeyId: key.id }
  assert.equal((await explain({ ...asked, KeyPolicyDraft })).Decision, 'explicitDeny')
  assert.equal((await explain(asked)).Decision, 'allow')
  assert.equal((await admin.sdk.getKeyPolicy({ KeyId: key.id })).Policy, open)
})

test('findings in the draft come with the answer, and a stored policy has none', async () => {
  const asked = { Principal: root, Action: 'kms:PutKeyPolicy', KeyId: key.id }
  const codes = async (...statements: object[]) => {
    const { DraftFindings = [] } = await explain({ ...asked, KeyPolicyDraft: policyOf(...statements) })
    return DraftFindings.map(({ Severity, Code }) => `${Severity} ${Code}`)
  }
  assert.deepEqual(await codes(allow('kms:*', '*', root)), [])
  assert.deepEqual(await codes(allow('kms:Decrypt', '*', root)), ['error locksOut'])
  assert.deepEqual(await codes(allow('kms:*', '*', '*')), ['warning opensToAll'])
  assert.equal('DraftFindings' in (await explain(asked)), false)
})

test('a draft that PutKeyPolicy would refuse has the error of PutKeyPolicy', async () => {
  const asked = { Principal: root, Action: 'kms:PutKeyPolicy', KeyId: key.id }
  for (const Policy of ['{', '[]', policyOf(allow('kms:*', '*', userArn('nobody')))]) {
    const { json, status } = await admin.call('PutKeyPolicy', { KeyId: key.id, Policy })
    assert.equal(status, 400)
    assert.equal(await refused({ ...asked, KeyPolicyDraft: Policy }), json['message'])
  }
})

test('a draft needs a key of the account that asks', async () => {
  const KeyPolicyDraft = open
  const asked = { Principal: userArn('ann'), KeyPolicyDraft }
  assert.match(await refused({ ...asked, Action: 'kms:ListKeys' }), /A draft of a key policy needs KeyId/)
  const foreign = `arn:aws:kms:us-east-1:${other}:key/${key.id}`
  assert.match(
    await refused({ ...asked, Action: 'kms:Decrypt', KeyId: foreign }),
    /A draft of a key policy needs a key of account 000000000000/,
  )
})

test('the record has the digest of the draft, not its text', async () => {
  const KeyPolicyDraft = policyOf({ ...allow('kms:*', '*', root), Sid: 'SeenNowhere' })
  await explain({ Principal: root, Action: 'kms:PutKeyPolicy', KeyId: key.id, KeyPolicyDraft })
  const record = readAuditRecords(keyward.dataDirectory).findLast(
    ({ eventName }) => eventName === 'ExplainAccess',
  )
  const { requestParameters } = record as { requestParameters: { keyPolicyDraft: string } }
  assert.equal(requestParameters.keyPolicyDraft, createHash('sha256').update(KeyPolicyDraft).digest('hex'))
  assert.doesNotMatch(JSON.stringify(record), /SeenNowhere/)
})

test('the command reads a draft from a file', async () => {
  const run = (...args: string[]) =>
    runKeyward(['policy', 'explain', '--principal', userArn('ann'), '--action', 'kms:Decrypt', ...args], {
      environment: { KEYWARD_DATA_DIR: keyward.dataDirectory },
    })
  const path = temporaryFile('draft.json', policyOf(allow('kms:Encrypt', '*', root)))
  const { code, stdout } = await run('--key', key.id, '--draft', path)
  assert.equal(code, 0)
  assert.match(stdout, /^Denied: no /)
  assert.match(
    stdout,
    /\n\nFindings in the draft\nerror locksOut: Nobody in account 000000000000 could change/,
  )
  const missing = await run('--key', key.id, '--draft', `${path}.none`)
  assert.notEqual(missing.code, 0)
  assert.match(missing.stderr, /The policy .* cannot be read/)
})
