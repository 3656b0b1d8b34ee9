import { toBase64 } from '../bytes/base64.ts'
import { textOf } from '../bytes/printable.ts'

export type SnippetValue =
  | string
  | number
  | boolean
  | Uint8Array
  | readonly string[]
  | Readonly<Record<string, string>>

export type SnippetInput = Readonly<Record<string, SnippetValue | undefined>>

/** A call of AWS KMS that a snippet makes. */
export interface SnippetCall {
  readonly operation: SnippetOperation
  readonly input: SnippetInput
  readonly region: string
  /** The address of the server, such as `https://kms.example.com`. */
  readonly endpoint: string
}

/** A member of an answer that a snippet prints. */
interface PrintedMember {
  readonly name: string
  readonly kind: 'bytes' | 'flag'
}

const bytes = (...names: readonly string[]): readonly PrintedMember[] =>
  names.map(name => ({ name, kind: 'bytes' }))
const flag = (name: string): readonly PrintedMember[] => [{ name, kind: 'flag' }]

/** The operations that have snippets, and the members of their answers that the snippets print. */
const operations = {
  Decapsulate: bytes('SharedSecret'),
  Decrypt: bytes('Plaintext'),
  DeriveSharedSecret: bytes('SharedSecret'),
  Encapsulate: bytes('SharedSecretCiphertextBlob'),
  Encrypt: bytes('CiphertextBlob'),
  GenerateDataKey: bytes('CiphertextBlob'),
  GenerateDataKeyPair: bytes('PublicKey', 'PrivateKeyCiphertextBlob'),
  GenerateDataKeyPairWithoutPlaintext: bytes('PublicKey', 'PrivateKeyCiphertextBlob'),
  GenerateDataKeyWithoutPlaintext: bytes('CiphertextBlob'),
  GenerateMac: bytes('Mac'),
  GenerateRandom: bytes('Plaintext'),
  GetPublicKey: bytes('PublicKey'),
  ReEncrypt: bytes('CiphertextBlob'),
  Sign: bytes('Signature'),
  Verify: flag('SignatureValid'),
  VerifyMac: flag('MacValid'),
} as const satisfies Readonly<Record<string, readonly PrintedMember[]>>

export type SnippetOperation = keyof typeof operations

/** Remarks on answers that have a secret besides the members that are printed. */
const remarks: Readonly<Partial<Record<SnippetOperation, string>>> = {
  Encapsulate: 'SharedSecret of the response is the secret. Use it, and then forget it.',
  GenerateDataKey: 'Plaintext of the response is the data key. Encrypt with it, and then forget it.',
  GenerateDataKeyPair: 'PrivateKeyPlaintext of the response is the private key. Use it, and then forget it.',
}

/** The types that the SDKs have for the values of a member. */
const choiceTypes: Readonly<Record<string, string>> = {
  DestinationEncryptionAlgorithm: 'EncryptionAlgorithmSpec',
  EncapsulationAlgorithm: 'EncapsulationAlgorithmSpec',
  EncryptionAlgorithm: 'EncryptionAlgorithmSpec',
  KeyAgreementAlgorithm: 'KeyAgreementAlgorithmSpec',
  KeyPairSpec: 'DataKeyPairSpec',
  KeySpec: 'DataKeySpec',
  MacAlgorithm: 'MacAlgorithmSpec',
  MessageType: 'MessageType',
  SigningAlgorithm: 'SigningAlgorithmSpec',
  SourceEncryptionAlgorithm: 'EncryptionAlgorithmSpec',
}

/** A member of the input, in the form in which a snippet writes it. */
export type Member = { readonly name: string } & (
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'utf8' | 'base64'; readonly value: string }
  | { readonly kind: 'choice'; readonly value: string; readonly type: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'flag'; readonly value: boolean }
  | { readonly kind: 'list'; readonly value: readonly string[] }
  | { readonly kind: 'map'; readonly value: readonly (readonly [key: string, value: string])[] }
  | { readonly kind: 'file'; readonly path: string; readonly sizeBytes: number }
)

/** The most bytes that a snippet has in itself. Others it reads from a file. */
const inlineBytesMax = 1024

/** The parts of a call, for the writers of all languages. */
export interface SnippetParts {
  readonly region: string
  readonly endpoint: string
  readonly members: readonly Member[]
  readonly printed: readonly PrintedMember[]
  /** Remarks on the call, for comments before it. */
  readonly remarks: readonly string[]
  readonly hasKind: (...kinds: readonly Member['kind'][]) => boolean
  readonly printsBytes: boolean
}

/** Takes a call apart. Its texts become well-formed, as the SDKs send them. */
export function partsOf({ operation, input, region, endpoint }: SnippetCall): SnippetParts {
  const members = Object.entries(input).flatMap(([name, value]) =>
    value === undefined ? [] : [memberOf(name, value)],
  )
  const printed: readonly PrintedMember[] = operations[operation]
  const remark = remarks[operation]
  return {
    region: region.toWellFormed(),
    endpoint: endpoint.toWellFormed(),
    members,
    printed,
    remarks: [
      ...members.flatMap(member =>
        member.kind === 'file' ? [`${member.path} has the ${member.sizeBytes} bytes of ${member.name}.`] : [],
      ),
      ...(remark === undefined ? [] : [remark]),
    ],
    hasKind: (...kinds) => members.some(({ kind }) => kinds.includes(kind)),
    printsBytes: printed.some(({ kind }) => kind === 'bytes'),
  }
}

function memberOf(name: string, value: SnippetValue): Member {
  if (typeof value === 'number') return { name, kind: 'number', value }
  if (typeof value === 'boolean') return { name, kind: 'flag', value }
  if (value instanceof Uint8Array) return bytesMember(name, value)
  if (typeof value !== 'string')
    return isList(value)
      ? { name, kind: 'list', value: value.map(item => item.toWellFormed()) }
      : { name, kind: 'map', value: entriesOf(value) }
  const text = value.toWellFormed()
  const type = choiceTypes[name]
  return type === undefined
    ? { name, kind: 'text', value: text }
    : { name, kind: 'choice', value: text, type }
}

function bytesMember(name: string, value: Uint8Array): Member {
  if (value.length > inlineBytesMax)
    return { name, kind: 'file', path: `${kebab(name)}.bin`, sizeBytes: value.length }
  const text = textOf(value)
  return text === undefined
    ? { name, kind: 'base64', value: toBase64(value) }
    : { name, kind: 'utf8', value: text }
}

const isList = (value: readonly string[] | Readonly<Record<string, string>>): value is readonly string[] =>
  Array.isArray(value)

const entriesOf = (map: Readonly<Record<string, string>>) =>
  Object.entries(map).map(([key, value]) => [key.toWellFormed(), value.toWellFormed()] as const)

/** `KeyId` as `key-id`. */
export const kebab = (name: string): string => name.replaceAll(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase()
/** `KeyId` as `key_id`. */
export const snake = (name: string): string => kebab(name).replaceAll('-', '_')
/** `KeyId` as `keyId`. */
export const camel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)
