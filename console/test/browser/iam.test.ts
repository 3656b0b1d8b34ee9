import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, type TestContext, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import type { Page } from 'playwright-core'
import { makeKey, TestCaller } from '../../../test/fixtures/caller.ts'
import { allow, credentialsOf, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'
import { checkbox, next, textbox, writePolicy } from '../fixtures/wizard.ts'

const script = '<img src=x onerror=alert(1)>'

describe('IAM in the console', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const seed = writeYaml('seed.yaml', {
    accounts: [{ id: '000000000000', users: [seedUser('old', allow('kms:ListKeys')), seedUser('nobody')] }],
  })
  const { server, administrator } = await serveConsole({ flags: ['--seed', seed] })
  const iam = new IAM({ endpoint: server.url, region: 'us-east-1', credentials: administrator })
  const key = await makeKey(new TestCaller(server))
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })

  const opened = async (t: TestContext, place: string, who = administrator) => {
    const page = await openConsole(t, { browser, server, place })
    await signIn(page, who)
    return page
  }
  const dialog = (page: Page) => page.getByRole('dialog')
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

  test('a user gets a policy and an access key, whose secret is seen once and works', async t => {
    const page = await opened(t, '#/us-east-1/access/users')
    await press(page, 'Create user')
    await dialog(page).getByLabel('User name').fill('a b')
    await dialog(page).getByText('Use letters, digits').first().waitFor()
    await dialog(page).getByLabel('User name').fill('carol')
    await dialog(page).getByRole('button', { name: 'Create user' }).click()
    await page.getByText('arn:aws:iam::000000000000:user/carol').waitFor()
    await page.getByText('No policy allows anything here.').waitFor()
    await press(page, 'Create inline policy')
    await dialog(page).getByLabel('Policy name').fill('see-keys')
    await dialog(page)
      .getByRole('button', { name: /Begin with/ })
      .click()
    await page.getByRole('option', { name: 'See keys' }).click()
    await dialog(page).getByRole('button', { name: 'Create policy' }).click()
    await page.getByRole('table', { name: 'Permissions policies' }).getByText('Inline').waitFor()
    const { PolicyDocument = '' } = await iam.getUserPolicy({ UserName: 'carol', PolicyName: 'see-keys' })
    assert.match(decodeURIComponent(PolicyDocument), /kms:Describe\*/)
    await page.getByRole('tab', { name: 'Access keys' }).click()
    await press(page, 'Create access key')
    await dialog(page).getByRole('button', { name: 'Create access key' }).click()
    await dialog(page).getByText('This is the only time').waitFor()
    const download = page.waitForEvent('download')
    await dialog(page).getByRole('button', { name: 'Download .csv file' }).click()
    const [, id = '', secret = ''] =
      /^([A-Z0-9]{20}),([\w+/]{40})\r$/m.exec(readFileSync(await (await download).path(), 'utf8')) ?? []
    await dialog(page).getByRole('button', { name: 'Done' }).click()
    await page.getByRole('table', { name: 'Access keys' }).getByText(id).waitFor()
    assert.ok(!(await page.content()).includes(secret))
    const other = await opened(t, `#/us-east-1/keys/${key.id}`, { accessKeyId: id, secretAccessKey: secret })
    await other.getByText('Enabled').first().waitFor()
    await page.getByRole('button', { name: `Deactivate ${id}` }).click()
    await page.getByText('Inactive').waitFor()
    assert.equal((await iam.listAccessKeys({ UserName: 'carol' })).AccessKeyMetadata?.[0]?.Status, 'Inactive')
  })

  test('a managed policy has versions, and is attached to a group with its users', async t => {
    const page = await opened(t, '#/us-east-1/access/policies')
    await press(page, 'Create policy')
    await dialog(page).getByLabel('Policy name').fill('use-keys')
    await dialog(page).getByLabel('ARN of a key - optional').fill(key.arn)
    await dialog(page)
      .getByRole('button', { name: /Begin with/ })
      .click()
    await page.getByRole('option', { name: 'Use a key' }).click()
    await dialog(page).getByText(key.arn).first().waitFor()
    await dialog(page).getByRole('button', { name: 'Create policy' }).click()
    await page.getByRole('link', { name: 'use-keys' }).click()
    await page.getByText('Nobody has this policy.').waitFor()
    await press(page, 'Edit')
    await writePolicy(
      page,
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Sign","Resource":"*"}]}',
      'Policy',
    )
    await dialog(page).getByRole('button', { name: 'Save changes' }).click()
    const versions = page.getByRole('table', { name: 'Policy versions' })
    await versions.getByRole('row', { name: /v2.*Default/ }).waitFor()
    await page.getByRole('button', { name: 'Set v1 as default' }).click()
    await versions.getByRole('row', { name: /v1.*Default/ }).waitFor()
    await page.evaluate(() => location.assign('#/us-east-1/access/groups'))
    await press(page, 'Create group')
    await dialog(page).getByLabel('Group name').fill('operators')
    await dialog(page).getByRole('button', { name: 'Create group' }).click()
    await press(page, 'Attach policy')
    await dialog(page)
      .getByRole('button', { name: /Managed policies/ })
      .click()
    await page.getByRole('option', { name: /use-keys/ }).click()
    await page.keyboard.press('Escape')
    await dialog(page).getByRole('button', { name: 'Attach policies' }).click()
    await page.getByText('The policies are attached.').waitFor()
    await page.getByRole('tab', { name: 'Users' }).click()
    await page.getByText('The group has no users.').waitFor()
    await page
      .getByRole('button', { name: /Add user/ })
      .first()
      .click()
    await page.getByRole('option', { name: 'old' }).click()
    await page.getByRole('button', { name: 'Add user', exact: true }).last().click()
    await page.getByRole('table', { name: 'Users' }).getByRole('link', { name: 'old' }).waitFor()
    assert.equal((await iam.getGroup({ GroupName: 'operators' })).Users?.[0]?.UserName, 'old')
  })

  test('a policy is taken away after a question, and an inline one by its name', async t => {
    await iam.createUser({ UserName: 'dave' })
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'kms:Sign', Resource: '*' }],
    })
    await iam.putUserPolicy({ UserName: 'dave', PolicyName: 'inline', PolicyDocument })
    const page = await opened(t, '#/us-east-1/access/users/dave')
    await page.getByRole('button', { name: 'Delete inline' }).click()
    await dialog(page).getByLabel('To confirm, type inline').fill('inline')
    await dialog(page).getByRole('button', { name: 'Delete' }).click()
    await page.getByText('The policy inline is deleted.').waitFor()
    assert.deepEqual((await iam.listUserPolicies({ UserName: 'dave' })).PolicyNames, [])
  })

  test('a role that an instance profile has is deleted with everything around it', async t => {
    await iam.createRole({
      RoleName: 'held',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      }),
    })
    await iam.createInstanceProfile({ InstanceProfileName: 'held' })
    await iam.addRoleToInstanceProfile({ InstanceProfileName: 'held', RoleName: 'held' })
    const page = await opened(t, '#/us-east-1/access/roles/held')
    await press(page, 'Delete')
    await dialog(page).getByLabel('To confirm, type held').fill('held')
    await dialog(page).getByRole('button', { name: 'Delete' }).click()
    await page.getByText('The role held is deleted.').waitFor()
    await assert.rejects(iam.getRole({ RoleName: 'held' }), { name: 'NoSuchEntityException' })
  })

  test('a role has a trust policy, in the words of the server if it is refused', async t => {
    const page = await opened(t, '#/us-east-1/access/roles')
    await press(page, 'Create role')
    await dialog(page).getByLabel('Role name').fill('deployer')
    await dialog(page).getByRole('button', { name: 'Create role' }).click()
    await page.getByRole('tab', { name: 'Trust relationships' }).click()
    await press(page, 'Edit trust policy')
    await writePolicy(
      page,
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"nobody"},"Action":"sts:AssumeRole"}]}',
      'Policy',
    )
    await dialog(page).getByRole('button', { name: 'Save changes' }).click()
    await dialog(page)
      .getByText(/MalformedPolicyDocument/)
      .waitFor()
    await dialog(page).getByRole('button', { name: 'Cancel' }).click()
    await page.locator('pre', { hasText: 'sts:AssumeRole' }).waitFor()
  })

  test('a user is deleted with everything that belongs to it, by somebody who types the name', async t => {
    const page = await opened(t, '#/us-east-1/access/users/old')
    await press(page, 'Delete')
    await dialog(page).getByLabel('To confirm, type old').fill('old')
    await dialog(page).getByRole('button', { name: 'Delete' }).click()
    await page.getByText('The user old is deleted.').waitFor()
    await assert.rejects(iam.getUser({ UserName: 'old' }), { name: 'NoSuchEntityException' })
  })

  test('the wizard for keys offers the users that the list has just read', async t => {
    const page = await opened(t, '#/us-east-1/access/users')
    await page.getByRole('link', { name: 'nobody' }).waitFor()
    await page.evaluate(() => location.assign('#/us-east-1/keys/create'))
    await next(page, 'Add labels')
    await textbox(page, 'Alias').fill('offered')
    await next(page, 'Define key administrative permissions')
    await checkbox(page, 'User nobody').waitFor()
  })

  test('texts that look like markup stay texts', async t => {
    await iam.createUser({ UserName: 'marked', Path: '/<b>/' })
    await iam.putUserPolicy({
      ...{ UserName: 'marked', PolicyName: 'marked' },
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Sid: 'Marked', Effect: 'Allow', Action: 'kms:Sign', Resource: `arn:aws:kms:*:*:key/${script}` },
        ],
      }),
    })
    const page = await opened(t, '#/us-east-1/access/users')
    await page.getByText('/<b>/').waitFor()
    await page.getByRole('link', { name: 'marked' }).click()
    await page.getByRole('button', { name: 'Edit marked' }).click()
    await dialog(page).getByText(script).first().waitFor()
  })

  test('somebody without permissions sees which ones are missing', async t => {
    const page = await opened(t, '#/us-east-1/access/users', credentialsOf('nobody'))
    for (const [link, action] of [
      ['Users', 'iam:ListUsers'],
      ['Groups', 'iam:ListGroups'],
      ['Roles', 'iam:ListRoles'],
      ['Policies', 'iam:ListPolicies'],
    ] as const) {
      await page.getByRole('navigation', { name: 'Navigation' }).getByRole('link', { name: link }).click()
      await page.getByText(`You need ${action}`).waitFor()
    }
    await page.evaluate(() => location.assign('#/us-east-1/access/users/nobody?tab=access-keys'))
    await page.getByText('You need iam:ListAccessKeys').waitFor()
  })
})
