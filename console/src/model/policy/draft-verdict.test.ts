import assert from 'node:assert/strict'
import { test } from 'node:test'
import { draftVerdict, isLockOut } from './draft-verdict.ts'

test('a draft is safe only if the caller and the root user may both change it', () => {
  assert.equal(draftVerdict('allow', 'allow').isSafe, true)
  for (const denied of ['explicitDeny', 'implicitDeny', 'undecided', 'otherAccountDecides'] as const) {
    assert.match(draftVerdict(denied, 'allow').text, /^This policy locks you out/)
    assert.match(draftVerdict(denied, denied).text, /either\.$/)
    assert.match(draftVerdict('allow', denied).text, /the root user of the account will not/)
    assert.ok([draftVerdict(denied, 'allow'), draftVerdict('allow', denied)].every(({ isSafe }) => !isSafe))
  }
})

test('the refusal of a lock-out has AWS’s text', () => {
  // AWS KMS developer guide and API answers, MalformedPolicyDocumentException.
  assert.ok(isLockOut('The new key policy will not allow you to update the key policy in the future.'))
  assert.ok(!isLockOut('Policy contains a statement with one or more invalid principals.'))
})
