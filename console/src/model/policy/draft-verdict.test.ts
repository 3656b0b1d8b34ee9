import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callServer, loadConfig } from '../../../../src/app/index.ts'
import { makeKey, policyOf, TestCaller } from '../../../../test/fixtures/caller.ts'
import { allow, credentialsOf, deny, seedUser } from '../../../../test/fixtures/seed.ts'
import { testServer } from '../../../../test/fixtures/test-server.ts'
import type { ExplainAccessOutput } from '../../wire/keyward-access.ts'
import { draftVerdict, isLockOut } from './draft-verdict.ts'

// The verdict on a draft, from the answers of a server, and beside it PutKeyPolicy with the same text.

const account = '000000000000'
const root = `arn:aws:iam::${account}:root`
const boss = `arn:aws:iam::${account}:user/boss`
const server = await testServer({
  seed: { accounts: [{ id: account, users: [seedUser('boss', allow('kms:*'))], keys: [] }] },
})
const config = loadConfig({ 'data-dir': server.dataDirectory }, {})
const caller = new TestCaller(server, { credentials: credentialsOf('boss') })
const open = allow('kms:*', '*', root)
const local = { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }
const far = { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }

/** The verdict on a policy, and the refusal of PutKeyPolicy; undefined if it takes the policy. */
async function judged(...statements: object[]) {
  const { id: KeyId } = await makeKey(new TestCaller(server), { Policy: policyOf(open) })
  const Policy = policyOf(...statements)
  const ask = async (Principal: string) => {
    const question = { Principal, Action: 'kms:PutKeyPolicy', KeyId, KeyPolicyDraft: Policy }
    return (await callServer(config, 'ExplainAccess', question, {})) as ExplainAccessOutput
  }
  const verdict = draftVerdict(await ask(boss), await ask(root))
  const refusal = await caller.sdk.putKeyPolicy({ KeyId, Policy }).then(
    () => undefined,
    ({ message }: Error) => message,
  )
  return { ...verdict, refusal }
}

test('a draft is safe only if the caller and the root user may both change it', async () => {
  const safe = await judged(open)
  assert.deepEqual([safe.isSafe, safe.refusal], [true, undefined])
  const onlyCaller = await judged(allow('kms:*', '*', boss))
  assert.deepEqual([onlyCaller.isSafe, onlyCaller.refusal], [false, undefined])
  assert.match(onlyCaller.text, /but the root user of the account will not/)
  const closed = await judged(open, deny('kms:PutKeyPolicy', '*', boss))
  assert.match(closed.text, /^This policy locks you out.*could still change it\.$/)
  assert.ok(isLockOut(closed.refusal ?? ''))
  const lost = await judged(allow('kms:Decrypt', '*', root))
  assert.match(lost.text, /could not change it either\.$/)
  assert.ok(isLockOut(lost.refusal ?? ''))
})

test('a verdict that depends on a request says on which of its values', async () => {
  const asks = /Conditions ask for aws:SourceIp, which only a request has/
  for (const statements of [
    [{ ...open, Condition: local }],
    [open, { ...deny('kms:*', '*', boss), Condition: far }],
    [open, { ...deny('kms:*', '*', boss), Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }],
  ]) {
    const { isSafe, text } = await judged(...statements)
    assert.equal(isSafe, false)
    assert.match(text, asks)
  }
  // A condition elsewhere changes nothing: of a different action, and of an Allow beside one that is enough.
  for (const more of [deny('kms:Decrypt', '*', boss), allow('kms:*', '*', boss)])
    assert.equal((await judged(open, { ...more, Condition: local })).isSafe, true)
})

test('the refusal of a lock-out has AWS’s text', () => {
  // AWS KMS developer guide and API answers, MalformedPolicyDocumentException.
  assert.ok(isLockOut('The new key policy will not allow you to update the key policy in the future.'))
  assert.ok(!isLockOut('Policy contains a statement with one or more invalid principals.'))
})
