import assert from 'node:assert/strict'
import { after, describe, type TestContext, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import type { Page } from 'playwright-core'
import { allow, credentialsOf, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { IdentityProvider } from '../fixtures/identity-provider.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'

const account = '000000000000'
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`

describe('the sign-in of the console', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const provider = await new IdentityProvider().start()
  provider.roles.push(roleArn('team/Staff'), roleArn('Other'))
  const seed = writeYaml('seed.yaml', {
    accounts: [
      {
        id: account,
        users: [seedUser('switcher', allow('sts:AssumeRole'), allow('kms:ListKeys')), seedUser('nobody')],
      },
    ],
  })
  const { server, administrator } = await serveConsole({
    flags: ['--seed', seed, '--oidc-issuers', JSON.stringify([provider.entry])],
  })
  const iam = new IAM({ endpoint: server.url, region: 'us-east-1', credentials: administrator })
  const trusts = (principal: object, action: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: principal, Action: action },
    })
  const staffPolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'kms:*', Resource: '*' },
  })
  await iam.createRole({
    ...{ RoleName: 'Staff', Path: '/team/' },
    AssumeRolePolicyDocument: trusts(
      { Federated: `arn:aws:iam::${account}:oidc-provider/${provider.host}` },
      'sts:AssumeRoleWithWebIdentity',
    ),
  })
  await iam.createRole({
    RoleName: 'Operators',
    AssumeRolePolicyDocument: trusts({ AWS: `arn:aws:iam::${account}:root` }, 'sts:AssumeRole'),
  })
  for (const RoleName of ['Staff', 'Operators'])
    await iam.putRolePolicy({ RoleName, PolicyName: 'kms', PolicyDocument: staffPolicy })
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
    provider.stop()
  })

  const opened = (t: TestContext, place = '') => openConsole(t, { browser, server, place })
  const withProvider = async (page: Page) => {
    await page.getByRole('button', { name: 'Sign in with Staff login' }).click()
  }
  const listShows = (page: Page) =>
    page.getByRole('heading', { name: /Customer managed keys/, level: 1 }).waitFor()
  const userMenu = (page: Page, name: RegExp) => page.getByRole('button', { name }).click()

  test('an identity provider signs a person in, who returns to the same place', async t => {
    const page = await opened(t, '#/us-east-1/keys?q=mine')
    await withProvider(page)
    await listShows(page)
    await page.getByRole('button', { name: /assumed-role\/Staff\/mary@example\.com/ }).waitFor()
    assert.equal(new URL(page.url()).search, '')
    assert.match(page.url(), /\/console\/#\/us-east-1\/keys/)
    assert.equal(await page.evaluate(() => sessionStorage.length), 0)
    // Neither the code nor the provider is in the history of the tab: a reload asks for a new sign-in.
    await page.reload()
    await page.getByRole('button', { name: 'Sign in with Staff login' }).waitFor()
  })

  test('a person can stay signed in until the tab closes', async t => {
    const page = await opened(t)
    await page.getByLabel('Stay signed in until this tab closes').check()
    await withProvider(page)
    await listShows(page)
    await page.reload()
    await listShows(page)
    await userMenu(page, /assumed-role/)
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    assert.equal(await page.evaluate(() => sessionStorage.length), 0)
  })

  for (const { name, faults, says, redeems } of [
    {
      name: 'a different state',
      faults: { returned: { state: 'x' } },
      says: 'belongs to no sign-in of this tab',
      redeems: false,
    },
    {
      name: 'a different provider',
      faults: { returned: { iss: 'https://other.example' } },
      says: 'of a different identity provider',
      redeems: false,
    },
    {
      name: 'an error',
      faults: { returned: { error: 'access_denied', error_description: '<b>Not you</b>' } },
      says: 'Staff login refused: <b>Not you</b>',
      redeems: false,
    },
    {
      name: 'a different code',
      faults: { returned: { code: 'stolen' } },
      says: 'refused: invalid_grant',
      redeems: true,
    },
    {
      name: 'a token with a different nonce',
      faults: { claims: { nonce: 'x' } },
      says: 'The ID token belongs to a different sign-in.',
      redeems: true,
    },
    {
      name: 'a token that the server does not take',
      faults: { claims: { exp: 1000 } },
      says: 'ExpiredTokenException',
      redeems: true,
    },
  ])
    test(`${name} signs nobody in`, async t => {
      provider.faults = faults
      t.after(() => {
        provider.faults = {}
      })
      const before = provider.redeemed
      const page = await opened(t)
      await withProvider(page)
      await page.getByText(says).waitFor()
      assert.equal(provider.redeemed > before, redeems)
      assert.equal(new URL(page.url()).search, '')
      assert.equal(await page.evaluate(() => sessionStorage.length), 0)
    })

  test('a return that nobody waits for signs nobody in', async t => {
    const page = await opened(t)
    await page.goto(`${server.url}/console/callback?code=x&state=y`)
    await page.getByText('belongs to no sign-in of this tab').waitFor()
    assert.equal(new URL(page.url()).search, '')
  })

  test('a person switches to a role and back', async t => {
    const page = await opened(t, '#/us-east-1/keys')
    await signIn(page, credentialsOf('switcher'))
    await userMenu(page, /user\/switcher/)
    await page.getByRole('menuitem', { name: 'Switch role' }).click()
    const dialog = page.getByRole('dialog', { name: 'Switch role' })
    await dialog.getByLabel('IAM role name').fill('Operators')
    await dialog.getByRole('button', { name: 'Switch role' }).click()
    await userMenu(page, /assumed-role\/Operators\/switcher/)
    await page.getByRole('menuitem', { name: 'Switch back to user/switcher' }).click()
    await userMenu(page, /user\/switcher/)
    // The role is one click away now.
    await page.getByRole('menuitem', { name: `Operators @ ${account}` }).click()
    await dialog.getByRole('button', { name: 'Switch role' }).click()
    await page.getByRole('button', { name: /assumed-role\/Operators\/switcher/ }).waitFor()
  })

  test('a role that is refused changes nothing', async t => {
    const page = await opened(t, '#/us-east-1/keys')
    await signIn(page, credentialsOf('nobody'))
    await userMenu(page, /user\/nobody/)
    await page.getByRole('menuitem', { name: 'Switch role' }).click()
    const dialog = page.getByRole('dialog', { name: 'Switch role' })
    assert.ok(await dialog.getByRole('button', { name: 'Switch role' }).isDisabled())
    await dialog.getByLabel('IAM role name').fill(roleArn('Operators'))
    await dialog.getByRole('button', { name: 'Switch role' }).click()
    await dialog.getByText('You need sts:AssumeRole').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: /user\/nobody/ }).waitFor()
  })

  test('the policy of the page allows calls of the token endpoint, and of no other place', async () => {
    const response = await fetch(`${server.url}/console/`)
    const policy = response.headers.get('content-security-policy') ?? ''
    assert.match(
      policy,
      new RegExp(`connect-src 'self' http://${provider.host.replaceAll('.', '\\.')}/token;`),
    )
  })
})
