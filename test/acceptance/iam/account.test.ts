import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IAM } from '@aws-sdk/client-iam'
import { iamClient, isRefused } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, readAuditRecords } from '../../fixtures/keyward-process.ts'
import { credentialsOf } from '../../fixtures/seed.ts'
import { home, startStsWorld } from '../../fixtures/worlds/sts.ts'

// The alias of an account, and the things that accounts never have here.

let keyward: KeywardProcess
let iam: IAM
let away: IAM
before(async () => {
  keyward = await startStsWorld()
  iam = iamClient(keyward, { credentials: credentialsOf('homeadmin') })
  away = iamClient(keyward, { credentials: credentialsOf('awayadmin') })
})
after(() => keyward.stop())

const aliasesOf = async (client: IAM) => {
  const { AccountAliases, IsTruncated } = await client.listAccountAliases({})
  assert.equal(IsTruncated, false)
  return AccountAliases
}

// The replacement and the text were seen in AWS: floci-io/floci#2103, awslabs/aws-deployment-framework#465.
test('an account has one alias: a new one replaces it, and no other account can have it', async () => {
  assert.deepEqual(await aliasesOf(iam), [])
  await iam.createAccountAlias({ AccountAlias: 'first-alias' })
  await iam.createAccountAlias({ AccountAlias: 'second-alias' })
  assert.deepEqual(await aliasesOf(iam), ['second-alias'])
  assert.deepEqual(await aliasesOf(away), [])
  const taken = 'The account alias second-alias already exists.'
  for (const client of [iam, away]) {
    const call = client.createAccountAlias({ AccountAlias: 'second-alias' })
    await isRefused(call, 'EntityAlreadyExists', 409, taken)
  }
  await away.createAccountAlias({ AccountAlias: 'first-alias' })
  await isRefused(iam.deleteAccountAlias({ AccountAlias: 'first-alias' }), 'NoSuchEntity', 404)
  await iam.deleteAccountAlias({ AccountAlias: 'second-alias' })
  await isRefused(iam.deleteAccountAlias({ AccountAlias: 'second-alias' }), 'NoSuchEntity', 404)
  assert.deepEqual([await aliasesOf(iam), await aliasesOf(away)], [[], ['first-alias']])
})

// IAM API reference, "CreateAccountAlias".
test('an account alias has 3 to 63 letters, digits and single hyphens, with none at its ends', async () => {
  for (const AccountAlias of ['ab', 'a'.repeat(64), 'Upper', '-ab', 'ab-', 'a--b', 'a_b', 'a.b']) {
    await isRefused(iam.createAccountAlias({ AccountAlias }), 'ValidationError', 400, /'accountAlias' failed/)
    await isRefused(iam.deleteAccountAlias({ AccountAlias }), 'ValidationError', 400, /'accountAlias' failed/)
  }
  for (const AccountAlias of ['abc', '0-1-2', 'a'.repeat(63)]) await iam.createAccountAlias({ AccountAlias })
})

// The texts were recorded from AWS (LocalStack's recordings of February 2026).
test('an account has no password policy, and its users have no passwords', async () => {
  const noPolicy = `The Password Policy with domain name ${home} cannot be found.`
  await isRefused(iam.getAccountPasswordPolicy(), 'NoSuchEntity', 404, noPolicy)
  const noneToDelete = 'The account policy with name PasswordPolicy cannot be found.'
  await isRefused(iam.deleteAccountPasswordPolicy(), 'NoSuchEntity', 404, noneToDelete)
  const UserName = 'nobody'
  const noProfile = 'Login Profile for User nobody cannot be found.'
  const Password = 'correct horse battery'
  const noUser = 'The user with name absent cannot be found.'
  for (const [name, text] of [
    [UserName, noProfile],
    ['absent', noUser],
  ] as const) {
    for (const call of [
      iam.getLoginProfile({ UserName: name }),
      iam.updateLoginProfile({ UserName: name, Password }),
      iam.deleteLoginProfile({ UserName: name }),
    ])
      await isRefused(call, 'NoSuchEntity', 404, text)
  }
  const records = JSON.stringify(readAuditRecords(keyward.dataDirectory))
  assert.ok(records.includes('UpdateLoginProfile') && !records.includes(Password))
})

test('lists of identity providers are empty in a new account', async () => {
  assert.deepEqual((await iam.listSAMLProviders()).SAMLProviderList, [])
  assert.deepEqual((await iam.listOpenIDConnectProviders()).OpenIDConnectProviderList, [])
})
