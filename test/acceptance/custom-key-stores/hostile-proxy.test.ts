import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSServiceException,
  ReEncryptCommand,
} from '@aws-sdk/client-kms'
import { Choices } from '../../fixtures/choices.ts'
import { kmsClient } from '../../fixtures/clients.ts'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { skipWithoutOpenssl } from '../../fixtures/tls/openssl-certificates.ts'
import { connectedStore, serverWithProxy } from '../../fixtures/xks/connected-store.ts'
import { failureTexts as texts } from '../../fixtures/xks/failure-texts.ts'
import * as hostile from '../../fixtures/xks/hostile-answers.ts'
import { brokenConnections, refusedHandshakes, silentConnection } from '../../fixtures/xks/hostile-proxy.ts'
import { startStubProxy } from '../../fixtures/xks/stub-proxy.ts'
import type { Override } from '../../fixtures/xks/stub-types.ts'

// A proxy may be slow, dead, broken or malicious. The caller then gets KMSInvalidStateException with AWS's text for the failure
// (XKS proxy API specification, "Error codes"), and never a plaintext that is not the right one.

describe('a hostile proxy', { skip: skipWithoutOpenssl }, async () => {
  if (skipWithoutOpenssl !== false) return
  const proxy = await startStubProxy({ keys: [{ id: 'one' }, { id: 'two' }] })
  after(() => proxy.stop())
  const keyward = await serverWithProxy(proxy)
  const store = await connectedStore(keyward, proxy)
  const { client } = store
  const keyIds = { one: await store.createKey('one'), two: await store.createKey('two') }
  const { KeyMetadata: softwareKey } = await client.send(new CreateKeyCommand({}))
  const Plaintext = Buffer.from('a plaintext')

  const encrypt = (KeyId = keyIds.one, text = Plaintext) =>
    client
      .send(new EncryptCommand({ KeyId, Plaintext: text }))
      .then(({ CiphertextBlob = assert.fail() }) => CiphertextBlob)
  const decrypt = (CiphertextBlob: Uint8Array) =>
    client
      .send(new DecryptCommand({ CiphertextBlob }))
      .then(answer => Buffer.from(answer.Plaintext ?? assert.fail()))
  const ciphertext = await encrypt()

  /** The text of the KMSInvalidStateException that a call must end with, within a second. */
  async function failureOf(call: () => Promise<unknown>, name: string): Promise<string> {
    const start = performance.now()
    const error = await call().then(
      () => assert.fail(`${name}: the call succeeds`),
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof KMSServiceException, `${name}: ${error}`)
    assert.equal(error.name, 'KMSInvalidStateException', `${name}: ${error.message}`)
    assert.equal(error.$metadata.httpStatusCode, 400, name)
    assert.ok(!JSON.stringify(error).includes(hostile.hostileText), name)
    assert.ok(performance.now() - start < 1000, `${name}: takes ${performance.now() - start} ms`)
    return error.message
  }

  /** Asserts that a call fails with one of AWS's texts and leaves a record, and that the next one succeeds. */
  async function refused(
    call: () => Promise<unknown>,
    name: string,
    wanted: readonly string[],
  ): Promise<void> {
    const text = await failureOf(call, name)
    assert.ok(wanted.includes(text), `${name}: ${text}`)
    const record = readAuditRecords(keyward.dataDirectory).at(-1) ?? {}
    assert.equal(record['errorCode'], 'KMSInvalidStateException', name)
    assert.equal(record['errorMessage'], text, name)
    proxy.respondRightly()
    assert.deepEqual(await decrypt(ciphertext), Plaintext, `${name}: the next call`)
  }

  /** Tries each behaviour as the answer to Encrypt and to Decrypt, also if the call is sent a second time. */
  function both(behaviours: Readonly<Record<string, Override>>, wanted: readonly string[]): void {
    for (const [name, override] of Object.entries(behaviours))
      test(`fails the call when the proxy ${name}`, async () => {
        proxy.respondWith(override, { operation: 'encrypt', times: 10 })
        await refused(encrypt, name, wanted)
        proxy.respondWith(override, { operation: 'decrypt', times: 10 })
        await refused(() => decrypt(ciphertext), name, wanted)
      })
  }

  both(hostile.lateAnswers, [texts.timeout])
  both(hostile.brokenAnswers, [texts.malformed, texts.tcp])
  both(hostile.malformedAnswers, [texts.malformed])
  both(hostile.malformedErrors, [texts.malformed])
  both(hostile.oddErrors, [texts.AccessDeniedException])

  for (const [name, override] of Object.entries(hostile.wrongCiphertexts))
    test(`returns no ciphertext when the proxy ${name}`, async () => {
      proxy.respondWith(override, { operation: 'encrypt' })
      await refused(encrypt, name, [texts.malformed])
      proxy.respondWith(override, { operation: 'encrypt' })
      const generate = () =>
        client.send(new GenerateDataKeyCommand({ KeyId: keyIds.one, KeySpec: 'AES_256' }))
      await refused(generate, name, [texts.malformed])
      proxy.respondWith(override, { operation: 'encrypt' })
      const reEncrypt = () =>
        client.send(new ReEncryptCommand({ CiphertextBlob: ciphertext, DestinationKeyId: keyIds.two }))
      await refused(reEncrypt, name, [texts.malformed])
    })

  for (const [name, override] of Object.entries(hostile.falseCiphertexts))
    test(`decrypts nothing that the proxy made wrong: it ${name}`, async () => {
      proxy.respondWith(override, { operation: 'encrypt' })
      const blob = await encrypt()
      await refused(() => decrypt(blob), name, [texts.InvalidCiphertextException])
    })

  for (const [name, override] of Object.entries(hostile.wrongPlaintexts))
    test(`returns no plaintext when the proxy ${name}`, async () => {
      proxy.respondWith(override, { operation: 'decrypt' })
      await refused(() => decrypt(ciphertext), name, [texts.malformed, texts.invalidCiphertext])
    })

  /** Asserts that a call ends with the right bytes, or with one of AWS's texts. */
  async function rightOrRefused(call: Promise<Buffer>, right: Buffer): Promise<void> {
    const outcome = await call.catch((error: Error) => error)
    if (outcome instanceof Error)
      assert.ok(Object.values<string>(texts).includes(outcome.message), String(outcome))
    else assert.deepEqual(String(outcome), String(right))
  }

  for (const [name, override] of Object.entries(hostile.oddAnswers))
    test(`takes the right answer or none when the proxy ${name}`, async () => {
      proxy.respondWith(override, { operation: 'decrypt' })
      await rightOrRefused(decrypt(ciphertext), Plaintext)
      proxy.respondWith(override, { operation: 'encrypt' })
      await rightOrRefused(encrypt().then(decrypt), Plaintext)
      proxy.respondRightly()
    })

  test('never returns the plaintext of an earlier answer', async () => {
    // All plaintexts are as long as the first one, so that only their authentication differs.
    const two = await encrypt(keyIds.one, Buffer.from('plaintext 2'))
    const ofOther = await encrypt(keyIds.two, Buffer.from('plaintext 3'))
    for (const [blob, right] of [
      [two, 'plaintext 2'],
      [ofOther, 'plaintext 3'],
    ] as const) {
      proxy.respondWith(hostile.replayed, { operation: 'decrypt' })
      await rightOrRefused(decrypt(blob), Buffer.from(right))
      await refused(() => decryptReplayed(blob), 'replayed', [texts.malformed, texts.invalidCiphertext])
    }
  })

  const decryptReplayed = (blob: Uint8Array) => {
    proxy.respondWith(hostile.replayed, { operation: 'decrypt' })
    return decrypt(blob)
  }

  for (const [name, override] of Object.entries(hostile.replayedCiphertexts))
    test(`never encrypts to an earlier ciphertext when the proxy ${name}`, async () => {
      for (const KeyId of [keyIds.one, keyIds.two]) {
        proxy.respondWith(override, { operation: 'encrypt' })
        const text = Buffer.from('plaintext 4')
        await rightOrRefused(encrypt(KeyId, text).then(decrypt), text)
        proxy.respondWith(override, { operation: 'encrypt' })
        const dataKey = client.send(new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 11 }))
        const { Plaintext: key, CiphertextBlob } = await dataKey.catch(() => ({}) as never)
        if (key !== undefined)
          await rightOrRefused(decrypt(CiphertextBlob ?? assert.fail()), Buffer.from(key))
        proxy.respondRightly()
      }
    })

  test('never returns anything wrong from answers with changed bytes', async () => {
    const choices = new Choices(20261130)
    for (let round = 0; round < 300; round += 1) {
      proxy.respondWith(hostile.mutated(choices), { operation: 'decrypt' })
      await rightOrRefused(decrypt(ciphertext), Plaintext)
      proxy.respondWith(hostile.mutated(choices), { operation: 'encrypt' })
      await rightOrRefused(encrypt().then(decrypt), Plaintext)
      proxy.respondRightly()
    }
  })

  test('never takes an answer for which it did not ask as the answer to its next request', async () => {
    const blobs = await Promise.all(
      Array.from({ length: 4 }, (_, index) => encrypt(keyIds.one, Buffer.from(`plaintext ${index}`))),
    )
    proxy.respondWith(hostile.doubled, { times: 40 })
    for (let round = 0; round < 8; round += 1)
      for (const [index, blob] of blobs.entries())
        await rightOrRefused(decrypt(blob), Buffer.from(`plaintext ${index}`))
    proxy.respondRightly()
    assert.deepEqual(await decrypt(ciphertext), Plaintext)
  })

  test('serves calls when the proxy closes each connection at its second request', async () => {
    proxy.respondWith(hostile.closesReused, { times: 1000 })
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => decrypt(ciphertext)))
    for (const outcome of outcomes)
      if (outcome.status === 'fulfilled') assert.deepEqual(outcome.value, Plaintext)
      else assert.ok([texts.tcp, texts.malformed].includes(outcome.reason.message), String(outcome.reason))
    assert.ok(outcomes.some(({ status }) => status === 'fulfilled'))
    proxy.respondRightly()
    assert.deepEqual(await decrypt(ciphertext), Plaintext)
  })

  for (const [name, settings] of Object.entries(refusedHandshakes))
    test(`sends no request when the proxy ${name}`, async () => {
      proxy.useTls(settings(proxy))
      proxy.dropConnections()
      const before = proxy.requests.length
      assert.equal(await failureOf(encrypt, name), texts.tls)
      assert.equal(proxy.requests.length, before)
      proxy.useTls(proxy.rightTls())
      assert.deepEqual(await decrypt(ciphertext), Plaintext)
    })

  for (const [name, receive] of Object.entries({ ...brokenConnections, 'says nothing': silentConnection }))
    test(`fails the call when the server at the proxy's address ${name}`, async () => {
      proxy.receive = receive
      proxy.dropConnections()
      const wanted: readonly string[] =
        receive === silentConnection ? [texts.timeout] : [texts.tls, texts.tcp]
      const text = await failureOf(encrypt, name)
      assert.ok(wanted.includes(text), text)
      proxy.receive = undefined
      proxy.dropConnections()
      assert.deepEqual(await decrypt(ciphertext), Plaintext)
    })

  test('holds up no call with a different key while it never answers', async () => {
    // The SDK sends at most 50 calls of a client at a time.
    const other = kmsClient(keyward)
    const KeyId = softwareKey?.KeyId
    const { CiphertextBlob } = await other.send(new EncryptCommand({ KeyId, Plaintext }))
    proxy.respondWith(hostile.lateAnswers['never answers'], { times: 1000 })
    let areHanging = true
    const calls = Array.from({ length: 50 }, () => decrypt(ciphertext))
    const hanging = Promise.allSettled(calls).finally(() => {
      areHanging = false
    })
    const times: number[] = []
    while (areHanging) {
      const start = performance.now()
      const answer = await other.send(new DecryptCommand({ CiphertextBlob }))
      times.push(performance.now() - start)
      assert.deepEqual(Buffer.from(answer.Plaintext ?? assert.fail()), Plaintext)
    }
    // The calls with the proxy begin together, so the first ones beside them are the slowest. Each would take more than its 250 ms if it
    // waited for them; a busy machine allows no closer bound than the half.
    const [, , median = assert.fail()] = times.slice(0, 5).sort((a, b) => a - b)
    assert.ok(median < 125, `calls with a software key take ${times.map(Math.round)} ms`)
    for (const outcome of await hanging) {
      assert.ok(outcome.status === 'rejected')
      assert.equal(outcome.reason.name, 'KMSInvalidStateException')
      assert.equal(outcome.reason.message, texts.timeout)
    }
    proxy.respondRightly()
    assert.deepEqual(await decrypt(ciphertext), Plaintext)
  })

  test('gets requests as the specification has them', () => {
    assert.deepEqual(proxy.faults, [])
  })
})
