import type { SnippetOperation } from '../snippets/snippets.ts'

/** A part of a form: the member of the input that it fills, and its label. */
export type Field = { readonly member: string; readonly label: string } & (
  | {
      /** Bytes: a text, Base64 or a file. */
      readonly kind: 'bytes'
      readonly maxBytes: number
      readonly starts: 'text' | 'base64'
      /** Whether `MessageType` says if these are the message or its digest. */
      readonly isMessage?: boolean
    }
  | { readonly kind: 'publicKey' | 'key' | 'context' }
  | {
      readonly kind: 'choice'
      readonly options: readonly string[]
      /** The words for some of the options. */
      readonly words?: Readonly<Record<string, string>>
    }
  | {
      /** A question whose answer no member has, such as the variant of an operation. */
      readonly kind: 'toggle'
      readonly description: string
    }
)

/** A form of the page: an operation, or two of them that differ by a toggle. */
export interface UseForm {
  /** Its name in the address. */
  readonly id: string
  readonly title: string
  /** The label of the button. */
  readonly action: string
  readonly fields: readonly Field[]
  /** The operation for the answers of the toggles. */
  readonly operation: (isOn: (member: string) => boolean) => SnippetOperation
  /** The member that names the key; undefined if it stays out of the input. */
  readonly keyMember: (isOn: (member: string) => boolean) => string | undefined
}

/** A member of an answer, as the page shows it. */
export interface Outcome {
  readonly member: string
  readonly label: string
  /** `secret` bytes are hidden until somebody asks for them; `status` says if something is valid. */
  readonly kind: 'bytes' | 'secret' | 'publicKey' | 'status'
  /** The name of the file that a download makes. */
  readonly file: string
}

const bytes = (member: string, label: string, file: string): Outcome => ({
  member,
  label,
  kind: 'bytes',
  file,
})
const secret = (member: string, label: string, file: string): Outcome => ({
  ...{ member, label, kind: 'secret', file },
})
const status = (member: string, label: string): Outcome => ({ member, label, kind: 'status', file: '' })

const wrappedKey = bytes('CiphertextBlob', 'Encrypted data key', 'encrypted-data-key.bin')
const sharedSecret = secret('SharedSecret', 'Shared secret', 'shared-secret.bin')
const publicKey: Outcome = {
  ...{ member: 'PublicKey', label: 'Public key', kind: 'publicKey', file: 'public-key.pem' },
}
const wrappedPrivateKey = bytes(
  'PrivateKeyCiphertextBlob',
  'Encrypted private key',
  'encrypted-private-key.bin',
)

/** The members of the answers that the page shows. */
export const outcomes: Readonly<Partial<Record<SnippetOperation, readonly Outcome[]>>> = {
  Decapsulate: [sharedSecret],
  Decrypt: [secret('Plaintext', 'Plaintext', 'plaintext.bin')],
  DeriveSharedSecret: [sharedSecret],
  Encapsulate: [sharedSecret, bytes('SharedSecretCiphertextBlob', 'Ciphertext', 'ciphertext.bin')],
  Encrypt: [bytes('CiphertextBlob', 'Ciphertext', 'ciphertext.bin')],
  GenerateDataKey: [secret('Plaintext', 'Data key', 'data-key.bin'), wrappedKey],
  GenerateDataKeyPair: [
    publicKey,
    secret('PrivateKeyPlaintext', 'Private key', 'private-key.der'),
    wrappedPrivateKey,
  ],
  GenerateDataKeyPairWithoutPlaintext: [publicKey, wrappedPrivateKey],
  GenerateDataKeyWithoutPlaintext: [wrappedKey],
  GenerateMac: [bytes('Mac', 'MAC', 'mac.bin')],
  ReEncrypt: [bytes('CiphertextBlob', 'New ciphertext', 'ciphertext.bin')],
  Sign: [bytes('Signature', 'Signature', 'signature.bin')],
  Verify: [status('SignatureValid', 'Signature')],
  VerifyMac: [status('MacValid', 'MAC')],
}

/** The error that says that a signature or a MAC is not valid, which is an answer like any other. */
export const notValidCodes: readonly string[] = ['KMSInvalidSignatureException', 'KMSInvalidMacException']
