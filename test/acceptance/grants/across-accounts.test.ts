import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { base64, callersOf, makeKey, policyOf, TestCaller } from '../../fixtures/caller.ts'
import { iamClient } from '../../fixtures/iam-caller.ts'
import { allow, credentialsOf } from '../../fixtures/seed.ts'
import { assume, elsewhere, home, roleArnOf, startStsWorld, trust } from '../../fixtures/worlds/sts.ts'
import { rootOf, userArn } from '../../fixtures/worlds/two-accounts.ts'

// Grants to principals of a different account, made by the key's account or by the other one. Recorded from AWS, with a key
// that allows the other account only to make grants, and with roles of that account.

const server = await startStsWorld()
after(() => server.stop())

const as = callersOf(server)
const [owner, guest] = [as('homeadmin'), as('awayadmin')]
const guestCredentials = credentialsOf('awayadmin')
const iam = iamClient(server, { credentials: guestCredentials })
const key = await makeKey(owner, {
  Policy: policyOf(allow('kms:*', '*', rootOf(home)), allow('kms:CreateGrant', '*', rootOf(elsewhere))),
})

/** A role of the other account, its session `target`, and the same session with a session policy that allows no grants. */
async function makeRole(RoleName: string) {
  await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust({ AWS: rootOf(elsewhere) }) })
  const RoleArn = roleArnOf(RoleName, elsewhere)
  const session = async (more: object) => {
    const input = { RoleArn, RoleSessionName: 'target', ...more }
    return new TestCaller(server, { credentials: await assume(server, guestCredentials, input) })
  }
  const sessionArn = `arn:aws:sts::${elsewhere}:assumed-role/${RoleName}/target`
  const refused = (action: string, kind: string) =>
    `User: ${sessionArn} is not authorized to perform: ${action} on this resource because no ${kind} policy allows the ${action} action`
  return {
    roleArn: RoleArn,
    sessionArn,
    free: await session({}),
    limited: await session({ Policy: policyOf(allow('s3:ListAllMyBuckets')) }),
    refused,
    setPolicy: (action: string) =>
      iam.putRolePolicy({ RoleName, PolicyName: 'access', PolicyDocument: policyOf(allow(action)) }),
  }
}

const grantTo = (issuer: TestCaller, GranteePrincipal: string, operation: string, more: object = {}) =>
  issuer.answer('CreateGrant', { KeyId: key.arn, GranteePrincipal, Operations: [operation], ...more })
const encryption = () => ({ KeyId: key.arn, Plaintext: base64('x') })
const describing = () => ({ KeyId: key.arn })

test('a grant by the key’s account also needs a permission of the grantee’s own account', async () => {
  const role = await makeRole('owner')
  const { free, limited, refused } = role
  await grantTo(owner, role.sessionArn, 'DescribeKey')
  await grantTo(owner, role.roleArn, 'Encrypt')
  const [identity, session] = ['identity-based', 'session']
  const isRefused = (caller: TestCaller, operation: 'DescribeKey' | 'Encrypt', kind: string) =>
    caller.isRefused(
      operation,
      operation === 'Encrypt' ? encryption() : describing(),
      'AccessDeniedException',
      refused(`kms:${operation}`, kind),
    )
  await isRefused(free, 'DescribeKey', identity)
  await isRefused(limited, 'DescribeKey', identity)
  await isRefused(free, 'Encrypt', identity)
  await isRefused(limited, 'Encrypt', session)
  await role.setPolicy('kms:*')
  await free.answer('DescribeKey', describing())
  await free.answer('Encrypt', encryption())
  await isRefused(limited, 'DescribeKey', session)
  await isRefused(limited, 'Encrypt', session)
})

test('a grant by the grantee’s own account is enough, but session policies limit a grant to a role', async () => {
  const { roleArn, sessionArn, free, limited, refused, setPolicy } = await makeRole('trusted')
  await grantTo(guest, sessionArn, 'DescribeKey')
  await grantTo(guest, roleArn, 'Encrypt')
  for (const allowed of ['s3:*', 'kms:*']) {
    await setPolicy(allowed)
    await free.answer('DescribeKey', describing())
    await limited.answer('DescribeKey', describing())
    await free.answer('Encrypt', encryption())
    const text = refused('kms:Encrypt', 'session')
    await limited.isRefused('Encrypt', encryption(), 'AccessDeniedException', text)
  }
})

test('of two grants the one that needs less counts, in any order', async () => {
  for (const [name, issuers] of [
    ['first', [owner, guest]],
    ['second', [guest, owner]],
  ] as const) {
    const { roleArn, free } = await makeRole(name)
    for (const issuer of issuers) await grantTo(issuer, roleArn, 'Encrypt')
    await free.answer('Encrypt', encryption())
  }
})

test('the same rules apply to retiring grants', async () => {
  const role = await makeRole('retirer')
  const { sessionArn, roleArn } = role
  const action = 'kms:RetireGrant'
  for (const [named, arn] of [
    ['session', sessionArn],
    ['role', roleArn],
  ] as const) {
    for (const as of ['retiring', 'grantee'] as const) {
      const { GrantToken } =
        as === 'grantee'
          ? await grantTo(owner, arn, 'RetireGrant')
          : await grantTo(owner, rootOf(home), 'DescribeKey', { RetiringPrincipal: arn })
      const isRefused = (caller: TestCaller, kind: string) =>
        caller.isRefused('RetireGrant', { GrantToken }, 'AccessDeniedException', role.refused(action, kind))
      await role.setPolicy('s3:*')
      await isRefused(role.free, 'identity-based')
      await isRefused(role.limited, named === 'role' ? 'session' : 'identity-based')
      await role.setPolicy(action)
      await isRefused(role.limited, 'session')
      await role.free.answersNothing('RetireGrant', { GrantToken })
      const own = await grantTo(guest, arn, 'RetireGrant')
      await role.setPolicy('s3:*')
      await role.free.answersNothing('RetireGrant', { GrantToken: own['GrantToken'] })
    }
  }
})

test('a grant by a different account to a user of the key’s account also needs an identity policy', async () => {
  const GranteePrincipal = userArn('nobody', home)
  await grantTo(guest, GranteePrincipal, 'Encrypt')
  await as('nobody').isRefused('Encrypt', encryption(), 'AccessDeniedException')
  const list = await owner.sdk.listGrants({ KeyId: key.id, GranteePrincipal })
  assert.equal(list.Grants?.[0]?.IssuingAccount, rootOf(elsewhere))
})
