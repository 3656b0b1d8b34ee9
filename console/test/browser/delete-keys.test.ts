import assert from 'node:assert/strict'
import { after, describe, type TestContext, test } from 'node:test'
import { makeKey, TestCaller } from '../../../test/fixtures/caller.ts'
import { allow, credentialsOf, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'

describe('the deletion of keys in the console', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const seed = writeYaml('seed.yaml', {
    accounts: [
      { id: '000000000000', users: [seedUser('reader', allow(['kms:DescribeKey', 'kms:ListKeys']))] },
    ],
  })
  const { server, administrator } = await serveConsole({ flags: ['--seed', seed] })
  const admin = new TestCaller(server)
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })

  const opened = async (t: TestContext, place: string, who = administrator) => {
    const page = await openConsole(t, { browser, server, place })
    await signIn(page, who)
    return page
  }
  const stateOf = async (id: string) => (await admin.sdk.describeKey({ KeyId: id })).KeyMetadata

  test('a key is deleted by somebody who has seen its use and types its alias, and is kept again', async t => {
    const key = await makeKey(admin)
    await admin.sdk.createAlias({ AliasName: 'alias/orders', TargetKeyId: key.id })
    await admin.sdk.encrypt({ KeyId: key.id, Plaintext: Buffer.from('x') })
    await admin.sdk.createGrant({
      KeyId: key.id,
      GranteePrincipal: 'arn:aws:iam::000000000000:user/reader',
      Operations: ['Decrypt'],
    })
    const page = await opened(t, `#/us-east-1/keys/${key.id}`)
    await page.getByRole('button', { name: 'Key actions' }).click()
    await page.getByRole('menuitem', { name: 'Schedule key deletion' }).click()
    const row = page.getByRole('table', { name: 'Use of the keys' }).getByRole('row').nth(1)
    await row.getByText(/^Encrypt,/).waitFor()
    await row.getByRole('cell').nth(2).getByText('1').waitFor()
    await page.getByRole('button', { name: 'Schedule deletion' }).click()
    await page.getByText('Type alias/orders.').waitFor()
    await page.getByLabel('Waiting period (in days)').fill('31')
    await page.getByText('Enter a number of days from 7 to 30.').waitFor()
    assert.equal((await stateOf(key.id))?.KeyState, 'Enabled')
    await page.getByLabel('Waiting period (in days)').fill('7')
    await page.getByLabel('To confirm, type alias/orders').fill('alias/orders')
    await page.getByRole('button', { name: 'Schedule deletion' }).click()
    await page.getByText('it takes place in 7 days').waitFor()
    const metadata = await stateOf(key.id)
    assert.equal(metadata?.KeyState, 'PendingDeletion')
    const days = (Number(metadata?.DeletionDate) - Number(metadata?.CreationDate)) / 86_400_000
    assert.ok(days > 6.9 && days < 8, `${days} days`)
    await page.getByRole('button', { name: 'Cancel key deletion' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel deletion' }).click()
    await page.getByText('kept.').waitFor()
    assert.equal((await stateOf(key.id))?.KeyState, 'Disabled')
  })

  test('several keys are deleted at once, and each says why it was refused', async t => {
    const keys = [await makeKey(admin), await makeKey(admin)]
    const page = await opened(t, `#/us-east-1/keys/delete?ids=${keys.map(({ id }) => id).join(',')}`)
    const confirm = page.getByLabel('To confirm, type delete 2 keys')
    await confirm.fill('delete 2 keys')
    // Somebody else was faster with one of them.
    await admin.sdk.scheduleKeyDeletion({ KeyId: keys[0]?.id ?? '' })
    await page.getByRole('button', { name: 'Schedule deletion' }).click()
    await page.getByText(/KMSInvalidStateException/).waitFor()
    assert.equal((await stateOf(keys[1]?.id ?? ''))?.KeyState, 'PendingDeletion')
  })

  test('the keys can be disabled instead', async t => {
    const key = await makeKey(admin)
    const page = await opened(t, `#/us-east-1/keys/delete?ids=${key.id}`)
    await page.getByRole('button', { name: 'Disable key' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Confirm that you want to disable this key').check()
    await dialog.getByRole('button', { name: 'Disable key' }).click()
    await page.getByText(`${key.id} disabled.`).waitFor()
    assert.equal((await stateOf(key.id))?.KeyState, 'Disabled')
    await page.getByText('Disable instead').waitFor({ state: 'detached' })
  })

  test('somebody without permissions sees which ones are missing, and deletes nothing', async t => {
    const key = await makeKey(admin)
    const page = await opened(t, `#/us-east-1/keys/delete?ids=${key.id}`, credentialsOf('reader'))
    for (const action of ['kms:GetKeyLastUsage', 'kms:ListGrants', 'cloudtrail:LookupEvents'])
      await page.getByText(`You need ${action}`).waitFor()
    const name = key.id.slice(-8)
    await page.getByLabel(`To confirm, type ${name}`).fill(name)
    await page.getByRole('button', { name: 'Schedule deletion' }).click()
    await page.getByText(/not authorized to perform: kms:ScheduleKeyDeletion/).waitFor()
    assert.equal((await stateOf(key.id))?.KeyState, 'Enabled')
  })
})
