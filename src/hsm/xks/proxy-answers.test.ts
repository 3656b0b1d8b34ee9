import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipWithoutOpenssl } from '../../../test/fixtures/tls/openssl-certificates.ts'
import { errorStatus } from '../../../test/fixtures/xks/external-keys.ts'
import {
  falseCiphertexts,
  hostileText,
  malformedAnswers,
  malformedErrors,
  oddAnswers,
  oddErrors,
  wrongCiphertexts,
  wrongPlaintexts,
} from '../../../test/fixtures/xks/hostile-answers.ts'
import type { Override } from '../../../test/fixtures/xks/stub-types.ts'
import { ServiceError, type XksFailureName, xksText } from '../../domain/index.ts'
import { clientOf, customKeyStoreId, purpose, stub, useOf } from './proxy-samples.test.ts'

const options = { skip: skipWithoutOpenssl }
const plaintext = Buffer.alloc(72, 7)
const data = Buffer.from('header and encryption context')

const proxy = skipWithoutOpenssl === false ? await stub() : undefined
const { client, stores, failures } = proxy === undefined ? ({} as never) : clientOf(proxy)
const encrypt = () => client.encrypt(useOf(), plaintext, data)
const store = () => stores.get(customKeyStoreId) ?? assert.fail()
const calls = {
  encrypt,
  decrypt: async () => {
    const tag = Buffer.alloc(16)
    const sealed = { ciphertext: plaintext, initializationVector: Buffer.alloc(12), authenticationTag: tag }
    return await client.decrypt(useOf(), { ...sealed, metadata: Buffer.alloc(0) }, data)
  },
  metadata: () => client.keyMetadata(store(), 'stub-key-1', purpose),
  health: () => client.pollHealth(store()),
}

/** Plans an answer, and returns the failure of a call. A handshake on a busy machine may take too long, which is not the question here. */
async function failureOf(
  override: Override,
  call: () => Promise<unknown>,
): Promise<XksFailureName | undefined> {
  for (let left = 5; ; left--) {
    const failure = await failureOnce(override, call)
    if (failure !== 'timeout' || left === 0) return failure
  }
}

async function failureOnce(
  override: Override,
  call: () => Promise<unknown>,
): Promise<XksFailureName | undefined> {
  failures.length = 0
  proxy?.respondRightly()
  proxy?.respondWith(override)
  const error = await call().then(
    () => undefined,
    thrown => thrown,
  )
  const failure = failures.at(-1)?.failure
  assert.ok(!JSON.stringify([error?.message, failure?.reason]).includes(hostileText))
  if (error instanceof ServiceError) {
    assert.equal(error.code, 'KMSInvalidStateException')
    assert.equal(error.message, xksText(failure?.failure ?? assert.fail()))
  }
  return failure?.failure
}

for (const [name, override] of Object.entries({ ...malformedAnswers, ...malformedErrors } as Record<
  string,
  Override
>))
  test(`a proxy that ${name} gives no answer`, options, async () => {
    for (const [operation, call] of Object.entries(calls))
      assert.equal(await failureOf(override, call), 'malformed', operation)
  })

for (const [name, override] of Object.entries(wrongCiphertexts as Record<string, Override>))
  test(`a proxy that ${name} has encrypted nothing`, options, async () => {
    assert.equal(await failureOf(override, encrypt), 'malformed')
  })

for (const name of [
  'sends a shorter plaintext',
  'sends a longer plaintext',
  'sends an empty plaintext',
] as const)
  test(`a proxy that ${name} has decrypted nothing`, options, async () => {
    const { associatedData, sealed } = await sealedSample()
    const call = () => client.decrypt(useOf(), sealed, associatedData)
    assert.equal(await failureOf(wrongPlaintexts[name], call), 'malformed')
  })

async function sealedSample() {
  proxy?.respondRightly()
  return { associatedData: data, sealed: await encrypt() }
}

for (const [name, override] of Object.entries({ ...oddAnswers, ...falseCiphertexts } as Record<
  string,
  Override
>))
  test(`an answer is read if a proxy ${name}`, options, async () => {
    // Readers may differ about such an answer, so it is none.
    const expected = name === 'sends each member twice' ? 'malformed' : undefined
    assert.equal(await failureOf(override, encrypt), expected)
  })

for (const errorName of Object.keys(errorStatus))
  test(
    `${errorName} of a proxy gets AWS's answer, whatever the status of an error it has`,
    options,
    async () => {
      assert.equal(await failureOf({ errorName }, encrypt), errorName)
      assert.equal(await failureOf({ errorName, status: 418 }, encrypt), errorName)
      assert.equal(await failureOf({ errorName, status: 302 }, encrypt), 'malformed')
    },
  )

for (const [name, override] of Object.entries(oddErrors as Record<string, Override>))
  test(`a proxy that ${name} is believed about the error alone`, options, async () => {
    assert.equal(await failureOf(override, encrypt), 'AccessDeniedException')
    const said = failures.at(-1)?.said ?? ''
    assert.ok(said.includes(hostileText) && said.length <= 600)
    assert.match(said, /^[\x20-\x7e]*$/)
  })

test('metadata of a key is as the specification says', options, async () => {
  const right = { keySpec: 'AES_256', keyUsage: ['ENCRYPT'], keyStatus: 'DISABLED' }
  assert.equal(await failureOf({ body: right }, calls.metadata), undefined)
  for (const wrong of [
    { keySpec: 1 },
    { keySpec: '' },
    { keyUsage: 'ENCRYPT' },
    { keyUsage: [1] },
    { keyUsage: Array.from({ length: 11 }, () => 'ENCRYPT') },
    { keyStatus: 'Enabled' },
  ])
    assert.equal(await failureOf({ body: { ...right, ...wrong } }, calls.metadata), 'malformed')
})
