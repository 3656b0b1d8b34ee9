import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { makeKey, TestCaller } from '../../../test/fixtures/caller.ts'
import { allow, credentialsOf, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'

describe('the event history of the console', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const seed = writeYaml('seed.yaml', {
    accounts: [{ id: '000000000000', users: [seedUser('user', allow('kms:Encrypt')), seedUser('nobody')] }],
  })
  const { server, administrator } = await serveConsole({ flags: ['--seed', seed] })
  const admin = new TestCaller(server)
  const user = new TestCaller(server, { credentials: credentialsOf('user') })
  const key = await makeKey(admin)
  const other = await makeKey(admin)
  for (let count = 0; count < 60; count++)
    await admin.sdk.encrypt({ KeyId: key.id, Plaintext: Buffer.from('x') })
  await user.sdk.encrypt({ KeyId: key.id, Plaintext: Buffer.from('x') })
  await user.sdk.decrypt({ KeyId: other.id, CiphertextBlob: Buffer.alloc(200) }).catch(() => 0)
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })

  const opened = async (t: TestContext, place = '#/us-east-1/events', who = administrator) => {
    const page = await openConsole(t, { browser, server, place })
    await signIn(page, who)
    return page
  }
  const rows = (page: Page) => page.getByRole('table', { name: 'Event history' }).getByRole('row')
  const filterBy = async (page: Page, text: string) => {
    await page.getByLabel('Find events').fill(text)
    await page.keyboard.press('Enter')
  }

  test('all calls are there, cryptographic ones too, and page by page', async t => {
    const page = await opened(t)
    await page.getByRole('link', { name: 'Encrypt' }).first().waitFor()
    assert.equal(await rows(page).count(), 51)
    await page.getByRole('button', { name: 'Next page' }).click()
    await page.getByRole('link', { name: 'CreateKey' }).first().waitFor()
  })

  test('a filter for the server and one for the rest find one event, and the address has both', async t => {
    const page = await opened(t)
    await filterBy(page, 'User name = user')
    await page.getByText('(2)').waitFor()
    await filterBy(page, 'Error code = AccessDenied')
    await page.getByText('(1)').waitFor()
    await page.getByText('Looked at 2 events.').waitFor()
    assert.match(page.url(), /Username=user&ErrorCode=AccessDenied/)
    await page.reload()
    await signIn(page, administrator)
    await page.getByText('(1)').waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByRole('link', { name: 'Encrypt' }).first().waitFor()
  })

  test('a time without events says so, and its filter can be cleared', async t => {
    const page = await opened(t, '#/us-east-1/events?time=2020-01-01T00:00:00Z--2020-01-02T00:00:00Z')
    await page.getByText('No matches').waitFor()
    await page.getByRole('button', { name: 'Clear filter', exact: true }).click()
    await page.getByRole('link', { name: 'Encrypt' }).first().waitFor()
    await page.getByRole('button', { name: /Time of the events/ }).click()
    await page.getByRole('radio', { name: 'Last 1 hour' }).check()
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByRole('link', { name: 'Encrypt' }).first().waitFor()
    assert.match(page.url(), /time=1h/)
  })

  test('an event shows its record, and leads to those of the key and of the person', async t => {
    const page = await opened(t, '#/us-east-1/events?Username=user&ErrorCode=AccessDenied')
    await page.getByRole('link', { name: 'Decrypt' }).click()
    await page.getByRole('heading', { name: 'Decrypt', level: 1 }).waitFor()
    await page.getByText('"eventName": "Decrypt"').waitFor()
    await page.getByRole('link', { name: `All events of the key ${other.id}` }).click()
    await page.getByRole('link', { name: 'CreateKey' }).waitFor()
    await page.goBack()
    await page.getByRole('link', { name: 'All events of user' }).click()
    await page.getByText('(2)').waitFor()
  })

  test('the loaded events are saved as CSV and as JSON', async t => {
    const page = await opened(t, '#/us-east-1/events?Username=user')
    await page.getByText('(2)').waitFor()
    const save = async (name: RegExp) => {
      const download = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Download events' }).click()
      await page.getByRole('menuitem', { name }).click()
      return readFileSync(await (await download).path(), 'utf8')
    }
    const csv = await save(/^CSV/)
    assert.equal(csv.split('\r\n').length, 4)
    assert.match(csv, /"Decrypt","user","kms.amazonaws.com"/)
    assert.equal(JSON.parse(await save(/^JSON/)).Records.length, 2)
  })

  test('the activity of a key shows who used it', async t => {
    const page = await opened(t, `#/us-east-1/keys/${key.id}?tab=activity`)
    const table = page.getByRole('table', { name: 'Calls by user and operation' })
    await table.getByRole('row', { name: /administrator Encrypt 60 0/ }).waitFor()
    await table.getByRole('row', { name: /user Encrypt 1 0/ }).waitFor()
    assert.equal(await table.getByRole('row', { name: /CreateKey/ }).count(), 0)
    await page.getByLabel('Calls by user').first().waitFor()
    await page.getByText('Administration too').click()
    await table.getByRole('row', { name: /administrator CreateKey 1/ }).waitFor()
  })

  test('somebody without the permission learns which one is missing', async t => {
    const page = await opened(t, '#/us-east-1/events', credentialsOf('nobody'))
    await page.getByText('You need cloudtrail:LookupEvents').waitFor()
  })
})
