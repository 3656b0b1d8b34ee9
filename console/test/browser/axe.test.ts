import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { axeFindings } from '../fixtures/axe.ts'
import { seeAll, serveEveryPage } from '../fixtures/every-page.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole } from '../fixtures/open-console.ts'

// axe checks every page by the rules of WCAG, in both themes.

describe('axe finds nothing serious', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const { server, visits } = await serveEveryPage()
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })

  for (const theme of ['light', 'dark'] as const) {
    test(`on the sign-in, ${theme}`, async t => {
      const page = await openConsole(t, { browser, server, theme })
      await page.getByLabel('Secret access key').waitFor()
      assert.deepEqual(await axeFindings(page), [])
    })

    for (const visit of visits) {
      test(`on the pages that ${visit.who} sees, ${theme}`, async t => {
        const secrets = [visit.credentials.secretAccessKey]
        const page = await openConsole(t, { browser, server, theme, secrets })
        const faults: string[] = []
        await seeAll(page, visit, async ({ name }) => {
          for (const fault of await axeFindings(page)) faults.push(`${name}: ${fault}`)
        })
        assert.deepEqual(faults, [])
      })
    }
  }
})
