import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '../../domain/index.ts'
import { compilePolicy } from './compile.ts'
import type { PolicyKind } from './policy-kind.ts'

const accountId = '111122223333'
const provider = `arn:aws:iam::${accountId}:oidc-provider/oidc.example.com`
const user: Principal = {
  ...{ type: 'IAMUser', accountId, arn: `arn:aws:iam::${accountId}:user/ann` },
  ...{ principalId: 'AIDA1', userName: 'ann' },
}
const bearer: Principal = {
  ...{ type: 'WebIdentityUser', accountId, arn: provider, principalId: `${provider}:app:ann` },
  userName: 'ann',
}

/** How a statement that names its principals so matches the bearer of a token and a user. */
function matchesOf(kind: PolicyKind, names: object) {
  const resource = kind === 'trust' ? {} : { Resource: '*' }
  const statement = { ...names, Action: 'sts:AssumeRoleWithWebIdentity', ...resource }
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statement })
  const [{ matchPrincipal } = assert.fail()] = compilePolicy(text, kind, 'policy').statements
  return [
    matchPrincipal({ principal: bearer, federatedProvider: provider }),
    matchPrincipal({ principal: user }),
  ]
}

const all = { Federated: '*' }

// AWS's data perimeter policy examples, vpc_endpoint_policies/sts_endpoint_policy.json
test('the policy of an endpoint can name the users of all identity providers', () => {
  for (const Effect of ['Allow', 'Deny'])
    assert.deepEqual(matchesOf('endpoint', { Effect, Principal: all }), ['directly', 'no'])
  assert.deepEqual(matchesOf('endpoint', { Effect: 'Deny', NotPrincipal: all }), ['no', 'directly'])
  const one = { Federated: `${provider}/7` }
  assert.deepEqual(matchesOf('endpoint', { Effect: 'Allow', Principal: one }), ['no', 'no'])
})

test('a policy that allows something by itself names each provider', () => {
  for (const kind of ['trust', 'key'] as const)
    assert.deepEqual(matchesOf(kind, { Effect: 'Allow', Principal: all }), ['no', 'no'])
})
