import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { startKeyward } from '../../../test/fixtures/keyward-process.ts'
import { fillWithKeys } from '../../../test/fixtures/worlds/many-keys.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'

// A search that takes several calls: the server looks at 2,000 keys a call (docs/console.md), and the page goes on by itself.

const count = 4100

describe('a long search', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const empty = await startKeyward()
  await empty.stop()
  await fillWithKeys(empty, count)
  const { server, administrator } = await serveConsole({ dataDirectory: empty.dataDirectory })
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })

  test('a search says how far it is, stops, and goes on', async t => {
    const page = await openConsole(t, { browser, server, place: '#/us-east-1/keys?sort=KeyId' })
    await signIn(page, administrator)
    await page.getByText('(4,100)').waitFor()
    let calls = 0
    let answer = () => {}
    // The second call waits until the test has seen what the page says meanwhile.
    await page.route('**/', async route => {
      if (route.request().headers()['x-amz-target'] !== 'Keyward.ListKeyDetails')
        return await route.continue()
      if (++calls === 2) await new Promise<void>(resolve => (answer = resolve))
      await route.continue()
    })
    const box = page.getByRole('combobox', { name: 'Find keys' })
    await box.fill('there is no such key')
    await box.press('Enter')
    await page.getByText('Examined 2,000 entries').waitFor()
    await page.getByRole('button', { name: 'Stop search' }).click()
    answer()
    await page.getByText('Stopped after 4,000 entries.').waitFor()
    assert.equal(calls, 2)
    await page.getByRole('button', { name: 'Continue search' }).click()
    await page.getByText('No key meets the filters.').waitFor()
    assert.equal(calls, 3)
  })

  test('the last key is found by its tag', async t => {
    const page = await openConsole(t, { browser, server, place: '#/us-east-1/keys?sort=-KeyId' })
    await signIn(page, administrator)
    const rows = page.getByRole('table', { name: 'Customer managed keys' }).getByRole('row')
    await page.getByText('(4,100)').waitFor()
    const last = (await rows.nth(1).innerText()).split(/\s+/).find(text => text.length === 36) ?? ''
    await page
      .getByRole('button', { name: /Key ID/ })
      .first()
      .press('Enter')
    await rows.filter({ hasText: last }).waitFor({ state: 'detached' })
    const box = page.getByRole('combobox', { name: 'Find keys' })
    await box.fill(`Tag = number=${last.slice(0, 8)}`)
    await box.press('Enter')
    await page.getByRole('link', { name: last, exact: true }).last().waitFor()
    assert.equal(await rows.count(), 2)
  })
})
