import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { STS } from '@aws-sdk/client-sts'
import { base64, makeKey, policyOf, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import type { KeywardProcess } from '../../fixtures/keyward-process.ts'
import { credentialsIn } from '../../fixtures/principals-world.ts'
import { allow, credentialsOf } from '../../fixtures/seed.ts'
import { elsewhere, home, roleArnOf, startStsWorld, trust } from '../../fixtures/sts-world.ts'

// What a grant gives to whom it names in another account, by the account that made it: recorded from AWS, with a key that
// lets the other account make grants and nothing else, and roles of that account.

const rootOf = (account: string) => `arn:aws:iam::${account}:root`
const accessName = 'access'
const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: statement })
const forOthers = document(allow('s3:ListAllMyBuckets'))

let server: KeywardProcess
let owner: TestCaller
let guest: TestCaller
let iam: IAM
let sts: STS
let key: TestKey
before(async () => {
  server = await startStsWorld()
  owner = new TestCaller(server, { credentials: credentialsOf('homeadmin') })
  const credentials = credentialsOf('awayadmin')
  guest = new TestCaller(server, { credentials })
  const options = { endpoint: server.url, region: 'us-east-1', maxAttempts: 1, credentials }
  iam = new IAM(options)
  sts = new STS(options)
  const Policy = policyOf(allow('kms:*', '*', rootOf(home)), allow('kms:CreateGrant', '*', rootOf(elsewhere)))
  key = await makeKey(owner, { Policy })
})
after(() => server.stop())

/** A role of the other account, its session `target`, and the same session with a policy that is for something else. */
async function makeRole(RoleName: string) {
  await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust({ AWS: rootOf(elsewhere) }) })
  const RoleArn = roleArnOf(RoleName, elsewhere)
  const assume = async (more: object) => {
    const answer = await sts.assumeRole({ RoleArn, RoleSessionName: 'target', ...more })
    return new TestCaller(server, { credentials: credentialsIn(answer) })
  }
  const sessionArn = `arn:aws:sts::${elsewhere}:assumed-role/${RoleName}/target`
  const refused = (action: string, kind: string) =>
    `User: ${sessionArn} is not authorized to perform: ${action} on this resource because no ${kind} policy allows the ${action} action`
  return {
    roleArn: RoleArn,
    sessionArn,
    free: await assume({}),
    limited: await assume({ Policy: forOthers }),
    refused,
    setPolicy: (action: string) =>
      iam.putRolePolicy({ RoleName, PolicyName: accessName, PolicyDocument: document(allow(action)) }),
  }
}

const grantTo = (issuer: TestCaller, GranteePrincipal: string, operation: string, more: object = {}) =>
  issuer.answer('CreateGrant', { KeyId: key.arn, GranteePrincipal, Operations: [operation], ...more })
const encryption = () => ({ KeyId: key.arn, Plaintext: base64('x') })
const describing = () => ({ KeyId: key.arn })

test('a grant by the key’s account lets whom the grantee’s own account lets, too', async () => {
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

test('a grant by the grantee’s own account stands alone, and session policies limit one to a role', async () => {
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

test('of two grants the one that needs less counts, whichever was made first', async () => {
  for (const [name, issuers] of [
    ['first', [owner, guest]],
    ['second', [guest, owner]],
  ] as const) {
    const { roleArn, free } = await makeRole(name)
    for (const issuer of issuers) await grantTo(issuer, roleArn, 'Encrypt')
    await free.answer('Encrypt', encryption())
  }
})

test('so do the retirements of grants', async () => {
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

test('a grant by another account to one of the key’s own needs an identity policy, too', async () => {
  const nobody = new TestCaller(server, { credentials: credentialsOf('nobody') })
  await grantTo(guest, `arn:aws:iam::${home}:user/nobody`, 'Encrypt')
  await nobody.isRefused('Encrypt', encryption(), 'AccessDeniedException')
  const list = await owner.sdk.listGrants({
    KeyId: key.id,
    GranteePrincipal: `arn:aws:iam::${home}:user/nobody`,
  })
  assert.equal(list.Grants?.[0]?.IssuingAccount, rootOf(elsewhere))
})
