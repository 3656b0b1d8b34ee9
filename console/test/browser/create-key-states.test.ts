import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { makeKey, TestCaller } from '../../../test/fixtures/caller.ts'
import { allow, credentialsOf, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { axeFindings } from '../fixtures/axe.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'
import { button, checkbox, next, step, textbox, toReview, writePolicy } from '../fixtures/wizard.ts'

// The wizard that creates keys, when something is in the way: faults, missing permissions, edited policies, unsaved work.

const account = '000000000000'
const maker = `arn:aws:iam::${account}:user/maker`
const script = '<img src=x onerror="document.title=1">'

describe('the wizard for keys, with something in the way', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const makes = allow([
    'kms:CreateKey',
    'kms:CreateAlias',
    'kms:PutKeyPolicy',
    'kms:ListKeys',
    'kms:DescribeKey',
  ])
  const users = [seedUser('maker', makes), seedUser('lister', allow(['kms:ListKeys', 'iam:ListUsers']))]
  const seed = writeYaml('seed.yaml', { accounts: [{ id: account, users }] })
  const { server, administrator } = await serveConsole({ flags: ['--seed', seed] })
  const browser: Browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })
  const admin = new TestCaller(server)
  const countKeys = async () => (await admin.sdk.listKeys({})).Keys?.length ?? 0
  const opened = async (t: Parameters<typeof openConsole>[0], as = administrator, more: object = {}) => {
    const page = await openConsole(t, { browser, server, place: '#/us-east-1/keys/create', ...more })
    await signIn(page, as)
    await step(page, 'Configure key')
    return page
  }

  test('faults of fields show before the server is asked', async t => {
    const page = await opened(t)
    await next(page, 'Add labels')
    await button(page, 'Next').click()
    await page.getByText('Enter a name.').waitFor()
    await textbox(page, 'Alias').fill('aws/s3')
    await page.getByText('Names that begin with aws/ belong to AWS.').waitFor()
    await textbox(page, 'Alias').fill('faults')
    await button(page, 'Add tag').click()
    await button(page, 'Next').click()
    await page.getByText('Enter a key.').waitFor()
    await textbox(page, 'Key of tag 1').fill('aws:x')
    await page.getByText('Keys that begin with aws: belong to AWS.').waitFor()
    await page.getByRole('button', { name: /^Remove/ }).click()
    await next(page, 'Define key administrative permissions')
    await next(page, 'Define key usage permissions')
    await button(page, 'Add another AWS account').click()
    await textbox(page, 'Account ID 1').fill('12345')
    await button(page, 'Next').click()
    await page.getByText('An account ID has 12 digits.').waitFor()
    await textbox(page, 'Account ID 1').fill(account)
    await page.getByText('The key is in this account').waitFor()
  })

  test('somebody who may not list users and roles names them by ARN', async t => {
    const page = await opened(t, credentialsOf('maker'))
    await next(page, 'Add labels')
    await textbox(page, 'Alias').fill('pasted')
    await next(page, 'Define key administrative permissions')
    await page.getByText('You need iam:ListUsers').waitFor()
    await page.getByText('You need iam:ListRoles').waitFor()
    await textbox(page, 'ARNs of users and roles').fill(`${maker} nobody`)
    await button(page, 'Add ARNs').click()
    await page.getByText(`nobody is not the ARN of a user or a role in account ${account}.`).waitFor()
    await textbox(page, 'ARNs of users and roles').fill(maker)
    await button(page, 'Add ARNs').click()
    await button(page, `Remove ${maker}`).waitFor()
    await next(page, 'Define key usage permissions')
    await next(page, 'Edit key policy')
    await next(page, 'Review')
    await button(page, 'Finish').click()
    await page.getByText('The key alias/pasted was made.').waitFor()
    const { Policy = '' } = await admin.sdk.getKeyPolicy({
      KeyId: (await admin.describe('alias/pasted')).KeyId,
    })
    assert.deepEqual(JSON.parse(Policy).Statement[1].Principal, { AWS: maker })
  })

  test('a refused list of roles leaves that of users, and a refused key says which action is missing', async t => {
    const before = await countKeys()
    const page = await opened(t, credentialsOf('lister'))
    await next(page, 'Add labels')
    await textbox(page, 'Alias').fill('refused')
    await next(page, 'Define key administrative permissions')
    await page.getByText('You need iam:ListRoles').waitFor()
    await checkbox(page, 'User maker').check()
    await next(page, 'Define key usage permissions')
    await next(page, 'Edit key policy')
    await next(page, 'Review')
    await button(page, 'Finish').click()
    await page.getByText('You need kms:CreateKey').waitFor()
    assert.equal(await countKeys(), before)
    await button(page, 'Edit alias, description and tags').click()
    assert.equal(await textbox(page, 'Alias').inputValue(), 'refused')
  })

  test('a key without an alias can be left for its page', async t => {
    const { id } = await makeKey(admin)
    await admin.sdk.createAlias({ AliasName: 'alias/taken', TargetKeyId: id })
    const page = await opened(t)
    await toReview(page, 'taken')
    await button(page, 'Finish').click()
    await step(page, 'The key has no alias yet')
    await page.getByRole('link', { name: 'View key' }).click()
    await page.getByRole('tab', { name: 'Aliases' }).waitFor()
    assert.doesNotMatch(page.url(), new RegExp(`create|${id}`))
  })

  test('a written policy is checked, and is made as it was written', async t => {
    const page = await opened(t)
    const policy = {
      Version: '2012-10-17',
      Statement: [
        { Sid: script, ...allow('kms:*', '*', `arn:aws:iam::${account}:root`) },
        { ...allow('kms:Encrypt', '*', maker) },
      ],
    }
    await toReview(page, 'written')
    await button(page, 'Edit key policy').click()
    await step(page, 'Edit key policy')
    await button(page, 'Edit').click()
    await writePolicy(page, '{\n"Statement": [],\n"Statement": }')
    await page.getByText('Line 3: The member "Statement" is there twice.').first().waitFor()
    await page.getByText('Line 3: A value must stand here, and not "}".').first().waitFor()
    await button(page, 'Next').click()
    await step(page, 'Edit key policy')
    await writePolicy(page, JSON.stringify({ ...policy, Statement: policy.Statement[1] }))
    await page
      .getByText(/^No statement allows this account or you/)
      .first()
      .waitFor()
    await writePolicy(page, JSON.stringify(policy))
    await page
      .getByText(/^No statement allows/)
      .first()
      .waitFor({ state: 'detached' })
    await page.getByText(/ of 32,768 bytes$/).waitFor()
    await next(page, 'Review')
    await page.getByRole('heading', { name: 'Key policy (edited)' }).waitFor()
    await button(page, 'Finish').click()
    await page.getByText('The key alias/written was made.').waitFor()
    const { Policy = '' } = await admin.sdk.getKeyPolicy({
      KeyId: (await admin.describe('alias/written')).KeyId,
    })
    assert.deepEqual(JSON.parse(Policy), policy)
    assert.equal(await page.locator('img').count(), 0)
  })

  test('a written policy is kept or regenerated when choices have changed', async t => {
    const page = await opened(t)
    await toReview(page, 'asked')
    await button(page, 'Edit key policy').click()
    await button(page, 'Edit').click()
    const written = JSON.stringify({
      Id: 'mine',
      Statement: allow('kms:*', '*', `arn:aws:iam::${account}:root`),
    })
    await writePolicy(page, written)
    await next(page, 'Review')
    const changeUsers = async () => {
      await button(page, 'Edit key users').click()
      await checkbox(page, 'User maker').click()
      await next(page, 'Edit key policy')
      await page.getByText('Your choices have changed since you edited the policy').waitFor()
      // There is no way around the question.
      await button(page, 'Next').click()
      await step(page, 'Edit key policy')
    }
    await changeUsers()
    await button(page, 'Keep my policy').click()
    await next(page, 'Review')
    await page.locator('pre').getByText('"mine"').waitFor()
    await changeUsers()
    await button(page, 'Regenerate policy').click()
    await next(page, 'Review')
    await page.locator('pre').getByText('key-consolepolicy-3').waitFor()
  })

  test('the policy can be written without the code of the editor', async t => {
    const page = await opened(t)
    await page.route(/code-area[^/]*\.js/, route => route.abort())
    await toReview(page, 'plain')
    await button(page, 'Edit key policy').click()
    await button(page, 'Edit').click()
    await page.locator('textarea').fill('{')
    await page.getByText('Line 1: The text ends too early.').waitFor()
  })

  test('unsaved work is left only after a question', async t => {
    const page = await openConsole(t, { browser, server })
    await signIn(page, administrator)
    const begin = () => page.getByRole('link', { name: 'Create key' }).first().click()
    await begin()
    await step(page, 'Configure key')
    await next(page, 'Add labels')
    await textbox(page, 'Alias').fill('left')
    const list = page.getByRole('link', { name: 'Customer managed keys' }).first()
    const dialog = page.getByRole('dialog', { name: 'Leave without making the key?' })
    for (const leave of [() => page.goBack(), () => button(page, 'Cancel').click(), () => list.click()]) {
      await leave()
      await dialog.getByRole('button', { name: 'Stay' }).click()
      assert.equal(await textbox(page, 'Alias').inputValue(), 'left')
      assert.match(page.url(), /keys\/create$/)
    }
    await list.click()
    await dialog.getByRole('button', { name: 'Leave' }).click()
    await step(page, /^Customer managed keys/)
    assert.match(page.url(), /us-east-1\/keys$/)
    await begin()
    await next(page, 'Add labels')
    // Without choices there is nothing to lose, and nothing is left of the ones before.
    assert.equal(await textbox(page, 'Alias').inputValue(), '')
    await button(page, 'Cancel').click()
    await step(page, /^Customer managed keys/)
  })

  test('axe finds nothing serious on any step, light and dark', async t => {
    for (const theme of ['light', 'dark'] as const) {
      const page = await opened(t, administrator, { theme })
      // A text that fades in has too little contrast on its way.
      await page.emulateMedia({ reducedMotion: 'reduce' })
      await button(page, 'Advanced options').click()
      assert.deepEqual(await axeFindings(page), [], `configure ${theme}`)
      await next(page, 'Add labels')
      await button(page, 'Add tag').click()
      await button(page, 'Next').click()
      assert.deepEqual(await axeFindings(page), [], `labels ${theme}`)
      await page.getByRole('button', { name: /^Remove/ }).click()
      await textbox(page, 'Alias').fill('axe')
      await next(page, 'Define key administrative permissions')
      await checkbox(page, 'User maker').check()
      assert.deepEqual(await axeFindings(page), [], `administrators ${theme}`)
      await next(page, 'Define key usage permissions')
      await button(page, 'Add another AWS account').click()
      assert.deepEqual(await axeFindings(page), [], `users ${theme}`)
      await page.getByRole('button', { name: /^Remove/ }).click()
      await next(page, 'Edit key policy')
      await button(page, 'Edit').click()
      await textbox(page, 'Key policy').press('Control+Home')
      await page.keyboard.type('[1, true, ')
      await page
        .getByText(/Line \d+: The text ends too early/)
        .first()
        .waitFor()
      assert.deepEqual(await axeFindings(page), [], `editor ${theme}`)
      await button(page, 'Discard edits').click()
      await next(page, 'Review')
      assert.deepEqual(await axeFindings(page), [], `review ${theme}`)
    }
  })
})
