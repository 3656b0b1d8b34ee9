import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newCredential } from './proxy-settings.ts'

test('the secret of a new credential is erased, also if it cannot be wrapped', () => {
  const given = {
    XksProxyAuthenticationCredential: {
      AccessKeyId: 'AKIAI2SFODNN7EXAMPLE',
      RawSecretAccessKey: 'FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE',
    },
  }
  const seen: Uint8Array[] = []
  const store = { customKeyStoreId: 'cks-0', region: 'us-east-1' }
  const wrapsInto = (wrapped: () => Buffer) =>
    newCredential(
      {
        wrapSecret(name, secret, region) {
          assert.deepEqual([name, region], ['xks proxy of cks-0', 'us-east-1'])
          assert.equal(String(secret), given.XksProxyAuthenticationCredential.RawSecretAccessKey)
          seen.push(secret)
          return wrapped()
        },
      },
      store,
      given,
      7,
    )
  const wrapped = Buffer.from('wrapped')
  assert.deepEqual(
    wrapsInto(() => wrapped),
    { wrappedSecret: wrapped, credentialSince: 7 },
  )
  assert.throws(() => wrapsInto(() => assert.fail('no domain key')), /no domain key/)
  for (const secret of seen) assert.deepEqual(secret, Buffer.alloc(43))
})
