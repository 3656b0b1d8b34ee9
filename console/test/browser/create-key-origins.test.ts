import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { TestCaller } from '../../../test/fixtures/caller.ts'
import { ClusterWorld } from '../../../test/fixtures/hsm/cluster-world.ts'
import { whyNoTokens } from '../../../test/fixtures/hsm/softhsm.ts'
import { skipWithoutOpenssl } from '../../../test/fixtures/tls/openssl-certificates.ts'
import { ExternalStores } from '../../../test/fixtures/worlds/external-stores.ts'
import { axeFindings } from '../fixtures/axe.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'
import { button, checkbox, next, step, textbox, toReview } from '../fixtures/wizard.ts'

// Keys whose key material the server does not make, from the wizard in a real browser: with an external key store proxy, and with SoftHSM2.

/** Opens the advanced options and chooses an origin. */
async function chooseOrigin(page: Page, name: string): Promise<void> {
  await button(page, 'Advanced options').click()
  await page.getByRole('radio', { name: new RegExp(`^${name}`) }).check()
}

const storeRow = (page: Page, name: string) => page.getByRole('radio', { name, exact: true })

describe('the wizard, for other origins', { skip: lacksBrowser || skipWithoutOpenssl }, async () => {
  if (lacksBrowser !== false || skipWithoutOpenssl !== false) return
  const stores = await ExternalStores.start()
  const world = whyNoTokens === false ? new ClusterWorld(1) : undefined
  const environment = { ...stores.environment, ...world?.environment }
  const { server, administrator } = await serveConsole({ environment })
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
    await stores.stop()
  })
  const admin = new TestCaller(server)
  const opened = async (t: Parameters<typeof openConsole>[0]) => {
    const page = await openConsole(t, { browser, server, place: '#/us-east-1/keys/create' })
    await signIn(page, administrator)
    await step(page, 'Configure key')
    return page
  }
  const encryptsWith = async (KeyId: string) => {
    const { CiphertextBlob } = await admin.sdk.encrypt({ KeyId, Plaintext: Buffer.from('a text') })
    const { Plaintext = assert.fail() } = await admin.sdk.decrypt({ CiphertextBlob })
    assert.equal(Buffer.from(Plaintext).toString(), 'a text')
  }
  /** Fills in the first two steps for a key with the external key of the proxy. */
  const chooseExternal = async (page: Page, storeId: string) => {
    await chooseOrigin(page, 'External key store')
    await checkbox(page, agreed('external')).check()
    await next(page, 'Choose key store')
    await storeRow(page, storeId).check()
    await textbox(page, 'External key ID').fill('stub-key-1')
  }

  test('a key in an external key store needs the consent, a connected store and an id', async t => {
    const CustomKeyStoreId = await stores.make(admin, 'CONNECTED', { CustomKeyStoreName: 'vault' })
    await stores.make(admin, 'DISCONNECTED', { CustomKeyStoreName: 'asleep' })
    const page = await opened(t)
    await chooseOrigin(page, 'External key store')
    assert.ok(await page.getByRole('radio', { name: /^Multi-Region key/ }).isDisabled())
    await button(page, 'Next').click()
    await page.getByText('Agree to go on').waitFor()
    await checkbox(page, agreed('external')).check()
    await next(page, 'Choose key store')
    assert.ok(await storeRow(page, 'asleep').isDisabled())
    await page.getByText('Keys can be made in a connected key store alone.').waitFor()
    await button(page, 'Next').click()
    await page.getByText('Choose a connected key store.').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await storeRow(page, 'vault').check()
    await textbox(page, 'External key ID').fill('a b')
    await page.getByText('An external key ID has 1 to 128').first().waitFor()
    await textbox(page, 'External key ID').fill('stub-key-1')
    await toReview(page, 'outside')
    await page.getByText('stub-key-1').waitFor()
    await button(page, 'Finish').click()
    await page.getByText('The key alias/outside was made.').waitFor()
    const metadata = await admin.describe('alias/outside')
    assert.deepEqual(
      [metadata.Origin, metadata.CustomKeyStoreId, metadata.XksKeyConfiguration?.Id],
      ['EXTERNAL_KEY_STORE', CustomKeyStoreId, 'stub-key-1'],
    )
    await encryptsWith('alias/outside')
    await page.getByRole('link', { name: 'View key' }).click()
    await step(page, 'outside')
    await page.getByRole('tab', { name: 'Cryptographic configuration' }).click()
    await page.getByRole('link', { name: CustomKeyStoreId }).click()
    await step(page, 'vault')
  })

  test('an external key that a KMS key has is refused with the reason', async t => {
    const CustomKeyStoreId = await stores.make(admin, 'CONNECTED', { CustomKeyStoreName: 'full' })
    await admin.sdk.createKey({
      ...{ Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId, XksKeyId: 'stub-key-1' },
    })
    const page = await opened(t)
    await chooseExternal(page, 'full')
    await toReview(page, 'twice')
    await button(page, 'Finish').click()
    await page.getByText(/XksKeyAlreadyInUseException: /).waitFor()
    await page.getByText('Each external key belongs to one KMS key of a key store').waitFor()
    await button(page, 'Edit key store').click()
    await textbox(page, 'External key ID').fill('none')
    for (const title of ['Add labels', 'Define key administrative permissions'] as const)
      await next(page, title)
    for (const title of ['Define key usage permissions', 'Edit key policy', 'Review'] as const)
      await next(page, title)
    await button(page, 'Finish').click()
    await page.getByText('The proxy knows no key with this ID.').waitFor()
  })

  test('a key for imported key material leads to its page, and its administrators may import', async t => {
    const page = await opened(t)
    await page.getByRole('radio', { name: /^Asymmetric/ }).check()
    await page.getByRole('radio', { name: /^Sign and verify/ }).check()
    await chooseOrigin(page, 'External \\(Import key material\\)')
    for (const name of [/^AWS CloudHSM key store/, /^External key store/])
      assert.ok(await page.getByRole('radio', { name }).isDisabled())
    await checkbox(page, agreed('imported')).check()
    await page.getByRole('radio', { name: /^Multi-Region key/ }).check()
    await next(page, 'Add labels')
    await textbox(page, 'Alias').fill('imported')
    await next(page, 'Define key administrative permissions')
    await checkbox(page, 'User administrator').check()
    await next(page, 'Define key usage permissions')
    await next(page, 'Edit key policy')
    await next(page, 'Review')
    await page.getByText('External (Import key material)').waitFor()
    await button(page, 'Finish').click()
    await step(page, 'imported')
    await page.getByText('Pending import').first().waitFor()
    const metadata = await admin.describe('alias/imported')
    assert.deepEqual(
      [metadata.Origin, metadata.KeyState, metadata.KeySpec, metadata.MultiRegion],
      ['EXTERNAL', 'PendingImport', 'RSA_2048', true],
    )
    const { Policy = '' } = await admin.sdk.getKeyPolicy({ KeyId: metadata.KeyId })
    assert.ok(Policy.includes('"kms:ImportKeyMaterial"'))
  })

  test('a key in an AWS CloudHSM key store is made in its HSMs', { skip: whyNoTokens }, async t => {
    const CustomKeyStoreId = await world?.connected(admin, { CustomKeyStoreName: 'inside' })
    const page = await opened(t)
    await chooseOrigin(page, 'AWS CloudHSM key store')
    await next(page, 'Choose key store')
    assert.equal(await textbox(page, 'External key ID').count(), 0)
    await storeRow(page, 'inside').check()
    await toReview(page, 'in-hsm')
    await button(page, 'Finish').click()
    await page.getByText('The key alias/in-hsm was made.').waitFor()
    const metadata = await admin.describe('alias/in-hsm')
    assert.deepEqual(
      [metadata.Origin, metadata.CustomKeyStoreId, metadata.CloudHsmClusterId],
      ['AWS_CLOUDHSM', CustomKeyStoreId, world?.clusterId],
    )
    await encryptsWith('alias/in-hsm')
  })
})

/** The consent of each origin. */
function agreed(origin: 'imported' | 'external'): RegExp {
  return origin === 'imported'
    ? /^I understand that I keep the key material/
    : /^I understand that I keep the external/
}
