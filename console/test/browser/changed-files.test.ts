import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { makeKey, TestCaller } from '../../../test/fixtures/caller.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, serveConsole, signIn } from '../fixtures/open-console.ts'

// A file that is not the built one, such as that of a cache on the way, must not run in the page.

describe('a changed file', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const { server, administrator } = await serveConsole()
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })
  const { id } = await makeKey(new TestCaller(server))

  /** Opens the console with one more byte in some files. Returns the page, and the errors that the browser wrote. */
  const open = async (files: RegExp, more: string) => {
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('console', message => message.type() === 'error' && errors.push(message.text()))
    await page.route(files, async route => {
      const response = await route.fetch()
      await route.fulfill({ response, body: (await response.text()) + more })
    })
    await page.goto(`${server.url}/console/#/us-east-1/keys/${id}`)
    return { page, refusals: () => errors.filter(text => /'integrity' attribute/.test(text)).length }
  }

  test('none: the console loads', async () => {
    const { page, refusals } = await open(/\/assets\//, '')
    await signIn(page, administrator)
    await page.getByRole('heading', { name: id, level: 1 }).waitFor()
    assert.equal(refusals(), 0)
    await page.close()
  })

  test('of the first page does not run', async () => {
    const { page, refusals } = await open(/\/assets\/start-.*\.js$/, ' ')
    await page.waitForLoadState('networkidle')
    assert.equal(await page.locator('#root').innerHTML(), '')
    assert.ok(refusals() > 0)
    await page.close()
  })

  // The style sheets of the page have the names of the parts that it shares with other pages.
  for (const [kind, files] of [
    ['script', /\/assets\/key-page-.*\.js$/],
    ['style sheet', /\/assets\/(?!start-|shell-)[^/]*\.css$/],
  ] as const) {
    test(`that loads later does not load: ${kind}`, async () => {
      const { page, refusals } = await open(files, ' ')
      await signIn(page, administrator)
      await page.getByText('The page has a fault').waitFor()
      assert.ok(refusals() > 0)
      await page.close()
    })
  }
})
