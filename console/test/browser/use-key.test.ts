import assert from 'node:assert/strict'
import { createPublicKey, diffieHellman, generateKeyPairSync, randomBytes, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { makeKey, TestCaller } from '../../../test/fixtures/caller.ts'
import { allow, credentialsOf, seedUser, writeYaml } from '../../../test/fixtures/seed.ts'
import { lacksBrowser } from '../fixtures/lacks.ts'
import { openBrowser, openConsole, serveConsole, signIn } from '../fixtures/open-console.ts'
import { button, checkbox, textbox } from '../fixtures/wizard.ts'

// The page on which a key encrypts, signs and so on, in a real browser.

const account = '000000000000'

describe('the page that uses a key', { skip: lacksBrowser }, async () => {
  if (lacksBrowser !== false) return
  const seed = writeYaml('seed.yaml', {
    accounts: [{ id: account, users: [seedUser('boss', allow('kms:*')), seedUser('nobody')] }],
  })
  const { server } = await serveConsole({ flags: ['--seed', seed] })
  const browser = await openBrowser()
  after(async () => {
    await browser.close()
    await server.stop()
  })
  const admin = new TestCaller(server)
  const open = async (
    t: Parameters<typeof openConsole>[0],
    id: string,
    { user = 'boss', operation = '', secrets = [] as readonly string[] } = {},
  ): Promise<Page> => {
    const place = `#/us-east-1/keys/${id}/use?operation=${operation}`
    const page = await openConsole(t, { browser, server, place, secrets })
    await signIn(page, credentialsOf(user))
    return page
  }

  test('encrypts a text with an encryption context, from the page of the key', async t => {
    const { id } = await makeKey(admin)
    const page = await openConsole(t, { browser, server, place: `#/us-east-1/keys/${id}` })
    await signIn(page, credentialsOf('boss'))
    await page.getByRole('link', { name: 'Use this key' }).click()
    await page.getByRole('heading', { name: 'Use this key', level: 1 }).waitFor()
    await textbox(page, 'Plaintext').fill('Grüße')
    await button(page, 'Add pair').click()
    await textbox(page, 'Key 1 of: Encryption context').fill('team')
    await textbox(page, 'Value 1 of: Encryption context').fill('payments')
    await page.locator('pre').getByText('--encryption-context team=payments').waitFor()
    await button(page, 'Encrypt').click()
    const CiphertextBlob = Buffer.from(await resultOf(page), 'base64')
    const { Plaintext = [] } = await admin.sdk.decrypt({
      ...{ CiphertextBlob, EncryptionContext: { team: 'payments' } },
    })
    assert.equal(Buffer.from(Plaintext).toString(), 'Grüße')
    await textbox(page, 'Plaintext').fill('Something else')
    await page.getByRole('heading', { name: 'Result' }).waitFor({ state: 'detached' })
  })

  test('decrypts, and shows the plaintext when somebody asks for it', async t => {
    const { id } = await makeKey(admin)
    const secret = 'The number of the card is 4111'
    const EncryptionContext = { order: '17' }
    const { CiphertextBlob = [] } = await admin.sdk.encrypt({
      ...{ KeyId: id, Plaintext: Buffer.from(secret), EncryptionContext },
    })
    const page = await open(t, id, { operation: 'Decrypt', secrets: [secret] })
    await textbox(page, 'Ciphertext').fill('not Base64!')
    await page.getByText('This is not Base64.').first().waitFor()
    await textbox(page, 'Ciphertext').fill(Buffer.from(CiphertextBlob).toString('base64'))
    await button(page, 'Decrypt').click()
    await page.getByText('InvalidCiphertextException').waitFor()
    await button(page, 'Add pair').click()
    await textbox(page, 'Key 1 of: Encryption context').fill('order')
    await textbox(page, 'Value 1 of: Encryption context').fill('17')
    await checkbox(page, 'Only with this key').uncheck()
    await button(page, 'Decrypt').click()
    await page.getByText('Plaintext (30 bytes, text)').waitFor()
    assert.equal(await page.getByText(secret).count(), 0)
    await button(page, 'Show Plaintext').click()
    await page.locator('pre').getByText(secret, { exact: true }).waitFor()
    assert.deepEqual(await downloaded(page, 'Download Plaintext'), Buffer.from(secret))
    await button(page, 'Hide Plaintext').click()
    await page.getByText(secret).first().waitFor({ state: 'detached' })
    await page.getByRole('tab', { name: 'Encrypt', exact: true }).click()
    await page.getByRole('tab', { name: 'Decrypt', exact: true }).click()
    await textbox(page, 'Ciphertext').waitFor()
    assert.equal(await button(page, 'Show Plaintext').count(), 0)
  })

  test('re-encrypts a ciphertext under a different key', async t => {
    const [{ id }, { id: other, arn }] = [await makeKey(admin), await makeKey(admin)]
    const ciphertext = await admin.encrypt(id, 'Moves on')
    const page = await open(t, id, { operation: 'ReEncrypt' })
    await textbox(page, 'Ciphertext').fill(ciphertext)
    await textbox(page, 'New key').fill(other)
    await button(page, 'Re-encrypt').click()
    const CiphertextBlob = Buffer.from(await resultOf(page), 'base64')
    const { KeyId, Plaintext = [] } = await admin.sdk.decrypt({ CiphertextBlob })
    assert.deepEqual([KeyId, Buffer.from(Plaintext).toString()], [arn, 'Moves on'])
  })

  test('signs a text and says if a signature is valid, without an error if it is not', async t => {
    const { id } = await makeKey(admin, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
    const page = await open(t, id)
    await textbox(page, 'Message').fill('Pay 100')
    await button(page, 'Sign').click()
    const signature = await resultOf(page)
    assert.ok(
      verify(
        'sha256',
        Buffer.from('Pay 100'),
        await publicKeyOf(admin, id),
        Buffer.from(signature, 'base64'),
      ),
    )
    await page.getByRole('tab', { name: 'Verify' }).click()
    await textbox(page, 'Message').fill('Pay 100')
    await textbox(page, 'Signature').fill(signature)
    await button(page, 'Verify').click()
    await page.getByText('Signature valid').waitFor()
    await textbox(page, 'Message').fill('Pay 900')
    await button(page, 'Verify').click()
    await page.getByText('Signature not valid').waitFor()
    assert.equal(await page.getByText('KMSInvalidSignatureException').count(), 0)
  })

  test('signs a large file by the digest that the browser makes', async t => {
    const { id } = await makeKey(admin, { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
    const page = await open(t, id)
    const file = randomBytes(3_000_000)
    await choose(page, 'Signing algorithm', 'RSASSA_PKCS1_V1_5_SHA_512')
    await button(page, 'File').click()
    const report = { name: 'report.pdf', mimeType: 'application/pdf', buffer: file }
    await page.locator('input[type=file]').setInputFiles(report)
    await page.getByText('This browser makes the SHA-512 digest of the message').waitFor()
    await button(page, 'Text').click()
    await button(page, 'File').click()
    assert.equal(await button(page, 'Sign').getAttribute('aria-disabled'), 'true')
    await page.locator('input[type=file]').setInputFiles(report)
    await button(page, 'Sign').click()
    const signature = Buffer.from(await resultOf(page), 'base64')
    assert.ok(verify('sha512', file, await publicKeyOf(admin, id), signature))
  })

  test('makes and verifies a MAC', async t => {
    const { id } = await makeKey(admin, { KeySpec: 'HMAC_384', KeyUsage: 'GENERATE_VERIFY_MAC' })
    const page = await open(t, id)
    await button(page, 'Already Base64').click()
    await textbox(page, 'Message').fill(Buffer.from('A message').toString('base64'))
    await button(page, 'Generate MAC').click()
    const mac = await resultOf(page)
    const { Mac = [] } = await admin.sdk.generateMac({
      ...{ KeyId: id, Message: Buffer.from('A message'), MacAlgorithm: 'HMAC_SHA_384' },
    })
    assert.equal(mac, Buffer.from(Mac).toString('base64'))
    await page.getByRole('tab', { name: 'Verify MAC' }).click()
    await textbox(page, 'Message').fill('A message')
    await textbox(page, 'MAC').fill(mac)
    await button(page, 'Verify MAC').click()
    await page.getByText('MAC valid').waitFor()
    await textbox(page, 'Message').fill('A different message')
    await button(page, 'Verify MAC').click()
    await page.getByText('MAC not valid').waitFor()
  })

  test('makes data keys, with and without their plaintext, and pairs', async t => {
    const { id } = await makeKey(admin)
    const page = await open(t, id, { operation: 'GenerateDataKey' })
    await button(page, 'Generate data key').click()
    const wrapped = await downloaded(page, 'Download Encrypted data key')
    const { Plaintext = [] } = await admin.sdk.decrypt({ CiphertextBlob: wrapped })
    assert.deepEqual(await downloaded(page, 'Download Data key'), Buffer.from(Plaintext))
    await checkbox(page, 'With the plaintext of the data key').uncheck()
    await page.locator('pre').getByText('generate-data-key-without-plaintext').waitFor()
    await button(page, 'Generate data key').click()
    await button(page, 'Download Encrypted data key').waitFor()
    assert.equal(await button(page, 'Download Data key').count(), 0)

    await page.getByRole('tab', { name: 'Data key pair' }).click()
    await choose(page, 'Key pair spec', 'ECC_NIST_P256')
    await button(page, 'Generate data key pair').click()
    const pem = String(await downloaded(page, 'Download Public key'))
    assert.equal(createPublicKey(pem).asymmetricKeyDetails?.namedCurve, 'prime256v1')
    const encrypted = await downloaded(page, 'Download Encrypted private key')
    const { Plaintext: der = [] } = await admin.sdk.decrypt({ CiphertextBlob: encrypted })
    assert.deepEqual(await downloaded(page, 'Download Private key'), Buffer.from(der))
  })

  test('derives a shared secret with the public key of the other party', async t => {
    const { id } = await makeKey(admin, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const page = await open(t, id)
    const field = textbox(page, 'Public key of the other party')
    await field.fill(String(privateKey.export({ format: 'pem', type: 'pkcs8' })))
    await page.getByText('Enter a public key in PEM').first().waitFor()
    await field.fill(String(publicKey.export({ format: 'pem', type: 'spki' })))
    await button(page, 'Derive shared secret').click()
    assert.deepEqual(
      await downloaded(page, 'Download Shared secret'),
      diffieHellman({ privateKey, publicKey: await publicKeyOf(admin, id) }),
    )
  })

  test('encrypts with RSA, and shares a secret with ML-KEM', async t => {
    const rsa = await makeKey(admin, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
    const page = await open(t, rsa.id)
    await choose(page, 'Encryption algorithm', 'RSAES_OAEP_SHA_256')
    await textbox(page, 'Plaintext').fill('x'.repeat(191))
    await page.getByText('At most 190 bytes: these are 191.').first().waitFor()
    await textbox(page, 'Plaintext').fill('For RSA')
    await button(page, 'Encrypt').click()
    const { Plaintext = [] } = await admin.sdk.decrypt({
      ...{ KeyId: rsa.id, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' },
      CiphertextBlob: Buffer.from(await resultOf(page), 'base64'),
    })
    assert.equal(Buffer.from(Plaintext).toString(), 'For RSA')

    const kem = await makeKey(admin, { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' })
    const other = await open(t, kem.id)
    await button(other, 'Encapsulate').click()
    const ciphertext = await resultOf(other)
    const secret = await downloaded(other, 'Download Shared secret')
    await other.getByRole('tab', { name: 'Decapsulate' }).click()
    await textbox(other, 'Ciphertext of the shared secret').fill(ciphertext)
    await button(other, 'Decapsulate').click()
    assert.deepEqual(await downloaded(other, 'Download Shared secret'), secret)
  })

  test('shows the call in the language that was chosen before', async t => {
    const { id } = await makeKey(admin)
    const page = await open(t, id)
    const code = page.locator('pre')
    await code.getByText('aws kms encrypt').waitFor()
    await page.getByRole('tab', { name: 'Rust' }).click()
    await code.getByText('#[tokio::main]').waitFor()
    await page.reload()
    await signIn(page, credentialsOf('boss'))
    await code.getByText('#[tokio::main]').waitFor()
    await code.getByText(`.endpoint_url("${server.url}")`).waitFor()
  })

  test('says why a key cannot be used, and which permission is missing', async t => {
    const { id } = await makeKey(admin)
    const page = await open(t, id, { user: 'nobody' })
    await page.getByText('You need kms:DescribeKey').waitFor()
    await textbox(page, 'Plaintext').fill('x'.repeat(4097))
    await page.getByText('At most 4096 bytes: these are 4097.').first().waitFor()
    await textbox(page, 'Plaintext').fill('x')
    await button(page, 'Encrypt').click()
    await page.getByText('You need kms:Encrypt').waitFor()

    await admin.sdk.disableKey({ KeyId: id })
    const again = await open(t, id)
    await again.getByText('The key is disabled, so it cannot be used.').first().waitFor()
    assert.equal(await button(again, 'Encrypt').getAttribute('aria-disabled'), 'true')
  })
})

/** The text of the result, which is the first text of its kind on the page. */
async function resultOf(page: Page): Promise<string> {
  await page.getByRole('heading', { name: 'Result' }).waitFor()
  return (await page.getByRole('status').locator('pre').first().textContent()) ?? ''
}

async function downloaded(page: Page, name: string): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, name).click()])
  return readFileSync(await download.path())
}

/** Chooses an option of a list. */
async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('button', { name: label }).click()
  await page.getByRole('option', { name: option }).click()
}

async function publicKeyOf({ sdk }: TestCaller, KeyId: string) {
  const { PublicKey = [] } = await sdk.getPublicKey({ KeyId })
  return createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' })
}
