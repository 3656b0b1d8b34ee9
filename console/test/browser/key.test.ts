import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { makeKey, policyOf, TestCaller } from '../../../test/fixtures/caller.ts'
import { allow, credentialsOf, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'

// The page of a key in a real browser: what can be changed there, and what somebody without permissions sees.

const account = '000000000000'
const scripts = [
  '<img src=x onerror="document.title=1">',
  '"><script>document.title=1</script>',
  'javascript:document.title=1',
]

describe('the page of a key', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const seed = writeYaml('seed.yaml', {
    accounts: [{ id: account, users: [seedUser('boss', allow('kms:*')), seedUser('nobody')] }],
  })
  const { server } = await serveConsole({ flags: ['--seed', seed] })
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })
  const admin = new TestCaller(server)
  const openKey = async (
    t: Parameters<typeof openConsole>[0],
    { id }: { readonly id: string },
    { user = 'boss', tab = 'policy' } = {},
  ): Promise<Page> => {
    const page = await openConsole(t, { browser, server, place: `#/us-east-1/keys/${id}?tab=${tab}` })
    await signIn(page, credentialsOf(user))
    return page
  }

  test('the description is changed, and any text stays a text', async t => {
    const key = await makeKey(admin)
    const page = await openKey(t, key)
    for (const script of scripts) {
      await page.getByRole('button', { name: 'Edit description' }).click()
      const dialog = page.getByRole('dialog', { name: 'Edit description' })
      await dialog.getByLabel('Description - optional').fill(script)
      await dialog.getByRole('button', { name: 'Save changes' }).click()
      await dialog.waitFor({ state: 'detached' })
      await page.getByText(script, { exact: true }).waitFor()
      assert.equal((await admin.describe(key.id)).Description, script)
    }
    assert.equal(await page.locator('img, script:not([type]):not([src])').count(), 0)
    assert.match(await page.title(), /Keyward$/)
  })

  test('the last use has AWS’s advice', async t => {
    const key = await makeKey(admin)
    await admin.encrypt(key.id)
    const page = await openKey(t, key)
    await page.getByText(/^Encrypt, /).waitFor()
    await page.getByText(/disable it first, and watch for DisabledException/).waitFor()
  })

  test('tags are added, changed and removed, and wrong ones are refused before anything is sent', async t => {
    const key = await makeKey(admin, {
      Tags: [
        { TagKey: 'gone', TagValue: '1' },
        { TagKey: 'team', TagValue: 'blue' },
      ],
    })
    const page = await openKey(t, key, { tab: 'tags' })
    await page.getByRole('button', { name: 'Edit tags' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit tags' })
    await dialog.getByRole('button', { name: 'Remove tag gone' }).click()
    await dialog.getByLabel('Value of tag 1').fill('green')
    await dialog.getByRole('button', { name: 'Add tag' }).click()
    await dialog.getByText('You can add 48 more tags.').waitFor()
    await dialog.getByLabel('Key of tag 2').fill('team')
    await dialog.getByText('This key is there twice.').first().waitFor()
    await dialog.getByLabel('Key of tag 2').fill('AWS:team')
    await dialog.getByText('Keys that begin with aws: belong to AWS.').waitFor()
    await dialog.getByLabel('Key of tag 2').fill('cost')
    await dialog.getByRole('button', { name: 'Save changes' }).click()
    await page.getByRole('rowheader', { name: 'cost' }).waitFor()
    const { Tags = [] } = await admin.sdk.listResourceTags({ KeyId: key.id })
    assert.deepEqual(
      new Map(Tags.map(({ TagKey, TagValue }) => [TagKey, TagValue])),
      new Map([
        ['team', 'green'],
        ['cost', ''],
      ]),
    )
  })

  test('aliases are created, moved from a different key, and deleted', async t => {
    const [key, old, signing] = await Promise.all([
      makeKey(admin),
      makeKey(admin, { Description: 'The old key' }),
      makeKey(admin, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    ])
    await admin.sdk.createAlias({ AliasName: 'alias/current', TargetKeyId: old.id })
    await admin.sdk.createAlias({ AliasName: 'alias/signing', TargetKeyId: signing.id })
    const page = await openKey(t, key, { tab: 'aliases' })
    await page.getByText('The key has no aliases.').waitFor()
    await page.getByRole('button', { name: 'Create alias' }).click()
    const create = page.getByRole('dialog', { name: 'Create alias' })
    const name = create.getByRole('textbox', { name: 'Alias' })
    await name.fill('aws/mine')
    await create.getByText('Names that begin with aws/ belong to AWS.').first().waitFor()
    await name.fill('alias/orders')
    await name.press('Enter')
    await page.getByRole('heading', { name: 'orders', level: 1 }).waitFor()

    await page.getByRole('button', { name: 'Move alias to this key' }).click()
    const move = page.getByRole('dialog', { name: 'Move alias to this key' })
    const asked = move.getByRole('textbox', { name: 'Alias' })
    await asked.fill('signing')
    await move.getByRole('button', { name: 'Find' }).click()
    await move
      .getByText(/a key of a different type: asymmetric/)
      .first()
      .waitFor()
    await asked.fill('current')
    await asked.press('Enter')
    await move.getByText('The old key').waitFor()
    await move.getByText(old.id).waitFor()
    await move.getByText(key.id).waitFor()
    await move.getByRole('button', { name: 'Move alias' }).click()
    await page.getByRole('rowheader', { name: 'current' }).waitFor()
    assert.equal((await admin.describe('alias/current')).KeyId, key.id)

    for (const alias of ['alias/orders', 'alias/current'])
      await page.getByRole('checkbox', { name: alias }).check()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('dialog', { name: 'Delete aliases' }).getByRole('button', { name: 'Delete' }).click()
    await page.getByText('The key has no aliases.').waitFor()
    const { Aliases = [] } = await admin.sdk.listAliases({ KeyId: key.id })
    assert.deepEqual(Aliases, [])
  })

  test('a key that is pending deletion says so, and cannot be changed', async t => {
    const key = await makeKey(admin)
    await admin.sdk.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 })
    const page = await openKey(t, key, { tab: 'tags' })
    await page.getByText('The key is pending deletion: it cannot be used').waitFor()
    for (const name of ['Edit description', 'Edit tags'])
      assert.equal(await page.getByRole('button', { name }).getAttribute('aria-disabled'), 'true', name)
    await page.getByRole('button', { name: 'Key actions' }).click()
    for (const name of ['Enable', 'Disable'])
      assert.equal(await page.getByRole('menuitem', { name }).getAttribute('aria-disabled'), 'true', name)
  })

  test('each tab of a key says which permission is missing', async t => {
    const key = await makeKey(admin, { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
    const page = await openKey(t, key, { user: 'nobody' })
    await page.getByText('You need kms:DescribeKey').waitFor()
    for (const [tab, action] of [
      ['Key policy', 'kms:GetKeyPolicy'],
      ['Cryptographic configuration', 'kms:DescribeKey'],
      ['Tags', 'kms:ListResourceTags'],
      ['Public key', 'kms:GetPublicKey'],
      ['Aliases', 'kms:ListAliases'],
    ] as const) {
      await page.getByRole('tab', { name: tab }).click()
      await page.getByRole('tabpanel', { name: tab }).getByText(`You need ${action}`).waitFor()
    }
  })

  test('somebody with one permission sees that part', async t => {
    const policy = policyOf(
      { ...allow('kms:*', '*', `arn:aws:iam::${account}:root`), Sid: 'Account' },
      { ...allow('kms:GetKeyPolicy', '*', `arn:aws:iam::${account}:user/nobody`), Sid: 'OnlyThePolicy' },
    )
    const page = await openKey(t, await makeKey(admin, { Policy: policy }), { user: 'nobody' })
    await page.getByText('You need kms:DescribeKey').waitFor()
    await page.locator('pre').getByText('OnlyThePolicy').waitFor()
  })
})
