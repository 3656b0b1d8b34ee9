import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { makeKey, policyOf, TestCaller } from '../../../test/fixtures/caller.ts'
import { allow, credentialsOf, deny, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'

// The list of keys in a real browser: filters, columns, actions on several keys, and the parts that somebody may not see.

const [account, otherAccount] = ['000000000000', '111122223333']
const root = `arn:aws:iam::${account}:root`

describe('the list of keys', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const seed = writeYaml('seed.yaml', {
    accounts: [
      { id: account, users: [seedUser('lister', allow('kms:ListKeys')), seedUser('boss', allow('kms:*'))] },
      { id: otherAccount, users: [seedUser('friend', allow('kms:*'))] },
    ],
  })
  const { server } = await serveConsole({ flags: ['--seed', seed] })
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })
  const admin = new TestCaller(server)
  const everyone = { ...allow('kms:*', '*', root), Sid: 'Account' }
  const [first, second, third] = await Promise.all([
    makeKey(admin, { Tags: [{ TagKey: 'team', TagValue: 'blue' }] }),
    makeKey(admin, { Tags: [{ TagKey: 'team', TagValue: 'green' }] }),
    makeKey(admin, {
      Policy: policyOf(everyone, deny('kms:DisableKey', '*', `arn:aws:iam::${account}:user/boss`)),
    }),
  ])
  const shared = await makeKey(admin, {
    Policy: policyOf(everyone, allow('kms:*', '*', `arn:aws:iam::${otherAccount}:root`)),
  })
  const named = { first, second, third, shared }
  for (const [name, { id }] of Object.entries(named))
    await admin.sdk.createAlias({ AliasName: `alias/${name}`, TargetKeyId: id })
  await admin.sdk.createAlias({ AliasName: 'alias/first-too', TargetKeyId: first.id })
  for (let count = 0; count < 20; count++) await makeKey(admin)

  const openAs = async (t: Parameters<typeof openConsole>[0], user: string, place = ''): Promise<Page> => {
    const page = await openConsole(t, { browser, server, place })
    await signIn(page, credentialsOf(user))
    return page
  }
  const rows = (page: Page) => page.getByRole('table', { name: 'Customer managed keys' }).getByRole('row')
  const row = (page: Page, alias: string) =>
    rows(page).filter({ has: page.getByRole('link', { name: alias, exact: true }) })
  const find = async (page: Page, text: string) => {
    const box = page.getByRole('combobox', { name: 'Find keys' })
    await box.fill(text)
    await box.press('Enter')
  }

  test('filters by status and tag join, and the way back leads to the same list', async t => {
    await admin.sdk.disableKey({ KeyId: second.id })
    const page = await openAs(t, 'boss')
    await row(page, 'first').getByRole('link', { name: '1 more aliases' }).waitFor()
    await page.getByRole('combobox', { name: 'Find keys' }).click()
    await page.getByRole('option', { name: 'Status' }).click()
    await page.getByRole('option', { name: 'Status = Equals' }).click()
    await page.getByRole('option', { name: 'Disabled' }).click()
    await page.getByRole('button', { name: 'Apply' }).click()
    await row(page, 'first').waitFor({ state: 'detached' })
    assert.equal(await rows(page).count(), 2)
    await find(page, 'Tag = team=blue')
    await page.getByText('No key meets the filters.').waitFor()
    await page.getByRole('button', { name: 'and', exact: true }).click()
    await page.getByRole('option', { name: 'or', exact: true }).click()
    await row(page, 'first').waitFor()
    assert.equal(await rows(page).count(), 3)
    await row(page, 'second').getByRole('link', { name: 'second', exact: true }).click()
    await page.getByRole('heading', { name: 'General configuration' }).waitFor()
    await page.goBack()
    await row(page, 'first').waitFor()
    assert.equal(await rows(page).count(), 3)
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await find(page, 'Tag != team')
    await row(page, 'third').waitFor()
    await row(page, 'first').waitFor({ state: 'detached' })
    await admin.sdk.enableKey({ KeyId: second.id })
  })

  test('a filter that the server would refuse is not set, and says why', async t => {
    const page = await openAs(t, 'boss')
    await find(page, 'Creation date < soon')
    await page.getByText('Write a creation date as year, month and day').waitFor()
    await find(page, 'Creation date < 2020-01-01')
    await page.getByText('No key meets the filters.').waitFor()
  })

  test('a page that was left is there again', async t => {
    const page = await openAs(t, 'boss', '#/us-east-1/keys?sort=-CreationDate')
    await page.getByText('(24)').waitFor()
    assert.equal(await rows(page).count(), 21)
    await page.getByRole('button', { name: 'Next page' }).click()
    await row(page, 'first').getByRole('link', { name: first.id, exact: true }).click()
    await page.getByRole('heading', { name: 'General configuration' }).waitFor()
    await page.goBack()
    await row(page, 'first').waitFor()
    assert.equal(await rows(page).count(), 5)
  })

  test('columns and page size are kept', async t => {
    const page = await openAs(t, 'boss')
    await page.getByRole('button', { name: 'Preferences' }).click()
    const dialog = page.getByRole('dialog', { name: 'Preferences' })
    await dialog.getByRole('radio', { name: '50' }).check()
    await dialog
      .getByRole('switch', { name: 'Tags' })
      .or(dialog.getByLabel('Tags', { exact: true }))
      .first()
      .check()
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    await page.getByRole('cell', { name: 'team=blue' }).waitFor()
    await page.reload()
    await signIn(page, credentialsOf('boss'))
    await page.getByRole('cell', { name: 'team=blue' }).waitFor()
    assert.equal(await rows(page).count(), 25)
  })

  test('several keys are disabled, and one that refuses does not keep the others', async t => {
    const page = await openAs(t, 'boss')
    for (const alias of ['first', 'third', 'shared']) await row(page, alias).getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Key actions' }).click()
    await page.getByRole('menuitem', { name: 'Disable' }).click()
    const dialog = page.getByRole('dialog', { name: 'Disable keys' })
    await dialog
      .getByRole('button', { name: 'Disable keys' })
      .and(page.locator(':disabled, [aria-disabled=true]'))
      .waitFor()
    await dialog.getByLabel('Confirm that you want to disable these 3 keys').check()
    await dialog.getByRole('button', { name: 'Disable keys' }).click()
    await dialog.getByText(/^AccessDeniedException: .*explicit deny/).waitFor()
    assert.equal(await dialog.getByRole('listitem').filter({ hasText: 'disabled' }).count(), 2)
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
    await row(page, 'first').getByText('Disabled').waitFor()
    for (const [key, state] of [
      [first, 'Disabled'],
      [third, 'Enabled'],
      [shared, 'Disabled'],
    ] as const)
      assert.equal((await admin.describe(key.id)).KeyState, state)
    // The three are still selected, and only those that are disabled are enabled.
    await page.getByRole('button', { name: 'Key actions' }).click()
    await page.getByRole('menuitem', { name: 'Enable' }).click()
    await page
      .getByRole('dialog', { name: 'Enable keys' })
      .getByRole('button', { name: 'Enable keys' })
      .click()
    await page.getByText('2 keys enabled.').waitFor()
  })

  test('several keys get tags, and wrong ones are refused before anything is sent', async t => {
    const page = await openAs(t, 'boss')
    for (const alias of ['first', 'second']) await row(page, alias).getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Key actions' }).click()
    await page.getByRole('menuitem', { name: 'Add or edit tags' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add or edit tags' })
    await dialog.getByLabel('Key of tag 1').fill('aws:cost')
    await dialog.getByText('Keys that begin with aws: belong to AWS.').waitFor()
    await dialog.getByLabel('Key of tag 1').fill('cost')
    await dialog.getByLabel('Value of tag 1').fill('7')
    await dialog.getByRole('button', { name: 'Save changes' }).click()
    await page.getByText('2 keys tagged.').waitFor()
    for (const { id } of [first, second]) {
      const { Tags = [] } = await admin.sdk.listResourceTags({ KeyId: id })
      assert.deepEqual(Tags.map(({ TagKey }) => TagKey).sort(), ['cost', 'team'])
    }
  })

  test('somebody who may only list sees ids, and which permissions are missing', async t => {
    const page = await openAs(t, 'lister')
    await page.getByText('You may not describe 20 keys here: that needs kms:DescribeKey.').waitFor()
    assert.equal(await rows(page).getByText('Needs kms:DescribeKey').count(), 20)
    assert.equal(await rows(page).getByText('Needs kms:ListAliases').count(), 20)
    await page
      .getByRole('button', { name: /Key spec/ })
      .first()
      .press('Enter')
    await page.getByText('No keys that you may describe').waitFor()
    await page.getByText('They show only in the order of aliases or key IDs.').waitFor()
  })

  test('a key of a different account opens by its ARN', async t => {
    const page = await openAs(t, 'friend')
    await page.getByText('No keys', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Open key' }).click()
    const dialog = page.getByRole('dialog', { name: 'Open key' })
    const field = dialog.getByLabel('Key', { exact: true })
    await field.fill(shared.arn.replace('us-east-1', 'eu-north-1'))
    await dialog.getByText('This server has no Region eu-north-1.').first().waitFor()
    await field.fill(shared.arn)
    await field.press('Enter')
    await page.getByRole('heading', { name: 'General configuration' }).waitFor()
    await page.getByText(account, { exact: true }).waitFor()
    await page.getByRole('tab', { name: 'Aliases' }).click()
    await page.getByText('The key belongs to a different account.').waitFor()
  })
})
