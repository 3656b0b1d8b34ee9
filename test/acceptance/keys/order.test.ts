import { test } from 'node:test'
import type { CreateKeyRequest } from '@aws-sdk/client-kms'
import { base64, makeKey, TestCaller, type TestKey, violation } from '../../fixtures/caller.ts'
import { derOf, newCurvePair } from '../../fixtures/key-pairs.ts'
import { testServer } from '../../fixtures/test-server.ts'

// The order in which the errors of a call come, recorded from AWS (us-east-1, 2026): an allowed key has the right usage, then a
// state that allows the operation, then an algorithm of the request; then come digests and ciphertexts, and DryRun at the end.

const admin = new TestCaller(await testServer())
const x = base64('x')
const incorrectKey = 'The key ID in the request does not identify a CMK that can perform this operation.'
const wouldSucceed = 'The request would have succeeded, but the DryRun option is set.'

const kinds = {
  symmetric: {},
  rsa: { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
  rsaSigning: { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
  curve: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  mac: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  agreement: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
} as const satisfies Record<string, CreateKeyRequest>
type Kind = keyof typeof kinds

interface UnusableKey extends TestKey {
  readonly error: string
  readonly text: string
}

/** Keys of a kind in the states that no cryptographic operation takes. They are made once. */
const made = new Map<Kind, Promise<UnusableKey[]>>()
function unusable(kind: Kind): Promise<UnusableKey[]> {
  const keys = made.get(kind) ?? makeUnusable(kind)
  made.set(kind, keys)
  return keys
}

async function makeUnusable(kind: Kind): Promise<UnusableKey[]> {
  const disabled = await makeKey(admin, kinds[kind])
  await admin.sdk.disableKey({ KeyId: disabled.id })
  const pending = await makeKey(admin, kinds[kind])
  await admin.sdk.scheduleKeyDeletion({ KeyId: pending.id })
  const importing = await makeKey(admin, { ...kinds[kind], Origin: 'EXTERNAL' })
  const invalid = 'KMSInvalidStateException'
  return [
    { ...disabled, error: 'DisabledException', text: `${disabled.arn} is disabled.` },
    { ...pending, error: invalid, text: `${pending.arn} is pending deletion.` },
    { ...importing, error: invalid, text: `${importing.arn} is pending import.` },
  ]
}

const good = await makeKey(admin)
const ciphertext = await admin.encrypt(good.id)

interface Use {
  readonly operation: string
  /** The rest of the input, with an algorithm that neither `wrong` nor `other` has where there is one. */
  readonly input: object
  readonly member?: string
  /** A kind of key with a different usage. */
  readonly wrong: Kind
  /** A kind of key with the right usage and a different algorithm; undefined if there is none. */
  readonly other?: Kind
}
const raw = { Message: x, MessageType: 'DIGEST' }
const ecdsa384 = { ...raw, SigningAlgorithm: 'ECDSA_SHA_384' }
const sha512 = { Message: x, MacAlgorithm: 'HMAC_SHA_512' }
const oaep = 'RSAES_OAEP_SHA_256'
const pair = { KeyPairSpec: 'ECC_NIST_P256' }
const peer = { KeyAgreementAlgorithm: 'ECDH', PublicKey: base64(derOf(newCurvePair().publicKey)) }

const uses: readonly Use[] = [
  { operation: 'Encrypt', input: { Plaintext: x }, wrong: 'mac', other: 'rsa' },
  {
    operation: 'Decrypt',
    input: { CiphertextBlob: x, EncryptionAlgorithm: oaep },
    wrong: 'curve',
    other: 'symmetric',
  },
  {
    operation: 'ReEncrypt',
    input: { CiphertextBlob: x, SourceEncryptionAlgorithm: oaep, DestinationKeyId: good.id },
    member: 'SourceKeyId',
    wrong: 'mac',
    other: 'symmetric',
  },
  {
    operation: 'ReEncrypt',
    input: { CiphertextBlob: ciphertext },
    member: 'DestinationKeyId',
    wrong: 'rsaSigning',
    other: 'rsa',
  },
  { operation: 'GenerateDataKey', input: { NumberOfBytes: 7 }, wrong: 'curve', other: 'rsa' },
  { operation: 'GenerateDataKeyWithoutPlaintext', input: { KeySpec: 'AES_128' }, wrong: 'mac', other: 'rsa' },
  { operation: 'GenerateDataKeyPair', input: pair, wrong: 'rsaSigning', other: 'rsa' },
  { operation: 'GenerateDataKeyPairWithoutPlaintext', input: pair, wrong: 'agreement', other: 'rsa' },
  { operation: 'Sign', input: ecdsa384, wrong: 'mac', other: 'rsaSigning' },
  { operation: 'Verify', input: { ...ecdsa384, Signature: x }, wrong: 'agreement', other: 'curve' },
  { operation: 'GenerateMac', input: sha512, wrong: 'symmetric', other: 'mac' },
  { operation: 'VerifyMac', input: { ...sha512, Mac: x }, wrong: 'rsaSigning', other: 'mac' },
  { operation: 'DeriveSharedSecret', input: peer, wrong: 'curve' },
  { operation: 'Encapsulate', input: { EncapsulationAlgorithm: 'ML_KEM' }, wrong: 'mac' },
  {
    operation: 'Decapsulate',
    input: { EncapsulationAlgorithm: 'ML_KEM', SharedSecretCiphertextBlob: x },
    wrong: 'symmetric',
  },
]

const usageOf = (kind: Kind) => {
  const input: CreateKeyRequest = kinds[kind]
  return input.KeyUsage ?? 'ENCRYPT_DECRYPT'
}

for (const { operation, input, member = 'KeyId', wrong, other } of uses) {
  for (const DryRun of [undefined, true]) {
    const name = `${DryRun ? 'a dry run of ' : ''}${operation} (${member})`

    test(`${name} looks at the usage of a key before its state`, async () => {
      for (const { id, arn } of await unusable(wrong)) {
        const text = `${arn} key usage is ${usageOf(wrong)} which is not valid for ${operation}.`
        const named = { ...input, [member]: id, DryRun }
        await admin.isRefused(operation, named, 'InvalidKeyUsageException', text)
      }
    })

    if (other === undefined) continue
    test(`${name} looks at the state of a key before its algorithms`, async () => {
      for (const { id, error, text } of await unusable(other)) {
        await admin.isRefused(operation, { ...input, [member]: id, DryRun }, error, text)
      }
    })
  }
}

test('an algorithm comes before the length of a digest, and that before the signature and a dry run', async () => {
  const { id: KeyId } = await makeKey(admin, kinds.curve)
  for (const operation of ['Sign', 'Verify']) {
    for (const DryRun of [undefined, true]) {
      const input = { KeyId, ...raw, Signature: x, DryRun }
      const incompatible = 'Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.'
      const other = { ...input, SigningAlgorithm: 'ECDSA_SHA_384' }
      await admin.isRefused(operation, other, 'InvalidKeyUsageException', incompatible)
      const own = { ...input, SigningAlgorithm: 'ECDSA_SHA_256' }
      const short = 'Digest is invalid length for algorithm ECDSA_SHA_256.'
      await admin.isRefused(operation, own, 'ValidationException', short)
    }
  }
  const verify = { KeyId, Message: x, Signature: x, SigningAlgorithm: 'ECDSA_SHA_256', DryRun: true }
  await admin.isRefused('Verify', verify, 'KMSInvalidSignatureException', null)
})

test('the size of a data key comes before the usage and the state of its key', async () => {
  const text = 'Please specify either number of bytes or key spec.'
  for (const operation of ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext']) {
    for (const kind of ['symmetric', 'rsaSigning', 'mac'] as const) {
      for (const { id: KeyId } of [...(await unusable(kind)), good]) {
        for (const size of [{}, { KeySpec: 'AES_256', NumberOfBytes: 32 }]) {
          await admin.isRefused(operation, { KeyId, ...size }, 'ValidationException', text)
          await admin.isRefused(operation, { KeyId, ...size, DryRun: true }, 'ValidationException', text)
        }
      }
    }
    // The key is looked up before that.
    await admin.isRefused(operation, { KeyId: 'nonsense' }, 'NotFoundException', "Invalid keyId 'nonsense'")
  }
})

const decrypting = [
  { operation: 'Decrypt', member: 'KeyId', rest: {} },
  { operation: 'ReEncrypt', member: 'SourceKeyId', rest: { DestinationKeyId: good.id } },
]
for (const { operation, member, rest } of decrypting) {
  test(`${operation} compares its key with the key of the ciphertext before it looks at the key itself`, async () => {
    for (const kind of ['symmetric', 'rsa', 'rsaSigning', 'mac'] as const) {
      for (const { id } of await unusable(kind)) {
        const named = { ...rest, [member]: id }
        for (const DryRun of [undefined, true]) {
          const of = { ...named, CiphertextBlob: ciphertext, DryRun }
          await admin.isRefused(operation, of, 'IncorrectKeyException', incorrectKey)
          const garbage = { ...named, CiphertextBlob: x, DryRun }
          await admin.isRefused(operation, garbage, 'InvalidCiphertextException', null)
        }
      }
    }
  })

  test(`${operation} of a ciphertext of the named key looks at the state of the key`, async () => {
    const { id, arn } = await makeKey(admin)
    const CiphertextBlob = await admin.encrypt(id)
    await admin.sdk.disableKey({ KeyId: id })
    for (const named of [{ [member]: id }, {}]) {
      const input = { ...rest, ...named, CiphertextBlob }
      await admin.isRefused(operation, input, 'DisabledException', `${arn} is disabled.`)
    }
  })

  test(`a dry run of ${operation} without a ciphertext looks at the usage and the state of the key`, async () => {
    const dryRun = { ...rest, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }
    for (const CiphertextBlob of [undefined, ciphertext, x]) {
      for (const { id, error, text } of await unusable('symmetric')) {
        await admin.isRefused(operation, { ...dryRun, [member]: id, CiphertextBlob }, error, text)
      }
      const { id, arn } = (await unusable('mac'))[0] as UnusableKey
      const usage = `${arn} key usage is GENERATE_VERIFY_MAC which is not valid for ${operation}.`
      const wrong = { ...dryRun, [member]: id, CiphertextBlob }
      await admin.isRefused(operation, wrong, 'InvalidKeyUsageException', usage)
      const right = { ...dryRun, [member]: good.id, CiphertextBlob }
      await admin.isRefused(operation, right, 'DryRunOperationException', wouldSucceed)
    }
  })

  test(`${operation} needs a ciphertext before it looks for its key`, async () => {
    const missing = violation('ciphertextBlob', 'null', 'not be null')
    const input = { DestinationKeyId: 'alias/absent', [member]: 'alias/absent' }
    await admin.isRefused(operation, input, 'ValidationException', missing)
    await admin.isRefused(operation, { ...input, [member]: undefined }, 'ValidationException', missing)
  })
}

test('the state of a key comes before the error that its kind cannot rotate or has no public key', async () => {
  const unsupported = 'UnsupportedOperationException'
  for (const kind of ['mac', 'rsa'] as const) {
    const [disabled, pending] = await unusable(kind)
    for (const key of [disabled, pending]) {
      if (key === undefined) continue
      const { id: KeyId, error, text } = key
      for (const operation of ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand']) {
        await admin.isRefused(operation, { KeyId }, error, text)
      }
    }
  }
  for (const kind of ['symmetric', 'mac'] as const) {
    const [disabled, ...others] = await unusable(kind)
    for (const { id: KeyId, error, text } of others)
      await admin.isRefused('GetPublicKey', { KeyId }, error, text)
    // GetPublicKey takes a disabled key.
    await admin.isRefused('GetPublicKey', { KeyId: disabled?.id }, unsupported, null)
  }
})
