import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { makeKey, TestCaller } from '../../../test/fixtures/caller.ts'
import { allow, credentialsOf, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'

const account = '000000000000'
const userArn = (name: string) => `arn:aws:iam::${account}:user/${name}`

describe('the page Who can?', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const limited = { ...allow('kms:Decrypt'), Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }
  const seed = writeYaml('seed.yaml', {
    accounts: [
      {
        id: account,
        users: [seedUser('reader', allow('kms:Decrypt')), seedUser('limited', limited), seedUser('nobody')],
      },
    ],
  })
  const { server, administrator } = await serveConsole({ flags: ['--seed', seed] })
  const admin = new TestCaller(server)
  const key = await makeKey(admin)
  await admin.sdk.createGrant({
    ...{ KeyId: key.id, GranteePrincipal: 'arn:aws:iam::444455556666:root', Operations: ['Decrypt'] },
  })
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })

  test('lists who may, with the reason, the conditions and the account', async t => {
    const page = await openConsole(t, { browser, server, place: '#/us-east-1/access/who' })
    await signIn(page, administrator)
    await page.getByRole('button', { name: 'List' }).click()
    await page.getByText('Enter a key.').waitFor()
    await page.getByLabel('Key', { exact: true }).fill(key.id)
    await page.getByRole('button', { name: 'List' }).click()
    const table = page.getByRole('table', { name: 'Principals' })
    const row = (text: string) => table.getByRole('row', { name: new RegExp(text) })
    await row(userArn('reader')).getByText('Allowed', { exact: true }).waitFor()
    await row(userArn('limited')).getByText('Under conditions').waitFor()
    await row(userArn('limited'))
      .getByText(/aws:SourceIp .*192\.0\.2\.0\/24/)
      .waitFor()
    await row('444455556666').getByText('Other account').waitFor()
    await row('444455556666')
      .getByText(/^Grant /)
      .waitFor()
    assert.equal(await row(userArn('nobody')).count(), 0)
    await page.getByRole('link', { name: `Why? ${userArn('limited')}` }).click()
    await page.getByRole('heading', { name: 'Why?', level: 1 }).waitFor()
  })

  test('somebody without the permission learns which one is missing', async t => {
    const place = `#/us-east-1/access/who?action=kms%3ADecrypt&resource=${key.id}`
    const page = await openConsole(t, { browser, server, place })
    await signIn(page, credentialsOf('nobody'))
    await page.getByText('You need keyward:ListKeyAccess').waitFor()
  })
})
