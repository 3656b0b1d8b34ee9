import { after, describe, test } from 'node:test'
import { makeKey, TestCaller } from '../../../test/fixtures/caller.ts'
import { credentialsOf, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'

describe('the health of the server in the console', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const seed = writeYaml('seed.yaml', { accounts: [{ id: '000000000000', users: [seedUser('nobody')] }] })
  const { server, administrator } = await serveConsole({
    flags: ['--seed', seed, '--metrics-port', '0'],
  })
  const admin = new TestCaller(server)
  const key = await makeKey(admin)
  for (let count = 0; count < 30; count++)
    await admin.sdk.encrypt({ KeyId: key.id, Plaintext: Buffer.from('x') })
  await admin.sdk.disableKey({ KeyId: key.id })
  await admin.sdk.encrypt({ KeyId: key.id, Plaintext: Buffer.from('x') }).catch(() => 0)
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })

  test('the operator sees the state, the calls of each operation, and rates', async t => {
    const page = await openConsole(t, { browser, server, place: '#/us-east-1/health' })
    await signIn(page, administrator)
    await page.getByText('Ready', { exact: true }).waitFor()
    const row = page.getByRole('table', { name: 'Operations' }).getByRole('row', { name: /Encrypt/ })
    for (const text of ['31', 'DisabledException']) await row.getByText(text, { exact: true }).waitFor()
    await page.getByText('The audit log goes nowhere besides this machine.').waitFor()
    // The second reading comes five seconds after the first, and a rate is the growth between the two.
    await page.getByLabel('Calls a second').first().waitFor()
    await page.getByRole('button', { name: 'As a table' }).click()
    await page.getByRole('table', { name: 'Calls a second' }).waitFor()
  })

  test('somebody without the permission learns which one is missing', async t => {
    const page = await openConsole(t, { browser, server, place: '#/us-east-1/health' })
    await signIn(page, credentialsOf('nobody'))
    await page.getByText('You need keyward:GetServerFigures').waitFor()
  })
})

describe('the health of a server without metrics', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const { server, administrator } = await serveConsole({ flags: ['--metrics-port', 'off'] })
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })

  test('says that they are off', async t => {
    const page = await openConsole(t, { browser, server, place: '#/us-east-1/health' })
    await signIn(page, administrator)
    await page.getByText(/UnsupportedOperationException/).waitFor()
  })
})
