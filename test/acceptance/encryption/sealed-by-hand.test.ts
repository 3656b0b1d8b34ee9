import assert from 'node:assert/strict'
import { createCipheriv, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { base64, makeKey, TestCaller } from '../../fixtures/caller.ts'
import { importMaterial } from '../../fixtures/importing.ts'
import { testServer } from '../../fixtures/test-server.ts'

const admin = new TestCaller(await testServer())

/** XAES-256-GCM (C2SP) with node:crypto alone: nonce ‖ ciphertext ‖ tag. */
function seal(key: Buffer, plaintext: Buffer, associatedData: Buffer): Buffer {
  const block = (input: Buffer) =>
    createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(input)
  const doubled = BigInt(`0x${block(Buffer.alloc(16)).toString('hex')}`) << 1n
  const reduced = (doubled & ((1n << 128n) - 1n)) ^ (doubled >> 128n === 0n ? 0n : 0x87n)
  const mask = Buffer.from(reduced.toString(16).padStart(32, '0'), 'hex')
  const nonce = randomBytes(24)
  const derived = [1, 2].map(counter => {
    const input = Buffer.concat([Buffer.of(0, counter, 0x58, 0), nonce.subarray(0, 12)])
    return block(Buffer.from(input.map((byte, index) => byte ^ (mask[index] ?? 0))))
  })
  const cipher = createCipheriv('aes-256-gcm', Buffer.concat(derived), nonce.subarray(12))
  cipher.setAAD(associatedData)
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

// docs/ciphertext.md: the ciphertext is "as long as the plaintext (1 to 4,096)", and parsing is strict.
test('a ciphertext that the importer of the key material sealed has 1 to 4,096 bytes of plaintext', async () => {
  const { id: KeyId } = await makeKey(admin, { Origin: 'EXTERNAL' })
  const material = randomBytes(32)
  await importMaterial(admin, KeyId, Buffer.from(material))
  const header = Buffer.from(await admin.encrypt(KeyId), 'base64').subarray(0, 55)
  const sealedBlob = (plaintext: Buffer) =>
    // No encryption context is four zero bytes.
    base64(Buffer.concat([header, seal(material, plaintext, Buffer.concat([header, Buffer.alloc(4)]))]))
  for (const sizeBytes of [1, 2, 4095, 4096]) {
    const plaintext = randomBytes(sizeBytes)
    const CiphertextBlob = sealedBlob(plaintext)
    const answer = await admin.answer('Decrypt', { CiphertextBlob })
    assert.equal(answer['Plaintext'], base64(plaintext), `${sizeBytes} bytes`)
    await admin.answer('ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId })
  }
  for (const sizeBytes of [0, 4097, 4098, 6000]) {
    const CiphertextBlob = sealedBlob(Buffer.alloc(sizeBytes))
    const isRefused = (operation: string, input: object) =>
      admin.isRefused(operation, { CiphertextBlob, ...input }, 'InvalidCiphertextException')
    await isRefused('Decrypt', {})
    await isRefused('Decrypt', { KeyId })
    await isRefused('Decrypt', { DryRun: true })
    await isRefused('ReEncrypt', { DestinationKeyId: KeyId })
    await isRefused('ReEncrypt', { DestinationKeyId: KeyId, SourceKeyId: KeyId })
  }
})
