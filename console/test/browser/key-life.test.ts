import assert from 'node:assert/strict'
import { after, describe, type TestContext, test } from 'node:test'
import { makeKey, TestCaller } from '../../../test/fixtures/caller.ts'
import { allow, credentialsOf, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'

const grantee = 'arn:aws:iam::000000000000:user/grantee'

describe('rotation and grants in the console', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const seed = writeYaml('seed.yaml', {
    accounts: [
      {
        id: '000000000000',
        users: [seedUser('grantee'), seedUser('reader', allow('kms:DescribeKey'))],
      },
    ],
  })
  const { server, administrator } = await serveConsole({ flags: ['--seed', seed] })
  const admin = new TestCaller(server)
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })

  const opened = async (t: TestContext, place: string, who = administrator, secrets: string[] = []) => {
    const page = await openConsole(t, { browser, server, place, secrets })
    await signIn(page, who)
    return page
  }

  test('a key rotates by itself with a period, and on demand', async t => {
    const key = await makeKey(admin)
    const page = await opened(t, `#/us-east-1/keys/${key.id}?tab=rotation`)
    await page.getByRole('button', { name: 'Edit automatic key rotation' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: 'Enable' }).check()
    await dialog.getByLabel('Rotation period (in days)').fill('89')
    await dialog.getByText('Enter a number of days from 90 to 2560.').first().waitFor()
    await dialog.getByLabel('Rotation period (in days)').fill('180')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Automatic key rotation is enabled.').waitFor()
    const status = await admin.sdk.getKeyRotationStatus({ KeyId: key.id })
    assert.equal(status.RotationPeriodInDays, 180)
    const materials = page.getByRole('table', { name: 'Key materials' })
    await materials.getByRole('row').nth(1).getByText('Current').waitFor()
    await page.getByRole('button', { name: 'Rotate now' }).click()
    await dialog.getByRole('button', { name: 'Rotate now' }).click()
    await page.getByText('The rotation has begun.').waitFor()
    await materials.getByText('Non-current').waitFor()
    await materials.getByText('On-demand').waitFor()
    await page.getByRole('button', { name: 'Edit automatic key rotation' }).click()
    await dialog.getByRole('radio', { name: 'Disable' }).check()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Automatic key rotation is disabled.').waitFor()
    assert.equal((await admin.sdk.getKeyRotationStatus({ KeyId: key.id })).KeyRotationEnabled, false)
  })

  test('a key that cannot rotate has no such tab', async t => {
    const key = await makeKey(admin, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
    const page = await opened(t, `#/us-east-1/keys/${key.id}?tab=rotation`)
    await page.getByRole('tab', { name: 'Grants' }).waitFor()
    assert.equal(await page.getByRole('tab', { name: 'Key material and rotations' }).count(), 0)
  })

  test('a grant is made with a constraint, used with its token, found, and revoked', async t => {
    const key = await makeKey(admin)
    const page = await opened(t, `#/us-east-1/keys/${key.id}?tab=grants`)
    await page.getByText('The key has no grants.').waitFor()
    await page.getByRole('button', { name: 'Create grant' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Create grant' }).click()
    await dialog.getByText('Choose at least one operation.').waitFor()
    await dialog.getByLabel('Grantee principal').fill(grantee)
    await dialog.getByRole('button', { name: /Operations/ }).click()
    await page.getByRole('option', { name: 'Encrypt', exact: true }).click()
    await page.getByRole('option', { name: 'Decrypt', exact: true }).click()
    await page.keyboard.press('Escape')
    await dialog.getByLabel('Name - optional').fill('for-orders')
    await dialog.getByRole('radio', { name: 'The encryption context has these pairs', exact: true }).check()
    await dialog.getByRole('button', { name: 'Add pair' }).click()
    await dialog.getByLabel('Key 1 of: Encryption context').fill('team')
    await dialog.getByLabel('Value 1 of: Encryption context').fill('orders')
    await dialog.getByRole('button', { name: 'Create grant' }).click()
    await dialog.getByText('It is shown this one time.').waitFor()
    await dialog.getByRole('button', { name: 'Done' }).click()
    const [grant] = (await admin.sdk.listGrants({ KeyId: key.id })).Grants ?? []
    assert.deepEqual(grant?.Operations?.toSorted(), ['Decrypt', 'Encrypt'])
    assert.deepEqual(grant?.Constraints, { EncryptionContextSubset: { team: 'orders' } })
    assert.equal(grant?.GranteePrincipal, grantee)
    const user = new TestCaller(server, { credentials: credentialsOf('grantee') })
    await user.sdk.encrypt({
      KeyId: key.id,
      Plaintext: Buffer.from('x'),
      EncryptionContext: { team: 'orders' },
    })
    const table = page.getByRole('table', { name: 'Grants' })
    await table.getByText('Encryption context has team=orders').waitFor()
    await page.getByLabel('Find grants').fill('nothing')
    await page.getByText('No matches').waitFor()
    await page.getByRole('button', { name: 'Clear filter' }).last().click()
    await table.getByRole('checkbox', { name: grant?.GrantId ?? '' }).check()
    await page.getByRole('button', { name: 'Revoke' }).click()
    await dialog.getByLabel('To confirm, type revoke').fill('revoke')
    await dialog.getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('The grant is revoked.').waitFor()
    assert.deepEqual((await admin.sdk.listGrants({ KeyId: key.id })).Grants, [])
  })

  test('somebody without permissions sees which ones are missing', async t => {
    const key = await makeKey(admin)
    const page = await opened(t, `#/us-east-1/keys/${key.id}?tab=grants`, credentialsOf('reader'))
    await page.getByText('You need kms:ListGrants').waitFor()
    await page.getByRole('tab', { name: 'Key material and rotations' }).click()
    await page.getByText('You need kms:GetKeyRotationStatus').waitFor()
    await page.getByText('You need kms:ListKeyRotations').waitFor()
  })
})
