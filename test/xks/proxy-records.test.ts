import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../fixtures/test-server.ts'
import { callProxy, metadata } from './proxy-caller.ts'
import {
  entry,
  foreignAccountId,
  keyIdOf,
  proxyRecords,
  proxySetting,
  proxyUrlOf,
  seed,
  serverOptions,
} from './proxy-server.ts'

// The audit records of the external key store proxy for a key outside the default account.

const keyId = `arn:aws:kms:us-east-1:${foreignAccountId}:key/${keyIdOf(9)}`
const keys = [entry('foreign', 9, { keyId, operations: ['Encrypt'] })]
const server = await testServer({ seed, ...serverOptions(proxySetting(keys)) })

test('a request whose body is too large has the name of its operation', async () => {
  const { status } = await callProxy(proxyUrlOf(server), '/keys/foreign/encrypt', 'a'.repeat(70_000))
  assert.equal(status, 400)
  const { eventName, requestParameters } = proxyRecords(server).at(-1) ?? assert.fail()
  assert.deepEqual([eventName, requestParameters], ['Encrypt', null])
})

test('a call has its record in the account of the key, a refused one too', async () => {
  const encryption = { requestMetadata: metadata, plaintext: 'AAEC', encryptionAlgorithm: 'AES_GCM' }
  for (const [change, status] of [
    [{}, 200],
    [{ requestMetadata: { ...metadata, kmsOperation: 'ReEncrypt' } }, 403],
    [{ plaintext: 7 }, 400],
  ] as const) {
    const body = { ...encryption, ...change }
    assert.equal((await callProxy(proxyUrlOf(server), '/keys/foreign/encrypt', body)).status, status)
  }
  const shown = proxyRecords(server)
    .slice(-3)
    .map(({ recipientAccountId, requestParameters }) => [
      recipientAccountId,
      requestParameters?.externalKeyId,
    ])
  assert.deepEqual(
    shown,
    [1, 2, 3].map(() => [foreignAccountId, 'foreign']),
  )
})
