import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { makeKey, TestCaller } from '../../../test/fixtures/caller.ts'
import { allow, credentialsOf, deny, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'
import { button, textbox } from '../fixtures/wizard.ts'

// The page that explains a decision, in a real browser: by hand, from a denial on a page, and from an event.

const account = '000000000000'
const arnOf = (name: string) => `arn:aws:iam::${account}:user/${name}`
const onlyOrders = {
  ...allow('kms:Decrypt'),
  Condition: { StringEquals: { 'kms:EncryptionContext:order': '7' } },
}

describe('the page Why?', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const seed = writeYaml('seed.yaml', {
    accounts: [
      {
        id: account,
        users: [
          seedUser('carol', onlyOrders, { ...deny('kms:Encrypt'), Sid: 'NoEncrypt' }),
          seedUser('dan'),
          seedUser('nobody'),
        ],
      },
    ],
  })
  const { server, administrator } = await serveConsole({ flags: ['--seed', seed] })
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })
  const admin = new TestCaller(server)
  const carol = new TestCaller(server, { credentials: credentialsOf('carol') })
  const key = await makeKey(admin)
  await admin.sdk.createAlias({ AliasName: 'alias/orders', TargetKeyId: key.id })
  const opened = async (
    t: Parameters<typeof openConsole>[0],
    place: string,
    who = administrator,
  ): Promise<Page> => {
    const page = await openConsole(t, { browser, server, place: `#/us-east-1/${place}` })
    await signIn(page, who)
    return page
  }
  const ask = async (page: Page, principal: string, action: string): Promise<void> => {
    await textbox(page, /^Principal/).fill(principal)
    await page.getByRole('combobox', { name: /^Action/ }).fill(action)
    await page.keyboard.press('Escape')
    await textbox(page, /^Key/).fill('alias/orders')
    await button(page, 'Explain').click()
  }

  test('a question by hand has the decision, and the statement that made it', async t => {
    const page = await opened(t, 'keys')
    await page.getByRole('link', { name: 'Why?', exact: true }).click()
    assert.equal(await textbox(page, /^Principal/).inputValue(), arnOf('administrator'))
    await button(page, 'Explain').click()
    await page.getByText('Enter an action of AWS KMS, such as kms:Decrypt.', { exact: true }).waitFor()
    await ask(page, arnOf('carol'), 'kms:Encrypt')
    await page.getByText('Denied explicitly, by a Deny of the identity-based policy.').first().waitFor()
    await page.getByRole('heading', { name: 'Denied by' }).waitFor()
    await page
      .getByRole('button', { name: /^Deny: NoEncrypt/ })
      .first()
      .waitFor()
    await page.locator('pre', { hasText: '"Sid": "NoEncrypt"' }).first().waitFor()

    await ask(page, arnOf('carol'), 'kms:Decrypt')
    await page.getByRole('heading', { name: 'Allows the action, but not this request' }).waitFor()
    await page.getByRole('cell', { name: 'not in the request' }).first().waitFor()
    await page.getByRole('button', { name: 'Values of the request' }).click()
    await button(page, 'Add encryption context pair').click()
    await textbox(page, 'Name of encryption context pair 1').fill('order')
    await textbox(page, 'Value of encryption context pair 1').fill('7')
    await button(page, 'Explain').click()
    await page.getByRole('heading', { name: 'Allowed by' }).waitFor()
    await page
      .getByText(/names the account, which leaves the decision to identity policies/)
      .first()
      .waitFor()
    assert.match(page.url(), /context=%7B%22kms%3AEncryptionContext%3Aorder%22%3A%5B%227%22%5D%7D/)

    await page.goBack()
    await page.getByRole('heading', { name: 'Allows the action, but not this request' }).waitFor()
    assert.equal(await textbox(page, 'Name of encryption context pair 1').count(), 0)
  })

  test('a grant is the reason, and the page names it', async t => {
    const { GrantId = '' } = await admin.sdk.createGrant({
      ...{ KeyId: key.id, GranteePrincipal: arnOf('dan'), Operations: ['Decrypt'] },
    })
    const page = await opened(t, 'access/why')
    await ask(page, arnOf('dan'), 'kms:Decrypt')
    await page.getByText('Allowed.', { exact: true }).first().waitFor()
    await page.getByText(GrantId).first().waitFor()
  })

  test('a denied event asks with one click, with the values of the call', async t => {
    const { CiphertextBlob } = await admin.sdk.encrypt({ KeyId: key.id, Plaintext: Buffer.from('x') })
    await carol.sdk.decrypt({ KeyId: key.id, CiphertextBlob }).catch(() => undefined)
    const page = await opened(t, 'events?Username=carol&EventName=Decrypt')
    await page.getByRole('link', { name: 'Decrypt' }).first().click()
    await page.getByRole('heading', { name: 'Event record' }).waitFor()
    await page.getByRole('link', { name: 'Why?', exact: true }).last().click()
    await page.getByText('Denied: no identity-based policy allows it.').first().waitFor()
    assert.equal(await textbox(page, /^Key/).inputValue(), key.arn)
    assert.equal(await textbox(page, 'Name of condition key 1').inputValue(), 'aws:SourceIp')
  })

  test('somebody who is denied gets the question, and a line for an administrator', async t => {
    const page = await opened(t, `keys/${key.id}`, credentialsOf('nobody'))
    await page.getByText('You need kms:DescribeKey').first().waitFor()
    await page
      .getByRole('link', { name: /^Why may .*nobody not use kms:DescribeKey/ })
      .first()
      .click()
    await page.getByText('You need keyward:ExplainAccess').waitFor()
    await page.getByText(`Why may ${arnOf('nobody')} not use kms:DescribeKey on ${key.arn}?`).waitFor()
    await page.getByRole('button', { name: 'Copy question' }).waitFor()
  })

  test('an authorization message is decoded', async t => {
    const { headers } = await carol.call('Encrypt', { KeyId: key.id, Plaintext: 'eA==' })
    const message = String(headers.get('x-keyward-encoded-authorization-message'))
    const page = await opened(t, 'access/why')
    await page.getByRole('button', { name: 'Decode an authorization message' }).click()
    await textbox(page, /^Encoded message/).fill('wrong')
    await button(page, 'Decode').click()
    await page.getByText(/InvalidAuthorizationMessageException/).waitFor()
    await textbox(page, /^Encoded message/).fill(message)
    await button(page, 'Decode').click()
    await page.locator('pre', { hasText: '"explicitDeny": true' }).waitFor()
  })
})
