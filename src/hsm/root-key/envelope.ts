import { decodeBase64, isJsonObject, OperatorError, parseJson } from '../../std/index.ts'
import { parseKeyServiceEndpoint } from './endpoint.ts'
import { isKeyLabel, isTokenLabel } from './token-setting.ts'

/** The kinds of keepers of a root key. */
export type ProviderKind = RootKeyEnvelope['kind']

/** The record of the root key in the database: who keeps it, and how it is recovered. It holds no secret. */
export type RootKeyEnvelope = FileEnvelope | PassphraseEnvelope | SharesEnvelope | KmsEnvelope | TokenEnvelope

interface AnyEnvelope {
  readonly v: 1
  /** The id of the root key (`RootKey.id`), which shows whether a recovered key is the right one. */
  readonly rootKeyId: string
}

/** The root key is in a file, whose place is a setting. */
export interface FileEnvelope extends AnyEnvelope {
  readonly kind: 'file'
}

/** The root key is wrapped under a key that Argon2id (RFC 9106) derives from a passphrase. */
export interface PassphraseEnvelope extends AnyEnvelope {
  readonly kind: 'passphrase'
  readonly kdf: 'argon2id'
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
  /** 16 bytes in base64. */
  readonly salt: string
  /** The wrapped root key in base64. */
  readonly wrapped: string
}

/** The root key is wrapped under a random key, which is split into shares. */
export interface SharesEnvelope extends AnyEnvelope {
  readonly kind: 'shares'
  /** How many shares recover the root key. */
  readonly threshold: number
  readonly total: number
  /** 16 hex digits that all shares of a split have. */
  readonly quorum: string
  /** SHA-256 of the quorum and a share, in base64, for each share in the order of their numbers. */
  readonly digests: readonly string[]
  /** The wrapped root key in base64. */
  readonly wrapped: string
}

/** The root key is encrypted by a key of a different KMS. */
export interface KmsEnvelope extends AnyEnvelope {
  readonly kind: 'kms'
  readonly keyArn: string
  /** Absent for AWS's own endpoint. */
  readonly endpoint?: string
  /** The ciphertext blob in base64. */
  readonly ciphertext: string
}

/** The root key is encrypted with AES-256-GCM by a key of a PKCS#11 token. The library is a setting: a row must not choose code. */
export interface TokenEnvelope extends AnyEnvelope {
  readonly kind: 'pkcs11'
  /** The label of the token. */
  readonly token: string
  /** The label of the key. */
  readonly key: string
  /** IV, encrypted root key and tag in base64. */
  readonly wrapped: string
}

/** Nobody chooses more, and a changed row must not make a start take hours or all of the memory. */
export const argon2Bounds = { memoryKiB: 4 * 1024 * 1024, passes: 64, lanes: 64 } as const
/** The library and the format of shares have one byte for the number of a share. */
export const sharesMax = 255
/** Nonce, root key and tag. */
const wrappedSizeBytes = 24 + 32 + 16
/** The IV, the root key and the tag of AES-GCM. */
const wrappedByTokenBytes = 12 + 32 + 16
/** The longest CiphertextBlob of AWS KMS. */
const ciphertextSizeMaxBytes = 6144
const envelopeSizeMax = 64 * 1024

/** Returns the envelope as the text that the database keeps. */
export function renderEnvelope(envelope: RootKeyEnvelope): string {
  return JSON.stringify(envelope)
}

/** Reads the text that the database keeps. Throws OperatorError for anything that `renderEnvelope` does not write. */
export function parseEnvelope(text: string): RootKeyEnvelope {
  const envelope = text.length > envelopeSizeMax ? undefined : readJson(text)
  if (isJsonObject(envelope) && isEnvelope(envelope)) return envelope
  throw new OperatorError(
    'The record of the root key in the database is not one that this version of Keyward writes. Restore the database from a backup.',
  )
}

function readJson(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

type Check = (value: unknown) => boolean

const isBase64 =
  (sizeBytes: number): Check =>
  value =>
    typeof value === 'string' && decodeBase64(value)?.length === sizeBytes

const isWhole =
  (min: number, max: number): Check =>
  value =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max

const isText =
  (pattern: RegExp): Check =>
  value =>
    typeof value === 'string' && pattern.test(value)

const isWrapped = isBase64(wrappedSizeBytes)

/** The members of each kind beside those that all kinds have. */
const members: Readonly<Record<ProviderKind, Readonly<Record<string, Check>>>> = {
  file: {},
  passphrase: {
    kdf: value => value === 'argon2id',
    memoryKiB: isWhole(8, argon2Bounds.memoryKiB),
    passes: isWhole(1, argon2Bounds.passes),
    lanes: isWhole(1, argon2Bounds.lanes),
    salt: isBase64(16),
    wrapped: isWrapped,
  },
  shares: {
    threshold: isWhole(2, sharesMax),
    total: isWhole(2, sharesMax),
    quorum: isText(/^[0-9a-f]{16}$/),
    digests: value =>
      Array.isArray(value) && value.every(isBase64(32)) && new Set(value).size === value.length,
    wrapped: isWrapped,
  },
  kms: {
    keyArn: isText(/^arn:[\x21-\x7e]{1,2048}$/),
    endpoint: value =>
      value === undefined || (typeof value === 'string' && parseKeyServiceEndpoint(value) !== undefined),
    ciphertext: isCiphertext,
  },
  pkcs11: {
    token: value => typeof value === 'string' && isTokenLabel(value),
    key: value => typeof value === 'string' && isKeyLabel(value),
    wrapped: isBase64(wrappedByTokenBytes),
  },
}

function isCiphertext(value: unknown): boolean {
  const bytes = typeof value === 'string' ? decodeBase64(value) : undefined
  return bytes !== undefined && bytes.length > 0 && bytes.length <= ciphertextSizeMaxBytes
}

function isEnvelope(value: Record<string, unknown>): value is Record<string, unknown> & RootKeyEnvelope {
  const { v, kind, rootKeyId, ...others } = value
  if (v !== 1 || typeof kind !== 'string' || !Object.hasOwn(members, kind) || !isRootKeyId(rootKeyId))
    return false
  const known = members[kind as ProviderKind]
  const isKnown = Object.keys(others).every(name => Object.hasOwn(known, name))
  if (!isKnown || !Object.entries(known).every(([name, check]) => check(others[name]))) return false
  if (kind === 'passphrase') return (others.memoryKiB as number) >= 8 * (others.lanes as number)
  if (kind !== 'shares') return true
  return (
    (others.threshold as number) <= (others.total as number) &&
    (others.digests as string[]).length === others.total
  )
}

const isRootKeyId = isText(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)

/** The error of a provider that is given an envelope of a different kind: only a mistake of the caller leads to it. */
export const wrongKind = (kind: ProviderKind, envelope: RootKeyEnvelope | undefined) =>
  new Error(`the root key is kept by ${envelope?.kind ?? 'file'}, and ${kind} was asked`)
