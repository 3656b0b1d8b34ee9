import assert from 'node:assert/strict'
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type KeyPairSpec, keySpecs, type MessageType, type SigningAlgorithm } from '../../domain/index.ts'
import { randomBytes } from '../../std/index.ts'
import type { SignedMessage } from '../backends/capabilities.ts'
import type { KeyHandle } from '../key-handle.ts'
import { handleOf, makeTestHsm, muOf, ownerOf, spkiDer } from '../samples.test.ts'
import { sm2Identity } from './sm2-identity.ts'

const { hsm } = makeTestHsm()
after(() => hsm.close())

interface SigningKey extends KeyHandle {
  readonly publicKey: KeyObject
}

async function newSigningKey(keySpec: KeyPairSpec, material?: string): Promise<SigningKey> {
  const owner = ownerOf(keySpec)
  const wrapped =
    material === undefined
      ? await hsm.generateKeyMaterial(owner)
      : hsm.importKeyMaterial(owner, Buffer.from(material, 'hex'))
  const { publicKeyToken } = wrapped
  assert.ok(publicKeyToken)
  const handle = handleOf(owner, wrapped)
  const key = hsm.getPublicKey({ binding: handle.binding, publicKeyToken })
  return { ...handle, publicKey: createPublicKey({ key, ...spkiDer }) }
}

const hashed = (name: string) => (message: Buffer) => createHash(name).update(message).digest()

/** The second message type of each algorithm, and the message in this form. */
const given: Readonly<
  Partial<Record<SigningAlgorithm, [MessageType, (message: Buffer, publicKey: KeyObject) => Buffer]>>
> = {
  RSASSA_PSS_SHA_256: ['DIGEST', hashed('sha256')],
  RSASSA_PSS_SHA_384: ['DIGEST', hashed('sha384')],
  RSASSA_PSS_SHA_512: ['DIGEST', hashed('sha512')],
  RSASSA_PKCS1_V1_5_SHA_256: ['DIGEST', hashed('sha256')],
  RSASSA_PKCS1_V1_5_SHA_384: ['DIGEST', hashed('sha384')],
  RSASSA_PKCS1_V1_5_SHA_512: ['DIGEST', hashed('sha512')],
  ECDSA_SHA_256: ['DIGEST', hashed('sha256')],
  ECDSA_SHA_384: ['DIGEST', hashed('sha384')],
  ECDSA_SHA_512: ['DIGEST', hashed('sha512')],
  SM2DSA: ['DIGEST', (message, key) => hashed('sm3')(Buffer.concat([sm2Identity(key), message]))],
  ML_DSA_SHAKE_256: ['EXTERNAL_MU', muOf],
}

const specs = (Object.keys(keySpecs) as KeyPairSpec[]).filter(
  spec => 'SIGN_VERIFY' in keySpecs[spec].algorithms,
)
const message = Buffer.from('message')

for (const keySpec of specs) {
  const { algorithms } = keySpecs[keySpec] as { algorithms: { SIGN_VERIFY: readonly SigningAlgorithm[] } }
  let key: SigningKey
  before(async () => {
    key = await newSigningKey(keySpec)
  })

  for (const algorithm of algorithms.SIGN_VERIFY) {
    const forms = (): SignedMessage[] => {
      if (algorithm === 'ED25519_PH_SHA_512')
        return [{ algorithm, messageType: 'DIGEST', message: hashed('sha512')(message) }]
      const raw = { algorithm, messageType: 'RAW', message } as const
      const [messageType, of] = given[algorithm] ?? []
      return messageType && of
        ? [raw, { algorithm, messageType, message: of(message, key.publicKey) }]
        : [raw]
    }

    test(`${keySpec} ${algorithm}: a signature of any message type verifies under all of them`, async () => {
      for (const signed of forms()) {
        const signature = await hsm.sign(key, signed)
        for (const verified of forms()) assert.equal(await hsm.verify(key, verified, signature), true)
      }
    })

    test(`${keySpec} ${algorithm}: junk and different messages do not verify, and nothing throws`, async () => {
      for (const form of forms()) {
        const signature = await hsm.sign(key, form)
        const altered = Buffer.from(signature)
        altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1
        const junk = [
          Buffer.alloc(0),
          Buffer.from('junk'),
          Buffer.from('30060201000201', 'hex'),
          Buffer.from('3006020100020100', 'hex'),
          Buffer.alloc(signature.length),
          Buffer.alloc(signature.length, 0xff),
          randomBytes(signature.length),
          altered,
          signature.subarray(1),
          signature.subarray(0, -1),
          Buffer.concat([signature, Buffer.alloc(1)]),
          Buffer.concat([Buffer.alloc(1), signature]),
          Buffer.alloc(6144, 0x30),
        ]
        for (const bytes of junk)
          assert.equal(await hsm.verify(key, form, bytes), false, bytes.toString('hex').slice(0, 40))
        for (let count = 0; count < 40; count++) {
          const mutated = Buffer.from(signature)
          // Half of the changes hit the first bytes, which are the headers of DER.
          const [at = 0, byte = 0] = randomBytes(2)
          mutated[at % (count < 20 ? 8 : mutated.length)] = byte
          if (mutated.equals(signature)) continue
          assert.equal(await hsm.verify(key, form, mutated), false, mutated.toString('hex'))
        }
        const other = { ...form, message: Buffer.alloc(form.message.length, 1) }
        assert.equal(await hsm.verify(key, other, signature), false)
      }
    })
  }
}

test('a signature does not verify under a different padding or hash', async () => {
  const key = await newSigningKey('RSA_2048')
  const of = (algorithm: SigningAlgorithm) => ({ algorithm, messageType: 'RAW', message }) as const
  const signature = await hsm.sign(key, of('RSASSA_PSS_SHA_256'))
  for (const other of ['RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PSS_SHA_384', 'RSASSA_PSS_SHA_512'] as const)
    assert.equal(await hsm.verify(key, of(other), signature), false)
})

test('signatures of one message differ if the algorithm is randomised', async () => {
  for (const [keySpec, algorithm] of [
    ['RSA_2048', 'RSASSA_PSS_SHA_256'],
    ['ECC_NIST_P256', 'ECDSA_SHA_256'],
    ['SM2', 'SM2DSA'],
    ['ML_DSA_44', 'ML_DSA_SHAKE_256'],
  ] as const) {
    const key = await newSigningKey(keySpec)
    const [messageType = 'RAW', of = () => message] = given[algorithm] ?? []
    const forms: SignedMessage[] = [
      { algorithm, messageType: 'RAW', message },
      { algorithm, messageType, message: of(message, key.publicKey) },
    ]
    for (const form of forms) assert.notDeepEqual(await hsm.sign(key, form), await hsm.sign(key, form))
  }
})

test('ECDSA is not normalised to the lower half of s, for messages and for digests', async () => {
  const key = await newSigningKey('ECC_SECG_P256K1')
  const raw = { algorithm: 'ECDSA_SHA_256', messageType: 'RAW', message } as const
  const digest = { ...raw, messageType: 'DIGEST', message: hashed('sha256')(message) } as const
  for (const form of [raw, digest]) {
    const signatures = await Promise.all(Array.from({ length: 40 }, () => hsm.sign(key, form)))
    // s in the upper half has its highest bit set, and a zero byte before it.
    assert.ok(
      signatures.some(signature => (signature.at(-33) ?? 1) === 0 && (signature.at(-32) ?? 0) >= 0x80),
    )
  }
})

const ed25519Pkcs8 = '302e020100300506032b657004220420'

test('Ed25519ph signs the vector of RFC 8032, 7.3', async () => {
  const key = await newSigningKey(
    'ECC_NIST_EDWARDS25519',
    `${ed25519Pkcs8}833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42`,
  )
  const abc = { algorithm: 'ED25519_PH_SHA_512', messageType: 'DIGEST', message: Buffer.from('abc') } as const
  assert.equal(
    (await hsm.sign(key, abc)).toString('hex'),
    '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41' +
      '31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
  )
})

// GB/T 32918.5, annexes A.2 and A.3.
const sm2Pkcs8 =
  '308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420' +
  '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8a14403420004' +
  '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
  'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13'

// RFC 8017, 8.1.2 and 8.2.2, step 1.
test('an RSA signature without its leading zero does not verify', async () => {
  const key = await newSigningKey('RSA_2048')
  for (const algorithm of ['RSASSA_PSS_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_256'] as const) {
    // One in 256 begins with a zero.
    for (let number = 0; ; number++) {
      const message = Buffer.from(String(number))
      const signed = { algorithm, messageType: 'RAW', message } as const
      const signature = await hsm.sign(key, signed)
      if (signature[0] !== 0) continue
      assert.equal(await hsm.verify(key, signed, signature), true)
      assert.equal(await hsm.verify(key, signed, signature.subarray(1)), false)
      const digest = { algorithm, messageType: 'DIGEST', message: hashed('sha256')(message) } as const
      assert.equal(await hsm.verify(key, digest, signature.subarray(1)), false)
      break
    }
  }
})

test('SM2 verifies the signature of GB/T 32918.5', async () => {
  const key = await newSigningKey('SM2', sm2Pkcs8)
  const signature = Buffer.from(
    '3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
      '022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
    'hex',
  )
  const raw = { algorithm: 'SM2DSA', messageType: 'RAW', message: Buffer.from('message digest') } as const
  const e = Buffer.from('f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640', 'hex')
  assert.equal(await hsm.verify(key, raw, signature), true)
  assert.equal(await hsm.verify(key, { ...raw, messageType: 'DIGEST', message: e }, signature), true)
})

test('SM2 decrypts the ciphertext of GB/T 32918.5', async () => {
  const key = await newSigningKey('SM2', sm2Pkcs8)
  const ciphertext = Buffer.from(
    '307c' +
      '022004ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73' +
      '022100e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0' +
      '042059983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766' +
      '041321886ca989ca9c7d58087307ca93092d651efa',
    'hex',
  )
  assert.equal((await hsm.decryptAsymmetric(key, 'SM2PKE', ciphertext)).toString(), 'encryption standard')
})
