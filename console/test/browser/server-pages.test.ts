import assert from 'node:assert/strict'
import { after, describe, type TestContext, test } from 'node:test'
import {
  loopbackGroup,
  loopbackNetwork,
  loopbackSubnetA,
  loopbackVpc,
} from '../../../test/fixtures/private-endpoints/loopback-network.ts'
import { allow, deny, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'

const account = '000000000000'
const documentOf = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })

describe('private endpoints and organization policies in the console', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const seed = writeYaml('seed.yaml', { accounts: [{ id: account, users: [seedUser('nobody')] }] })
  const policies = writeYaml('policies.yaml', {
    managementAccount: '111122223333',
    serviceControlPolicies: [{ name: 'FullAccess', document: documentOf(allow('*')) }],
    resourceControlPolicies: [
      { name: 'NoForeignSigning', document: documentOf({ ...deny('kms:Sign'), Principal: '*' }) },
    ],
    accounts: [{ id: '111122223333' }, { id: account }],
  })
  const { environment } = await loopbackNetwork({ account })
  const { server, administrator } = await serveConsole({
    flags: ['--seed', seed, '--organization-policies', policies],
    environment,
  })
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })

  const opened = async (t: TestContext, place: string) => {
    const page = await openConsole(t, { browser, server, place })
    await signIn(page, administrator)
    return page
  }

  test('an endpoint is made, gets a policy, and is deleted by somebody who types its id', async t => {
    const page = await opened(t, '#/us-east-1/endpoints')
    await page.getByText('No endpoints').waitFor()
    await page.getByRole('link', { name: 'Create endpoint' }).first().click()
    await page.getByRole('button', { name: 'Create endpoint' }).click()
    await page.getByText('Choose a service.').waitFor()
    const choose = async (label: RegExp, option: string) => {
      await page.getByRole('button', { name: label }).click()
      await page.getByRole('option', { name: option }).click()
    }
    await choose(/^Service/, 'com.amazonaws.us-east-1.kms')
    await choose(/^VPC/, loopbackVpc)
    await choose(/^Subnets/, loopbackSubnetA ?? '')
    await page.keyboard.press('Escape')
    await choose(/^Security groups/, loopbackGroup ?? '')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Create endpoint' }).click()
    await page.getByText('is being made.').waitFor()
    await page.getByRole('button', { name: 'Edit policy' }).click()
    const editor = page.getByRole('textbox', { name: 'Endpoint policy' })
    await editor.fill('{')
    await page
      .getByText(/This is no JSON/)
      .first()
      .waitFor()
    await editor.fill(JSON.stringify(documentOf(allow('kms:Decrypt', '*', '*'))))
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.locator('pre', { hasText: '"kms:Decrypt"' }).waitFor()
    // The server's own words for a text that is JSON and no policy of an endpoint.
    await page.getByRole('button', { name: 'Edit policy' }).click()
    await editor.fill('{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps"}]}')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page
      .getByText(/InvalidPolicyDocument|MalformedPolicy|InvalidParameter/)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    const id = /vpce-\w+/.exec(page.url())?.[0] ?? assert.fail('no endpoint in the address')
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByLabel(`To confirm, type ${id}`).fill(id)
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('is being deleted.').waitFor()
    await page.getByText('No endpoints').waitFor()
  })

  test('an endpoint that is not there says so', async t => {
    const page = await opened(t, '#/us-east-1/endpoints/vpce-0123456789abcdef0')
    await page.getByText(/InvalidVpcEndpointId.NotFound/).waitFor()
  })

  test('the policies above the account are shown by their level', async t => {
    const page = await opened(t, '#/us-east-1/keys')
    await page.getByRole('link', { name: 'Organization policies' }).click()
    await page.getByRole('button', { name: /FullAccess/ }).waitFor()
    await page.getByRole('button', { name: /NoForeignSigning/ }).click()
    await page.locator('pre', { hasText: '"kms:Sign"' }).waitFor()
  })
})

describe('a console without networks and organization', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const { server, administrator } = await serveConsole()
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })

  test('does not lead to their pages', async t => {
    const page = await openConsole(t, { browser, server })
    await signIn(page, administrator)
    await page.getByRole('link', { name: 'Event history' }).waitFor()
    for (const name of ['Private endpoints', 'Organization policies'])
      assert.equal(await page.getByRole('link', { name }).count(), 0)
  })
})
