import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { TestCaller } from '../../../test/fixtures/caller.ts'
import { ClusterWorld, kmsuserPassword } from '../../../test/fixtures/hsm/cluster-world.ts'
import { whyNoTokens } from '../../../test/fixtures/hsm/softhsm.ts'
import { skipWithoutOpenssl } from '../../../test/fixtures/tls/openssl-certificates.ts'
import { ExternalStores } from '../../../test/fixtures/worlds/external-stores.ts'
import { axeFindings } from '../fixtures/axe.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'
import { button, step, textbox } from '../fixtures/wizard.ts'

// Custom key stores in a real browser, with an external key store proxy and with SoftHSM2.

const place = '#/us-east-1/keystores/external'

/** Chooses an action on the key store that shows. */
async function act(page: Page, name: string): Promise<void> {
  await button(page, 'Key store actions').click()
  await page.getByRole('menuitem', { name, exact: true }).click()
}

const chooseFile = (page: Page, name: string, text: string) =>
  page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })

/** Presses the button of the modal. */
const confirm = (page: Page, name: string) =>
  page.getByRole('dialog').getByRole('button', { name, exact: true }).click()

describe('external key stores', { skip: lacksBrowser || skipWithoutOpenssl }, async () => {
  if (lacksBrowser !== false || skipWithoutOpenssl !== false) return
  const stores = await ExternalStores.start()
  const { server, administrator } = await serveConsole({ environment: stores.environment })
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
    await stores.stop()
  })
  const admin = new TestCaller(server)
  const { accessKeyId, secretAccessKey } = stores.proxy.credential
  const proxyFile = JSON.stringify({
    XksProxyUriPath: stores.proxy.uriPath,
    XksProxyAuthenticationCredential: { AccessKeyId: accessKeyId, RawSecretAccessKey: secretAccessKey },
  })
  const opened = async (t: Parameters<typeof openConsole>[0], at = place) => {
    const page = await openConsole(t, { browser, server, place: at })
    await signIn(page, administrator)
    return page
  }

  test('a store is made from the file of its proxy, connected, used, disconnected and deleted', async t => {
    const page = await opened(t)
    const input = stores.newStore()
    await page.getByText('No key stores').waitFor()
    assert.equal(await page.getByText('docs/external-key-stores.md').count(), 0)
    await button(page, 'Create key store').first().click()
    await confirm(page, 'Create external key store')
    await page.getByText('Enter a name.').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await textbox(page, 'Key store name').fill('vault')
    await page.getByRole('radio', { name: 'VPC endpoint service' }).check()
    await textbox(page, 'VPC endpoint service name').fill(String(input['XksProxyVpcEndpointServiceName']))
    await textbox(page, 'Proxy URI endpoint').fill(String(input['XksProxyUriEndpoint']))
    await chooseFile(page, 'proxy.json', proxyFile)
    const secret = page.getByLabel('Proxy credential: Secret access key')
    await page.getByText(`The whole path is ${stores.proxy.uriPath}.`).waitFor()
    assert.equal(await secret.inputValue(), secretAccessKey)
    assert.equal(await secret.getAttribute('type'), 'password')
    await confirm(page, 'Create external key store')
    await page.getByText('The key store vault is created.').waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.ok(!(await page.content()).includes(secretAccessKey), 'the secret is left in the page')

    await page.getByRole('link', { name: 'vault' }).click()
    await step(page, 'vault')
    await page.getByText('The key store is disconnected.').waitFor()
    await act(page, 'Connect')
    await confirm(page, 'Connect')
    await page.getByText('Connected', { exact: true }).waitFor()
    const { CustomKeyStores = [] } = await admin.sdk.describeCustomKeyStores({ CustomKeyStoreName: 'vault' })
    const [{ CustomKeyStoreId, ConnectionState, XksProxyConfiguration } = assert.fail()] = CustomKeyStores
    assert.equal(ConnectionState, 'CONNECTED')
    assert.equal(XksProxyConfiguration?.AccessKeyId, accessKeyId)

    const { KeyMetadata } = await admin.sdk.createKey({
      ...{ Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId, XksKeyId: 'stub-key-1' },
    })
    const KeyId = KeyMetadata?.KeyId ?? ''
    const { CiphertextBlob } = await admin.sdk.encrypt({ KeyId, Plaintext: Buffer.from('a text') })
    const { Plaintext = assert.fail() } = await admin.sdk.decrypt({ CiphertextBlob })
    assert.equal(Buffer.from(Plaintext).toString(), 'a text')

    await act(page, 'Disconnect')
    await page.getByText('The keys of the key store cannot be used').waitFor()
    await confirm(page, 'Disconnect')
    await page.getByText('The key store is disconnected.').waitFor()
    await act(page, 'Delete')
    await page.getByText('The key store has keys. It can be deleted').waitFor()
    const remove = page.getByRole('dialog').getByRole('button', { name: /^Delete key store/ })
    assert.equal(await remove.getAttribute('aria-disabled'), 'true')
    await page.getByRole('dialog').getByRole('link', { name: 'Keys in this key store' }).click()
    await step(page, /^Customer managed keys/)
    await page.getByRole('link', { name: KeyId }).waitFor()
    await page.getByText(`Custom key store ID = ${CustomKeyStoreId}`).first().waitFor()
  })

  test('a store that fails to connect says why, is edited, and is deleted by its name', async t => {
    const id = await stores.make(admin, 'FAILED', { CustomKeyStoreName: 'lost', ...stores.unknownService() })
    const page = await opened(t, `#/us-east-1/keystores/${id}`)
    await page.getByText('The server has no VPC endpoint service with the name of the key store.').waitFor()
    await button(page, 'Key store actions').click()
    for (const [name, isOff] of [
      ...([
        ['Connect', true],
        ['Disconnect', false],
        ['Edit', true],
        ['Delete', true],
      ] as const),
    ])
      assert.equal(
        (await page.getByRole('menuitem', { name, exact: true }).getAttribute('aria-disabled')) === 'true',
        isOff,
        name,
      )
    await page.getByRole('menuitem', { name: 'Disconnect', exact: true }).click()
    await confirm(page, 'Disconnect')
    await page.getByText('The key store is disconnected.').waitFor()
    await act(page, 'Edit')
    const known = String(stores.newStore()['XksProxyVpcEndpointServiceName'])
    await textbox(page, 'VPC endpoint service name').fill(known)
    await confirm(page, 'Save changes')
    await page.getByText('The key store is changed.').waitFor()
    await act(page, 'Connect')
    await confirm(page, 'Connect')
    await page.getByText('Connected', { exact: true }).waitFor()
    // While it is connected, its name and credential can change, and its endpoint cannot.
    await act(page, 'Edit')
    assert.ok(await textbox(page, 'Proxy URI endpoint').isDisabled())
    await textbox(page, 'Key store name').fill('found')
    await confirm(page, 'Save changes')
    await step(page, 'found')
    await act(page, 'Disconnect')
    await confirm(page, 'Disconnect')
    await page.getByText('The key store is disconnected.').waitFor()
    await act(page, 'Delete')
    await textbox(page, 'To confirm, type found').fill('found')
    await confirm(page, 'Delete key store')
    await step(page, /^External key stores/)
    await admin.isRefused(
      'DescribeCustomKeyStores',
      { CustomKeyStoreId: id },
      'CustomKeyStoreNotFoundException',
    )
  })

  test('a refused store stays in the form, with the words of the server', async t => {
    const page = await opened(t)
    await button(page, 'Create key store').first().click()
    await textbox(page, 'Key store name').fill('away')
    await textbox(page, 'Proxy URI endpoint').fill('https://nowhere.example.test')
    await textbox(page, 'Proxy credential: Access key ID').fill(accessKeyId)
    await page.getByLabel('Proxy credential: Secret access key').fill(secretAccessKey)
    await confirm(page, 'Create external key store')
    await page.getByText(/XksProxyUriUnreachableException: /).waitFor()
    assert.equal(await textbox(page, 'Key store name').inputValue(), 'away')
    await page.goto(`${server.url}/console/#/us-east-1/keystores/cloudhsm`)
    await page.reload()
    await signIn(page, administrator)
    await page.getByText('This server has no cluster of HSMs.').waitFor()
    await page.getByText('No key stores').waitFor()
  })
})

describe('AWS CloudHSM key stores', { skip: lacksBrowser || whyNoTokens }, async () => {
  if (lacksBrowser !== false || whyNoTokens !== false) return
  const world = new ClusterWorld(1)
  const { server, administrator } = await serveConsole({ environment: world.environment })
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })

  test('a store is made with its trust anchor and connected, and keeps no password', async t => {
    const page = await openConsole(t, { browser, server, place: '#/us-east-1/keystores/cloudhsm' })
    await signIn(page, administrator)
    await button(page, 'Create key store').first().click()
    await textbox(page, 'Key store name').fill('inside')
    await textbox(page, 'CloudHSM cluster ID').fill(world.clusterId)
    await page.getByLabel('kmsuser password').fill(kmsuserPassword)
    await chooseFile(page, 'customerCA.crt', world.trustAnchor)
    await page.getByText('customerCA.crt', { exact: true }).waitFor()
    await confirm(page, 'Create key store')
    await page.getByText('The key store inside is created.').waitFor()
    assert.ok(!(await page.content()).includes(kmsuserPassword), 'the password is left in the page')
    await page.getByRole('radio', { name: 'inside' }).check()
    await act(page, 'Connect')
    await confirm(page, 'Connect')
    await page.getByText('Connected', { exact: true }).waitFor()
    const admin = new TestCaller(server)
    const { CustomKeyStores = [] } = await admin.sdk.describeCustomKeyStores({})
    assert.deepEqual(
      CustomKeyStores.map(store => [store.CloudHsmClusterId, store.TrustAnchorCertificate]),
      [[world.clusterId, world.trustAnchor]],
    )
  })
})
