import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import type { Browser, Page } from 'playwright-core'
import { makeKey, policyOf, TestCaller } from '../../../test/fixtures/caller.ts'
import { allow, credentialsOf, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'

// The console in a real browser, used as a person would: by roles and labels.

const account = '000000000000'
const root = `arn:aws:iam::${account}:root`
const script = '<img src=x onerror="document.title=1">'

describe('the console', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const seed = writeYaml('seed.yaml', {
    accounts: [{ id: account, users: [seedUser('lister', allow('kms:ListKeys')), seedUser('nobody')] }],
  })
  const { server, administrator } = await serveConsole({ flags: ['--seed', seed] })
  const browser: Browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })
  const admin = new TestCaller(server)
  const iam = new IAM({ endpoint: server.url, region: 'us-east-1', credentials: administrator })
  const signing = await makeKey(admin, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const evil = await makeKey(admin, {
    Description: script,
    Tags: [{ TagKey: script, TagValue: script }],
    Policy: policyOf({ ...allow('kms:*', '*', root), Sid: 'SomeSid' }),
  })
  await admin.sdk.createAlias({ AliasName: 'alias/orders', TargetKeyId: signing.id })
  for (let count = 0; count < 30; count++) await makeKey(admin)
  const secrets = [administrator.secretAccessKey]
  const open = (t: Parameters<typeof openConsole>[0], more: object = {}) =>
    openConsole(t, { browser, server, secrets, ...more })
  const opened = async (t: Parameters<typeof openConsole>[0], more: object = {}): Promise<Page> => {
    const page = await open(t, more)
    await signIn(page, administrator)
    return page
  }
  const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name, level: 1 })

  test('a wrong secret has AWS’s words, and a reload signs out unless the tab keeps the key', async t => {
    const page = await open(t)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Enter the access key ID.').waitFor()
    await page.getByLabel('Access key ID').fill(administrator.accessKeyId)
    await page.getByLabel('Secret access key').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText(/SignatureDoesNotMatch: The request signature we calculated/).waitFor()
    await page.getByText(/The secret access key is a different one/).waitFor()
    await signIn(page, administrator)
    await page.reload()
    await page.getByLabel('Access key ID').waitFor()
  })

  test('a tab that was asked to keep the key resumes, until somebody signs out', async t => {
    const page = await open(t)
    await page.getByLabel('Keep until this tab closes').check()
    await signIn(page, administrator)
    await page.reload()
    await heading(page, /^Customer managed keys/).waitFor()
    await page.getByRole('button', { name: /administrator/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByLabel('Access key ID').waitFor()
    assert.equal(await page.evaluate(() => sessionStorage.length), 0)
  })

  test('the list pages, sorts and filters on the server', async t => {
    const page = await opened(t)
    const rows = page.getByRole('table', { name: 'Customer managed keys' }).getByRole('row')
    const hasRows = async (count: number) => {
      await rows.nth(count - 1).waitFor()
      await rows.nth(count).waitFor({ state: 'detached' })
    }
    await page.getByText('(32)').waitFor()
    await page.getByRole('link', { name: 'orders', exact: true }).waitFor()
    // Aliases come first: the header of the table, and the first of 20 keys.
    await hasRows(21)
    await page.getByRole('button', { name: 'Next page' }).click()
    await page.getByText('orders').waitFor({ state: 'detached' })
    await hasRows(13)
    const find = page.getByRole('combobox', { name: 'Find keys' })
    await find.fill('order')
    await find.press('Enter')
    await page.getByRole('link', { name: 'orders', exact: true }).waitFor()
    await hasRows(2)
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await find.fill('no such text')
    await find.press('Enter')
    await page.getByText('No key meets the filters.').waitFor()
    await page.getByRole('cell').getByRole('button', { name: 'Clear filters' }).click()
    await page
      .getByRole('button', { name: /Key spec/ })
      .first()
      .press('Enter')
    await page.getByText('ECC_NIST_P256').waitFor()
    await rows.nth(1).getByText('ECC_NIST_P256').waitFor()
  })

  test('a key is disabled and enabled, and says so', async t => {
    const page = await opened(t, { place: `#/us-east-1/keys/${signing.id}` })
    const act = async (name: string) => {
      await page.getByRole('button', { name: 'Key actions' }).click()
      await page.getByRole('menuitem', { name }).click()
    }
    await act('Disable')
    const dialog = page.getByRole('dialog', { name: 'Disable key' })
    await dialog.getByLabel('Confirm that you want to disable this key').check()
    await dialog.getByRole('button', { name: 'Disable key' }).click()
    await page.getByText(`orders (${signing.id}) disabled.`).waitFor()
    assert.equal((await admin.describe(signing.id)).KeyState, 'Disabled')
    await act('Enable')
    await page.getByRole('dialog').getByRole('button', { name: 'Enable key' }).click()
    await page.getByText(`orders (${signing.id}) enabled.`).waitFor()
    assert.equal((await admin.describe(signing.id)).KeyState, 'Enabled')
  })

  test('the page of a key has its tabs in the address, and survives the sign-in', async t => {
    const page = await opened(t, { place: `#/us-east-1/keys/alias%2Forders?tab=public-key` })
    await heading(page, 'orders').waitFor()
    await page.locator('pre').getByText('-----BEGIN PUBLIC KEY-----').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ])
    const { PublicKey } = await admin.sdk.getPublicKey({ KeyId: signing.id })
    const base64 = readFileSync(await download.path(), 'utf8').replaceAll(/-----[^-]+-----|\n/g, '')
    assert.equal(base64, Buffer.from(PublicKey ?? []).toString('base64'))
    await page.getByRole('tab', { name: 'Aliases' }).click()
    await page.getByRole('rowheader', { name: 'orders', exact: true }).waitFor()
    assert.match(page.url(), /tab=aliases/)
    await page.getByRole('tab', { name: 'Cryptographic configuration' }).click()
    await page.getByText('ECDSA_SHA_256').waitFor()
  })

  test('a text of somebody else is text', async t => {
    const page = await opened(t, { place: `#/us-east-1/keys/${evil.id}?tab=tags` })
    await page.getByRole('rowheader', { name: script }).waitFor()
    await page.getByRole('tab', { name: 'Key policy' }).click()
    await page.getByRole('button', { name: 'Switch to policy view' }).click()
    await page.locator('pre').getByText('SomeSid').waitFor()
    assert.equal(await page.locator('img').count(), 0)
    assert.match(await page.title(), /Keyward$/)
  })

  test('somebody without permissions sees which are missing', async t => {
    const page = await open(t)
    await signIn(page, credentialsOf('nobody'))
    await page.getByText('You need kms:ListKeys').waitFor()
    await page.getByRole('button', { name: 'Open key' }).click()
    await page.getByRole('dialog').getByLabel('Key', { exact: true }).fill(evil.arn)
    await page.getByRole('dialog').getByRole('button', { name: 'Open' }).click()
    await page.getByText('You need kms:DescribeKey').waitFor()
  })

  test('messages end with the session of the person who got them', async t => {
    const page = await opened(t, { place: `#/us-east-1/keys/${signing.id}` })
    await page.getByRole('button', { name: 'Key actions' }).click()
    await page.getByRole('menuitem', { name: 'Disable' }).click()
    await page.getByLabel('Confirm that you want to disable this key').check()
    await page.getByRole('button', { name: 'Disable key' }).click()
    await page.getByText(`orders (${signing.id}) disabled.`).waitFor()
    await admin.sdk.enableKey({ KeyId: signing.id })
    await page.getByRole('button', { name: /^user.administrator/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await signIn(page, credentialsOf('nobody'))
    await page.getByText('You need kms:DescribeKey').waitFor()
    assert.equal(await page.getByText('disabled.').count(), 0)
  })

  test('a session that is over asks for a new sign-in over the page', async t => {
    const { AccessKey } = await iam.createAccessKey({ UserName: 'administrator' })
    const accessKeyId = String(AccessKey?.AccessKeyId)
    const page = await open(t)
    await signIn(page, { accessKeyId, secretAccessKey: String(AccessKey?.SecretAccessKey) })
    await page.getByText('(32)').waitFor()
    await iam.deleteAccessKey({ UserName: 'administrator', AccessKeyId: accessKeyId })
    await page.getByRole('button', { name: 'Refresh keys' }).click()
    const dialog = page.getByRole('dialog', { name: 'Sign in again' })
    await dialog.getByLabel('Access key ID').fill(administrator.accessKeyId)
    await dialog.getByLabel('Secret access key').fill(administrator.secretAccessKey)
    await dialog.getByRole('button', { name: 'Sign in' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'orders', exact: true }).waitFor()
  })

  test('a device with a wrong clock sees both clocks, and signs with the server’s time', async t => {
    const page = await open(t)
    await page.clock.setSystemTime(new Date(Date.now() - 3_600_000))
    await page.getByLabel('Access key ID').fill(administrator.accessKeyId)
    await page.getByLabel('Secret access key').fill(administrator.secretAccessKey)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('The clock of this device is wrong').waitFor()
    await page.getByRole('button', { name: "Use the server's time" }).click()
    await page.getByText('(32)').waitFor()
  })
})
