import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { KeySpec } from '@aws-sdk/client-kms'
import { bytesOf, flipBit } from '../../fixtures/bytes.ts'
import { base64, makeKey, TestCaller, violation } from '../../fixtures/caller.ts'
import { importMaterial } from '../../fixtures/importing.ts'
import { testServer } from '../../fixtures/test-server.ts'

const admin = new TestCaller(await testServer())

const sizes = [224, 256, 384, 512]
const makeMacKey = (size: number, more = {}) =>
  makeKey(admin, { KeySpec: `HMAC_${size}` as KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC', ...more })

for (const size of sizes) {
  const MacAlgorithm = `HMAC_SHA_${size}`

  test(`${MacAlgorithm}: the MAC is the one that node:crypto makes with the same key and message`, async () => {
    const { id: KeyId, arn } = await makeMacKey(size, { Origin: 'EXTERNAL' })
    const material = randomBytes(size / 8)
    await importMaterial(admin, KeyId, material)
    for (const length of [1, 64, 4096]) {
      const message = randomBytes(length)
      const expected = createHmac(`sha${size}`, material).update(message).digest()
      const input = { KeyId, MacAlgorithm, Message: base64(message) }
      const answer = await admin.answer('GenerateMac', input)
      assert.deepEqual(answer, { KeyId: arn, MacAlgorithm, Mac: base64(expected) })
      const verified = await admin.answer('VerifyMac', { ...input, Mac: base64(expected) })
      assert.deepEqual(verified, { KeyId: arn, MacAlgorithm, MacValid: true })
    }
  })

  test(`${MacAlgorithm}: a wrong MAC is an error`, async () => {
    const { id: KeyId } = await makeMacKey(size)
    const other = await makeMacKey(size)
    const input = { KeyId, MacAlgorithm, Message: base64('message') }
    const { Mac } = await admin.answer('GenerateMac', input)
    const mac = bytesOf(Mac)
    assert.equal(mac.length, size / 8)
    assert.equal((await admin.answer('GenerateMac', input))['Mac'], Mac)
    for (const wrong of [
      { Mac: base64(flipBit(mac, 0)) },
      { Mac: base64(mac.subarray(1)) },
      { Mac: base64(mac.subarray(0, 1)) },
      { Mac: base64(Buffer.concat([mac, Buffer.of(0)])) },
      { Mac: base64(randomBytes(6144)) },
      { Message: base64('Message') },
      { KeyId: other.id },
    ]) {
      await admin.isRefused('VerifyMac', { ...input, Mac, ...wrong }, 'KMSInvalidMacException', null)
    }
  })

  test(`HMAC_${size} has one algorithm`, async () => {
    const { id: KeyId } = await makeMacKey(size)
    const { KeyMetadata } = await admin.answer('DescribeKey', { KeyId })
    assert.deepEqual((KeyMetadata as { MacAlgorithms: unknown }).MacAlgorithms, [MacAlgorithm])
    assert.equal('CurrentKeyMaterialId' in (KeyMetadata as object), false)
    for (const wrong of sizes) {
      if (wrong === size) continue
      const input = { KeyId, MacAlgorithm: `HMAC_SHA_${wrong}`, Message: base64('x') }
      const text = `Algorithm HMAC_SHA_${wrong} is incompatible with key spec HMAC_${size}.`
      await admin.isRefused('GenerateMac', input, 'InvalidKeyUsageException', text)
      await admin.isRefused('VerifyMac', { ...input, Mac: base64('x') }, 'InvalidKeyUsageException', text)
    }
  })
}

test('the members of a request have limits', async () => {
  const { id: KeyId } = await makeMacKey(256)
  const input = { KeyId, MacAlgorithm: 'HMAC_SHA_256', Message: base64('x'), Mac: base64('x') }
  const isRefused = (operation: string, change: object, text: string | RegExp) =>
    admin.isRefused(operation, { ...input, ...change }, 'ValidationException', text)
  for (const operation of ['GenerateMac', 'VerifyMac']) {
    const short = violation('message', '', 'have length greater than or equal to 1')
    await isRefused(operation, { Message: '' }, short)
    const long = violation('message', '', 'have length less than or equal to 4096')
    await isRefused(operation, { Message: base64(Buffer.alloc(4097)) }, long)
    await isRefused(
      operation,
      { MacAlgorithm: 'HMAC_MD5' },
      /Value 'HMAC_MD5' at 'macAlgorithm' failed to sat/,
    )
    for (const member of ['keyId', 'macAlgorithm', 'message']) {
      const name = member.charAt(0).toUpperCase() + member.slice(1)
      // Of a sensitive member the text does not say that it is null (recorded from AWS).
      const shown = member === 'message' ? '' : 'null'
      await isRefused(operation, { [name]: undefined }, violation(member, shown, 'not be null'))
    }
  }
  const long = violation('mac', '', 'have length less than or equal to 6144')
  await isRefused('VerifyMac', { Mac: base64(Buffer.alloc(6145)) }, long)
  await isRefused('VerifyMac', { Mac: undefined }, violation('mac', 'null', 'not be null'))
})

test('a MAC key needs a KeyUsage when it is made, and must be enabled when it is used', async () => {
  const missing = 'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.'
  await admin.isRefused('CreateKey', { KeySpec: 'HMAC_256' }, 'ValidationException', missing)
  const input = { KeySpec: 'HMAC_256', KeyUsage: 'ENCRYPT_DECRYPT' }
  const incompatible = 'KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec HMAC_256'
  await admin.isRefused('CreateKey', input, 'ValidationException', incompatible)
  const { id: KeyId, arn } = await makeMacKey(256)
  const use = { KeyId, MacAlgorithm: 'HMAC_SHA_256', Message: base64('x') }
  await admin.sdk.disableKey({ KeyId })
  await admin.isRefused('GenerateMac', use, 'DisabledException', `${arn} is disabled.`)
  await admin.isRefused('VerifyMac', { ...use, Mac: base64('x') }, 'DisabledException', `${arn} is disabled.`)
  await admin.sdk.scheduleKeyDeletion({ KeyId })
  await admin.isRefused('GenerateMac', use, 'KMSInvalidStateException')
  const external = await makeMacKey(256, { Origin: 'EXTERNAL' })
  const text = `${external.arn} is pending import.`
  await admin.isRefused('GenerateMac', { ...use, KeyId: external.id }, 'KMSInvalidStateException', text)
})

// Texts recorded from AWS.
test('a grant on a MAC key can have only its operations, and no encryption context', async () => {
  const { id: KeyId } = await makeMacKey(224)
  const draft = { KeyId, GranteePrincipal: 'arn:aws:iam::000000000000:root' }
  await admin.answer('CreateGrant', { ...draft, Operations: ['GenerateMac', 'VerifyMac'] })
  const text =
    'Operations [Encrypt] are not supported when creating a grant for a symmetric KMS key with key usage GENERATE_VERIFY_MAC. Valid operations are [CreateGrant, RetireGrant, DescribeKey, GenerateMac, VerifyMac]'
  await admin.isRefused('CreateGrant', { ...draft, Operations: ['Encrypt'] }, 'ValidationException', text)
  const Constraints = { EncryptionContextEquals: { purpose: 'probe' } }
  const bound = { ...draft, Operations: ['GenerateMac'], Constraints }
  const symmetric =
    'EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.'
  await admin.isRefused('CreateGrant', bound, 'ValidationException', symmetric)
  const { id } = await makeKey(admin, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const signing = { ...bound, KeyId: id, Operations: ['Sign'] }
  await admin.isRefused('CreateGrant', signing, 'ValidationException', symmetric)
  const pair = { ...draft, KeyId: id, Operations: ['Sign', 'Encrypt', 'GenerateMac'] }
  const asymmetric =
    /^Operations \[Encrypt, GenerateMac\] are not supported when creating a grant for an asymmetric KMS key with key usage SIGN_VERIFY\. /
  await admin.isRefused('CreateGrant', pair, 'ValidationException', asymmetric)
})
