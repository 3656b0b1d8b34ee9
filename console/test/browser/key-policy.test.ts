import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { makeKey, policyOf, TestCaller } from '../../../test/fixtures/caller.ts'
import { iamClient } from '../../../test/fixtures/iam-caller.ts'
import { allow, credentialsOf, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { makePolicy } from '../../src/model/policy/console-policy.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'
import { button, checkbox, textbox, writePolicy } from '../fixtures/wizard.ts'

// The key policy of a key in a real browser: as text, with the checks of the server, and as a form.

const account = '000000000000'
const other = '444455556666'
const arnOf = (name: string) => `arn:aws:iam::${account}:${name}`
const accountStatement = allow('kms:*', '*', arnOf('root'))

describe('the key policy', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const seed = writeYaml('seed.yaml', {
    accounts: [
      {
        id: account,
        users: [
          seedUser('boss', allow(['kms:*', 'keyward:ExplainAccess', 'iam:List*'])),
          seedUser('clerk', allow('kms:*')),
          seedUser('alice'),
          seedUser('bob'),
        ],
      },
    ],
  })
  const { server } = await serveConsole({ flags: ['--seed', seed] })
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })
  const admin = new TestCaller(server)
  const policyNow = async (id: string, caller = admin) =>
    (await caller.sdk.getKeyPolicy({ KeyId: id })).Policy ?? ''
  const openPolicy = async (
    t: Parameters<typeof openConsole>[0],
    { id }: { readonly id: string },
    user = 'boss',
  ): Promise<Page> => {
    const page = await openConsole(t, { browser, server, place: `#/us-east-1/keys/${id}?tab=policy` })
    await signIn(page, credentialsOf(user))
    return page
  }

  const editText = async (page: Page): Promise<void> => {
    await button(page, 'Switch to policy view').click()
    await button(page, 'Edit').click()
    await textbox(page, 'Key policy').waitFor()
  }

  test('the text is checked by the server while somebody types, and saved', async t => {
    const key = await makeKey(admin)
    const page = await openPolicy(t, key)
    await editText(page)
    assert.equal(await button(page, 'Save changes').getAttribute('aria-disabled'), 'true')

    await writePolicy(page, policyOf(allow('kms:*', '*', arnOf('user/alice'))))
    await page
      .getByText(/This policy locks you out: .* could not change it either/)
      .first()
      .waitFor()
    await writePolicy(page, policyOf(accountStatement, allow('kms:*', '*', arnOf('user/nobody'))))
    await page
      .getByText(/cannot take this policy: .*invalid principals/)
      .first()
      .waitFor()
    const text = policyOf(accountStatement, allow('kms:Decrypt', '*', arnOf('user/alice')))
    await writePolicy(page, text)
    await page.getByText('You will still be able to change this policy.').first().waitFor()
    assert.ok(!(await policyNow(key.id)).includes('alice'), 'a check stores nothing')
    await button(page, 'Save changes').click()
    await page.getByText('The key policy is changed.').waitFor()
    assert.equal(await policyNow(key.id), text)
  })

  test('a policy that locks its author out is refused, and goes through after a typed word', async t => {
    const key = await makeKey(admin)
    const page = await openPolicy(t, key)
    await editText(page)
    const sees = allow(['kms:DescribeKey', 'kms:GetKeyPolicy'], '*', arnOf('user/boss'))
    const text = policyOf(sees, allow('kms:*', '*', arnOf('user/alice')))
    await writePolicy(page, text)
    await button(page, 'Save changes').click()
    await page
      .getByText(/will not allow you to update the key policy in the future/)
      .first()
      .waitFor()
    await button(page, 'Save without the lock-out check').click()
    const dialog = page.getByRole('dialog', { name: 'Save without the lock-out check' })
    const confirm = dialog.getByRole('button', { name: 'Save without the check' })
    assert.equal(await confirm.getAttribute('aria-disabled'), 'true')
    await dialog.getByLabel('To confirm, type bypass').fill('bypass')
    await confirm.click()
    await page.getByText('The key policy is changed.').waitFor()
    assert.equal(
      await policyNow(key.id, new TestCaller(server, { credentials: credentialsOf('boss') })),
      text,
    )
  })

  test('somebody who may not ask the server has the checks of the page, and is asked before work is lost', async t => {
    const key = await makeKey(admin)
    const page = await openPolicy(t, key, 'clerk')
    await editText(page)
    await writePolicy(page, policyOf(accountStatement))
    await page
      .getByText(/You may not use keyward:ExplainAccess/)
      .first()
      .waitFor()
    await page.getByRole('tab', { name: 'Tags' }).click()
    const dialog = page.getByRole('dialog', { name: 'Leave without saving the key policy?' })
    await dialog.getByRole('button', { name: 'Stay' }).click()
    await button(page, 'Cancel').click()
    await page.getByRole('tab', { name: 'Tags' }).click()
    await page.getByRole('button', { name: 'Edit tags' }).waitFor()
  })

  test('the form adds and removes principals and accounts, and keeps other statements as they are', async t => {
    const iam = iamClient(server)
    await iam.createUser({ UserName: 'leaver' })
    const wizard = makePolicy({
      ...{ accountId: account, partition: 'aws', keyType: 'symmetric', keyUsage: 'ENCRYPT_DECRYPT' },
      ...{ origin: 'AWS_KMS', isMultiRegion: false, mayDelete: true },
      ...{ administrators: [arnOf('user/alice'), arnOf('user/leaver')], users: [], otherAccounts: [] },
    })
    const logs = `{ "Sid": "Logs",  "Effect": "Allow", "Principal": { "Service": "logs.amazonaws.com" },
      "Action": [ "kms:Encrypt*", "kms:Decrypt*" ], "Resource": "*" }`
    const statements = wizard.Statement.map(item => JSON.stringify(item))
    const key = await makeKey(admin, {
      Policy: `{"Version": "2012-10-17", "Statement": [${[...statements, logs].join(',\n')}]}`,
    })
    await iam.deleteUser({ UserName: 'leaver' })
    const before = await policyNow(key.id)
    const page = await openPolicy(t, key)
    await page.getByText('The policy names users or roles that were deleted').waitFor()
    const administrators = page.getByRole('table', { name: 'Key administrators' })
    await administrators.getByRole('checkbox', { name: /^Deleted user AIDA/ }).check()
    await button(page, 'Remove from Key administrators').click()
    await administrators.getByText('deleted').waitFor({ state: 'detached' })
    await checkbox(page, 'Allow key administrators to delete this key').uncheck()
    await button(page, 'Add to Key users').click()
    const dialog = page.getByRole('dialog', { name: 'Add to key users' })
    await dialog.getByRole('checkbox', { name: 'User bob' }).check()
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await button(page, 'Add another AWS account').click()
    const accounts = page.getByRole('dialog', { name: 'Add another AWS account' })
    await accounts.getByRole('textbox', { name: 'Account ID' }).fill(other)
    await accounts.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('You will still be able to change this policy.').first().waitFor()
    await button(page, 'Save changes').click()
    await page.getByText('The key policy is changed.').waitFor()

    const saved = await policyNow(key.id)
    assert.ok(saved.endsWith(before.slice(before.indexOf('"Logs"'))), 'the other statement is not as it was')
    const expected = makePolicy({
      ...{ accountId: account, partition: 'aws', keyType: 'symmetric', keyUsage: 'ENCRYPT_DECRYPT' },
      ...{ origin: 'AWS_KMS', isMultiRegion: false, mayDelete: false },
      ...{ administrators: [arnOf('user/alice')], users: [arnOf('user/bob')], otherAccounts: [other] },
    })
    const found = JSON.parse(saved).Statement.map((item: object) => setsIn(item))
    assert.deepEqual(found, [...expected.Statement, JSON.parse(logs)].map(setsIn))

    await button(page, 'View Logs in the policy').click()
    await page.locator('pre').getByText('logs.amazonaws.com').waitFor()
  })

  test('a policy without a form shows as text, and says why', async t => {
    const key = await makeKey(admin, {
      Policy: policyOf(allow('kms:*', '*', [arnOf('root'), arnOf('user/boss')])),
    })
    const page = await openPolicy(t, key)
    await page.getByText('No statement has the form that the console writes').last().waitFor()
    await page.locator('pre').getByText('user/boss').waitFor()
    assert.equal(await button(page, 'Switch to default view').getAttribute('aria-disabled'), 'true')
  })
})

/** A statement whose lists are sets: their order means nothing. */
const setsIn = (statement: object) =>
  JSON.parse(JSON.stringify(statement), (_name, value) => (Array.isArray(value) ? value.sort() : value))
