import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { makeKey, policyOf, TestCaller } from '../../../test/fixtures/caller.ts'
import { allow, credentialsOf, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'
import { button, textbox, writePolicy } from '../fixtures/wizard.ts'

// The key policy of a key in a real browser: as text, with the checks of the server, and as a form.

const account = '000000000000'
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

  test('the text is checked by the server while somebody types, and saved', async t => {
    const key = await makeKey(admin)
    const page = await openPolicy(t, key)
    await button(page, 'Edit').click()
    await textbox(page, 'Key policy').waitFor()
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
    await button(page, 'Edit').click()
    await textbox(page, 'Key policy').waitFor()
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
    await button(page, 'Edit').click()
    await textbox(page, 'Key policy').waitFor()
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
})
