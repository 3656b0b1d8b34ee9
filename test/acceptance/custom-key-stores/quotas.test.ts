import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { base64, makeKey, TestCaller } from '../../fixtures/caller.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { ExternalStores } from '../../fixtures/worlds/external-stores.ts'
import { stubKey } from '../../fixtures/xks/external-keys.ts'

// "1,800 for each custom key store" (AWS KMS developer guide, "Custom key store request quotas"), here with a rate that a test reaches.

const stores = await ExternalStores.start()
after(() => stores.stop())
const server = await testServer({
  // The clock of the test stands still between its steps, so that nothing fills the pools again.
  hasTestClock: true,
  flags: ['--rate-quotas', 'true', '--quotas', 'CustomKeyStore=3,CreateKey=50,CreateCustomKeyStore=50'],
  environment: stores.environment,
})
const admin = new TestCaller(server)

test('each store has a rate of its own, and other keys do not count', async () => {
  const makeOutside = async (XksKeyId: string) => {
    stores.proxy.keys.set(XksKeyId, stubKey({ id: XksKeyId }))
    const CustomKeyStoreId = await stores.make(admin, 'CONNECTED')
    return await makeKey(admin, { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId, XksKeyId })
  }
  const [first, second, plain] = [await makeOutside('a'), await makeOutside('b'), await makeKey(admin)]
  const encrypt = (id: string) => admin.call('Encrypt', { KeyId: id, Plaintext: base64('x') })
  const codes = await Promise.all(Array.from({ length: 12 }, () => encrypt(first.id)))
  const throttled = codes.filter(({ json }) => json['__type'] === 'ThrottlingException')
  assert.ok(throttled.length >= 6, `${throttled.length} of 12 calls at once were refused`)
  assert.equal(
    throttled[0]?.json['message'],
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
  )
  assert.equal((await encrypt(second.id)).status, 200)
  for (const { status } of await Promise.all(Array.from({ length: 12 }, () => encrypt(plain.id))))
    assert.equal(status, 200)
})
