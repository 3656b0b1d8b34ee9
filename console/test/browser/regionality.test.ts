import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { makeKey, TestCaller } from '../../../test/fixtures/caller.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'

describe('multi-Region keys in the console', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const { server, administrator } = await serveConsole({
    flags: ['--regions', 'us-east-1,eu-west-1,ap-northeast-1'],
  })
  const admin = new TestCaller(server)
  const inEurope = new TestCaller(server, { region: 'eu-west-1' })
  const key = await makeKey(admin, { MultiRegion: true, Description: 'cards' })
  await admin.sdk.tagResource({ KeyId: key.id, Tags: [{ TagKey: 'team', TagValue: 'cards' }] })
  await admin.sdk.createAlias({ AliasName: 'alias/cards', TargetKeyId: key.id })
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })

  test('replicas get the policy, tags and aliases, and one of them becomes the primary key', async t => {
    const page = await openConsole(t, {
      browser,
      server,
      place: `#/us-east-1/keys/${key.id}?tab=regionality`,
    })
    await signIn(page, administrator)
    await page.getByRole('button', { name: 'Create new replica keys' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: /Replica Regions/ }).click()
    await page.getByRole('option', { name: 'eu-west-1' }).click()
    await page.getByRole('option', { name: 'ap-northeast-1' }).click()
    await page.keyboard.press('Escape')
    await dialog.getByRole('button', { name: 'Create new replica keys' }).click()
    await page.getByText('Replica keys are being made in eu-west-1, ap-northeast-1.').waitFor()
    const table = page.getByRole('table', { name: 'Related multi-Region keys' })
    await table.getByRole('row', { name: /ap-northeast-1/ }).waitFor()
    const { KeyMetadata: replica } = await inEurope.sdk.describeKey({ KeyId: 'alias/cards' })
    assert.equal(replica?.KeyId, key.id)
    assert.equal(replica?.Description, 'cards')
    assert.deepEqual((await inEurope.sdk.listResourceTags({ KeyId: key.id })).Tags, [
      { TagKey: 'team', TagValue: 'cards' },
    ])
    const policies = [admin, inEurope].map(caller => caller.sdk.getKeyPolicy({ KeyId: key.id }))
    const [own, copied] = (await Promise.all(policies)).map(({ Policy = '' }) => JSON.parse(Policy))
    assert.deepEqual(copied, own)
    for (const region of ['eu-west-1', 'ap-northeast-1']) {
      const replicas = new TestCaller(server, { region })
      while ((await replicas.sdk.describeKey({ KeyId: key.id })).KeyMetadata?.KeyState === 'Creating')
        await setTimeout(100)
    }
    // The keys are updating for a moment, and the page looks again by itself.
    await page.getByRole('button', { name: 'Change primary Region' }).click()
    await dialog.getByRole('button', { name: /New primary Region/ }).click()
    await page.getByRole('option', { name: 'eu-west-1' }).click()
    await dialog.getByRole('button', { name: 'Change primary Region' }).click()
    await page.getByText('The primary key moves to').waitFor()
    await page.getByText('Multi-Region replica').first().waitFor()
    await page.getByText('Updating').waitFor({ state: 'detached' })
    await table
      .getByRole('row', { name: /eu-west-1/ })
      .getByText('Primary')
      .waitFor()
    await table.getByRole('link', { name: /eu-west-1/ }).click()
    await page.getByText('Multi-Region primary').first().waitFor()
    assert.match(page.url(), /#\/eu-west-1\/keys\//)
  })

  test('a key of one Region has no such tab', async t => {
    const single = await makeKey(admin)
    const page = await openConsole(t, { browser, server, place: `#/us-east-1/keys/${single.id}` })
    await signIn(page, administrator)
    await page.getByRole('tab', { name: 'Grants' }).waitFor()
    assert.equal(await page.getByRole('tab', { name: 'Regionality' }).count(), 0)
  })

  test('AWS managed keys have a list of their own, without actions', async t => {
    const page = await openConsole(t, { browser, server })
    await signIn(page, administrator)
    await page.getByRole('link', { name: 'AWS managed keys' }).click()
    await page.getByRole('heading', { name: 'AWS managed keys', level: 1 }).waitFor()
    await page.getByText('Services make these keys').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Key actions' }).count(), 0)
    await page.getByRole('link', { name: 'Customer managed keys' }).first().click()
    await page.getByRole('link', { name: 'cards', exact: true }).waitFor()
  })
})
