import { type BareCallName, messageSizeBytes, plaintextSizeBytes } from './bare-calls.ts'
import type { Server } from './machine.ts'
import { call, createKey } from './requests.ts'

/** An operation to measure, and the bare call that does the same cryptography. */
export interface Scenario {
  readonly name: string
  readonly operation: string
  readonly bare: BareCallName
  /** Creates the key and everything else that the requests need. Returns the input of each request by its index. */
  prepare(server: Server): Promise<(index: number) => object>
}

const messages = Array.from({ length: 64 }, () =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(messageSizeBytes))).toString('base64'),
)
const plaintext = Buffer.alloc(plaintextSizeBytes, 1).toString('base64')
const contextOf = (index: number) => ({ EncryptionContext: { tenant: String(index) } })
const messageOf = (index: number) => ({ Message: messages[index % messages.length] })

/** The answers to the first calls, one for each message. */
async function answersOf(server: Server, operation: string, input: (index: number) => object) {
  const answers: Record<string, unknown>[] = []
  for (let index = 0; index < messages.length; index++)
    answers.push(await call(server, operation, input(index)))
  return (index: number) => answers[index % answers.length] ?? {}
}

const encrypt: Scenario = {
  name: 'Encrypt',
  operation: 'Encrypt',
  bare: 'AES_256 seal',
  async prepare(server) {
    const KeyId = await createKey(server, {})
    return index => ({ KeyId, Plaintext: plaintext, ...contextOf(index) })
  },
}

const decrypt: Scenario = {
  name: 'Decrypt',
  operation: 'Decrypt',
  bare: 'AES_256 open',
  async prepare(server) {
    const KeyId = await createKey(server, {})
    const context = (index: number) => contextOf(index % messages.length)
    const answers = await answersOf(server, 'Encrypt', index => ({
      KeyId,
      Plaintext: plaintext,
      ...context(index),
    }))
    return index => ({ KeyId, CiphertextBlob: answers(index)['CiphertextBlob'], ...context(index) })
  },
}

type SigningSpec = 'RSA_2048' | 'ECC_NIST_P256' | 'ECC_NIST_EDWARDS25519' | 'ML_DSA_65'

const signingAlgorithms: Readonly<Record<SigningSpec, string>> = {
  RSA_2048: 'RSASSA_PSS_SHA_256',
  ECC_NIST_P256: 'ECDSA_SHA_256',
  ECC_NIST_EDWARDS25519: 'ED25519_SHA_512',
  ML_DSA_65: 'ML_DSA_SHAKE_256',
}

const signingSpecs = Object.keys(signingAlgorithms) as SigningSpec[]

const signInput = (keyId: string, spec: SigningSpec) => (index: number) => ({
  KeyId: keyId,
  SigningAlgorithm: signingAlgorithms[spec],
  ...messageOf(index),
})

const signs = signingSpecs.map(
  (spec): Scenario => ({
    name: `Sign ${spec}`,
    operation: 'Sign',
    bare: `${spec} sign`,
    async prepare(server) {
      return signInput(await createKey(server, { KeySpec: spec, KeyUsage: 'SIGN_VERIFY' }), spec)
    },
  }),
)

const digestAlgorithms = {
  ECC_NIST_P256: ['ECDSA_SHA_256', 32],
  ECC_SECG_P256K1: ['ECDSA_SHA_256', 32],
  ECC_NIST_P384: ['ECDSA_SHA_384', 48],
  ECC_NIST_P521: ['ECDSA_SHA_512', 64],
} as const

/** A digest is signed in WebAssembly. The bare call signs a message with OpenSSL, which cannot sign a digest. */
const digestSigns = Object.entries(digestAlgorithms).map(
  ([spec, [SigningAlgorithm, sizeBytes]]): Scenario => ({
    name: `Sign ${spec}, DIGEST`,
    operation: 'Sign',
    bare: `${spec as keyof typeof digestAlgorithms} sign`,
    async prepare(server) {
      const KeyId = await createKey(server, { KeySpec: spec, KeyUsage: 'SIGN_VERIFY' })
      const digests = messages.map(text =>
        Buffer.from(text, 'base64').subarray(0, sizeBytes).toString('base64'),
      )
      return index => ({
        ...{ KeyId, SigningAlgorithm, MessageType: 'DIGEST' },
        Message: digests[index % digests.length],
      })
    },
  }),
)

const verifies = signingSpecs.map(
  (spec): Scenario => ({
    name: `Verify ${spec}`,
    operation: 'Verify',
    bare: `${spec} verify`,
    async prepare(server) {
      const input = signInput(await createKey(server, { KeySpec: spec, KeyUsage: 'SIGN_VERIFY' }), spec)
      const answers = await answersOf(server, 'Sign', input)
      return index => ({ ...input(index), Signature: answers(index)['Signature'] })
    },
  }),
)

const generateMac: Scenario = {
  name: 'GenerateMac HMAC_256',
  operation: 'GenerateMac',
  bare: 'HMAC_256 mac',
  async prepare(server) {
    const KeyId = await createKey(server, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
    return index => ({ KeyId, MacAlgorithm: 'HMAC_SHA_256', ...messageOf(index) })
  },
}

const pairs = (['RSA_2048', 'ECC_NIST_P256'] as const).map(
  (spec): Scenario => ({
    name: `GenerateDataKeyPair ${spec}`,
    operation: 'GenerateDataKeyPair',
    bare: `${spec} generate`,
    async prepare(server) {
      const KeyId = await createKey(server, {})
      return index => ({ KeyId, KeyPairSpec: spec, ...contextOf(index) })
    },
  }),
)

const encapsulate: Scenario = {
  name: 'Encapsulate ML_KEM_768',
  operation: 'Encapsulate',
  bare: 'ML_KEM_768 encapsulate',
  async prepare(server) {
    const KeyId = await createKey(server, { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' })
    return () => ({ KeyId, EncapsulationAlgorithm: 'ML_KEM' })
  },
}

export const scenarios: readonly Scenario[] = [
  encrypt,
  decrypt,
  ...signs,
  ...digestSigns,
  ...verifies,
  generateMac,
  ...pairs,
  encapsulate,
]
