import type { KeyMetadata } from '@aws-sdk/client-kms'
import { keySpecs } from '../key-specs.ts'
import type { Field, UseForm } from './fields.ts'
import { messageMaxBytes } from './messages.ts'

/** The most bytes of a ciphertext, a signature or a MAC that AWS KMS takes (API reference, Decrypt, Verify and VerifyMac). */
const answerMaxBytes = 6144

const context = (member: string, label = 'Encryption context'): Field => ({ member, label, kind: 'context' })
const choice = (
  member: string,
  label: string,
  options: readonly string[],
  words?: Readonly<Record<string, string>>,
): Field => ({ member, label, kind: 'choice', options, ...(words && { words }) })
const fromAnswer = (member: string, label: string): Field => ({
  ...{ member, label, kind: 'bytes', maxBytes: answerMaxBytes, starts: 'base64' },
})
const message = (isMessage: boolean): Field => ({
  ...{
    member: 'Message',
    label: 'Message',
    kind: 'bytes',
    maxBytes: messageMaxBytes,
    starts: 'text',
    isMessage,
  },
})

const keyId = () => 'KeyId'

/** The forms for a key, by its usage and algorithms: all forms for a key that the caller may not describe. */
export function formsFor(metadata: KeyMetadata | undefined, region: string): readonly UseForm[] {
  const usage = metadata?.KeyUsage
  if (metadata === undefined)
    return [
      'ENCRYPT_DECRYPT',
      'SIGN_VERIFY',
      'GENERATE_VERIFY_MAC',
      'KEY_AGREEMENT',
      'ENCAPSULATE_DECAPSULATE',
    ].flatMap(name => formsOf[name]?.({ KeyId: '' }, region) ?? [])
  return (usage === undefined ? undefined : formsOf[usage]?.(metadata, region)) ?? []
}

const algorithmsOf = (usage: 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY' | 'GENERATE_VERIFY_MAC') => [
  ...new Set(Object.values(keySpecs).flatMap(({ algorithms }) => algorithms[usage] ?? [])),
]

const formsOf: Readonly<Record<string, (metadata: KeyMetadata, region: string) => readonly UseForm[]>> = {
  ENCRYPT_DECRYPT: encryptionForms,
  SIGN_VERIFY: ({ SigningAlgorithms = algorithmsOf('SIGN_VERIFY') }) => {
    const fields = [choice('SigningAlgorithm', 'Signing algorithm', SigningAlgorithms), message(true)]
    return [
      form('Sign', 'Sign', fields),
      form('Verify', 'Verify', [...fields, fromAnswer('Signature', 'Signature')]),
    ]
  },
  GENERATE_VERIFY_MAC: ({ MacAlgorithms = algorithmsOf('GENERATE_VERIFY_MAC') }) => {
    const fields = [choice('MacAlgorithm', 'MAC algorithm', MacAlgorithms), message(false)]
    return [
      form('GenerateMac', 'Generate MAC', fields),
      form('VerifyMac', 'Verify MAC', [...fields, fromAnswer('Mac', 'MAC')]),
    ]
  },
  KEY_AGREEMENT: () => [
    form('DeriveSharedSecret', 'Derive shared secret', [
      choice('KeyAgreementAlgorithm', 'Key agreement algorithm', ['ECDH']),
      { member: 'PublicKey', label: 'Public key of the other party', kind: 'publicKey' },
    ]),
  ],
  ENCAPSULATE_DECAPSULATE: () => {
    const algorithm = choice('EncapsulationAlgorithm', 'Encapsulation algorithm', ['ML_KEM'])
    return [
      form('Encapsulate', 'Encapsulate', [algorithm]),
      form('Decapsulate', 'Decapsulate', [
        algorithm,
        fromAnswer('SharedSecretCiphertextBlob', 'Ciphertext of the shared secret'),
      ]),
    ]
  },
}

type OneOperation =
  | 'Sign'
  | 'Verify'
  | 'GenerateMac'
  | 'VerifyMac'
  | 'Encrypt'
  | 'Decrypt'
  | 'ReEncrypt'
  | 'DeriveSharedSecret'
  | 'Encapsulate'
  | 'Decapsulate'

/** A form of one operation, whose name is also that of the form. */
function form(
  operation: OneOperation,
  title: string,
  fields: readonly Field[],
  keyMember: UseForm['keyMember'] = keyId,
): UseForm {
  return { id: operation, title, action: title, fields, operation: () => operation, keyMember }
}

function encryptionForms(metadata: KeyMetadata, region: string): readonly UseForm[] {
  const { KeySpec, EncryptionAlgorithms = algorithmsOf('ENCRYPT_DECRYPT') } = metadata
  const isSymmetric = KeySpec === undefined || KeySpec === 'SYMMETRIC_DEFAULT'
  const algorithm = (member: string) =>
    EncryptionAlgorithms.length === 1 && isSymmetric
      ? []
      : [choice(member, 'Encryption algorithm', EncryptionAlgorithms)]
  const contexts = (...fields: readonly Field[]) => (isSymmetric ? fields : [])
  const ciphertext = fromAnswer('CiphertextBlob', 'Ciphertext')
  const onlyThisKey: Field = {
    ...{ member: 'onlyThisKey', label: 'Only with this key', kind: 'toggle' },
    description: 'Otherwise the server reads from the ciphertext which key encrypted it.',
  }
  return [
    form('Encrypt', 'Encrypt', [
      ...algorithm('EncryptionAlgorithm'),
      { ...{ member: 'Plaintext', label: 'Plaintext', kind: 'bytes', starts: 'text' }, maxBytes: 4096 },
      ...contexts(context('EncryptionContext')),
    ]),
    form(
      'Decrypt',
      'Decrypt',
      [
        ...algorithm('EncryptionAlgorithm'),
        ciphertext,
        ...contexts(context('EncryptionContext'), onlyThisKey),
      ],
      isOn => (isSymmetric && !isOn('onlyThisKey') ? undefined : 'KeyId'),
    ),
    form(
      'ReEncrypt',
      'Re-encrypt',
      [
        ...algorithm('SourceEncryptionAlgorithm'),
        ciphertext,
        ...contexts(context('SourceEncryptionContext', 'Encryption context of the ciphertext')),
        { member: 'DestinationKeyId', label: 'New key', kind: 'key' },
        choice(
          'DestinationEncryptionAlgorithm',
          'New encryption algorithm',
          algorithmsOf('ENCRYPT_DECRYPT'),
          { SYMMETRIC_DEFAULT: 'SYMMETRIC_DEFAULT (symmetric keys)' },
        ),
        context('DestinationEncryptionContext', 'New encryption context'),
      ],
      () => 'SourceKeyId',
    ),
    ...(isSymmetric ? dataKeyForms(metadata, region) : []),
  ]
}

function dataKeyForms({ CustomKeyStoreId }: KeyMetadata, region: string): readonly UseForm[] {
  const isInChina = region.startsWith('cn-')
  const pairs = Object.entries(keySpecs).flatMap(([spec, { type, offered }]) =>
    type === 'asymmetric' &&
    !spec.startsWith('ML_DSA') &&
    offered !== (isInChina ? 'outsideChina' : 'inChina')
      ? [spec]
      : [],
  )
  const withSecret = (label: string): Field => ({
    ...{ member: 'withPlaintext', label, kind: 'toggle' },
    description: 'Without it, the answer has only the encrypted key, which Decrypt opens later.',
  })
  const dataKey: UseForm = {
    ...{ id: 'GenerateDataKey', title: 'Data key', action: 'Generate data key', keyMember: keyId },
    fields: [
      choice('KeySpec', 'Key spec', ['AES_256', 'AES_128']),
      context('EncryptionContext'),
      withSecret('With the plaintext of the data key'),
    ],
    operation: isOn => (isOn('withPlaintext') ? 'GenerateDataKey' : 'GenerateDataKeyWithoutPlaintext'),
  }
  const pair: UseForm = {
    ...{
      id: 'GenerateDataKeyPair',
      title: 'Data key pair',
      action: 'Generate data key pair',
      keyMember: keyId,
    },
    fields: [
      choice('KeyPairSpec', 'Key pair spec', pairs),
      context('EncryptionContext'),
      withSecret('With the plaintext of the private key'),
    ],
    operation: isOn =>
      isOn('withPlaintext') ? 'GenerateDataKeyPair' : 'GenerateDataKeyPairWithoutPlaintext',
  }
  // Keys in custom key stores make no pairs (API reference, GenerateDataKeyPair).
  return CustomKeyStoreId === undefined ? [dataKey, pair] : [dataKey]
}

const rsaMaxBytes: Readonly<Record<string, number>> = {
  'RSA_2048 RSAES_OAEP_SHA_1': 214,
  'RSA_2048 RSAES_OAEP_SHA_256': 190,
  'RSA_3072 RSAES_OAEP_SHA_1': 342,
  'RSA_3072 RSAES_OAEP_SHA_256': 318,
  'RSA_4096 RSAES_OAEP_SHA_1': 470,
  'RSA_4096 RSAES_OAEP_SHA_256': 446,
}

/** The most bytes of a plaintext for a key and an algorithm (API reference, Encrypt). */
export function plaintextMaxBytes(keySpec: string | undefined, algorithm: string): number {
  if (algorithm === 'SM2PKE') return 1024
  return rsaMaxBytes[`${keySpec} ${algorithm}`] ?? 4096
}
