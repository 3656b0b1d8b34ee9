import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { seeAll, serveEveryPage } from './fixtures/every-page.ts'
import { lacksBrowser } from './fixtures/lacks.ts'
import { openBrowser } from './fixtures/open-console.ts'

// Writes pictures of every page, in both themes and at the widths of a desk, a tablet and a telephone, for people to look at.

const widths = [1440, 1024, 390]
const themes = ['light', 'dark'] as const
const directory = join(import.meta.dirname, '../../.cache/console/screens')

if (lacksBrowser !== false) {
  process.stderr.write(`${lacksBrowser}\n`)
  process.exit(1)
}
mkdirSync(directory, { recursive: true })
const { server, visits } = await serveEveryPage()
const browser = await openBrowser()
for (const width of widths) {
  for (const colorScheme of themes) {
    const picture = (name: string) => join(directory, `${name}-${width}-${colorScheme}.png`)
    for (const visit of visits) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
      const page = await context.newPage()
      await page.goto(`${server.url}/console/`)
      await page.getByLabel('Secret access key').waitFor()
      await page.screenshot({ path: picture('sign-in') })
      await seeAll(page, visit, async ({ name }) => {
        await page.screenshot({ path: picture(name), fullPage: true })
      })
      await context.close()
    }
  }
}
await browser.close()
await server.stop()
process.stdout.write(`The pictures are in ${directory}\n`)
