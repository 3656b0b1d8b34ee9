import { OperatorError } from '../../std/index.ts'
import { awsEndpointOf, parseKeyServiceEndpoint } from './endpoint.ts'
import type { ProviderKind, RootKeyEnvelope } from './envelope.ts'
import { encodeOption, readOptions, renderOptions } from './setting-options.ts'
import { parseTokenSetting, renderTokenSetting, type TokenSetting, tokenForm } from './token-setting.ts'

/** The setting `KEYWARD_ROOT_KEY`: where the root key is, and who keeps one that is made. */
export type RootKeySetting =
  | { readonly kind: 'file'; readonly path: string }
  /** The passphrase is asked for if there is no path. */
  | { readonly kind: 'passphrase'; readonly path: string | undefined }
  | { readonly kind: 'shares' }
  | KmsSetting
  | TokenSetting

/** A key of a different KMS, and how it is reached. */
export interface KmsSetting {
  readonly kind: 'kms'
  readonly keyArn: string
  readonly endpoint: URL
  readonly credentialsPath: string | undefined
  readonly caPath: string | undefined
}

const name = 'KEYWARD_ROOT_KEY'
const forms = `file:PATH, passphrase:, passphrase-file:PATH, shares:, kms:KEY-ARN?endpoint=URL or ${tokenForm}`
const kmsForm = 'kms:KEY-ARN?endpoint=URL, where &credentials=FILE and &ca=FILE may follow'

/** Reads the setting. Paths stay as they are written. Throws OperatorError. */
export function parseRootKeySetting(text: string): RootKeySetting {
  if (text.includes('\0')) throw new OperatorError(`${name} must be ${forms}, without a NUL.`)
  const [, form, rest = ''] = /^(file|passphrase|passphrase-file|shares|kms|pkcs11):(.*)$/s.exec(text) ?? []
  if (form === 'file' && rest !== '') return { kind: 'file', path: rest }
  if (form === 'passphrase' && rest === '') return { kind: 'passphrase', path: undefined }
  if (form === 'passphrase-file' && rest !== '') return { kind: 'passphrase', path: rest }
  if (form === 'shares' && rest === '') return { kind: 'shares' }
  // A passphrase that somebody wrote into the setting must not be in a message, here and where the form is unknown.
  if (form === 'passphrase' || form === 'shares')
    throw new OperatorError(`${name} has a text after '${form}:', which is asked for. It must be ${forms}.`)
  if (form === 'kms') return parseKms(rest)
  if (form === 'pkcs11') return parseTokenSetting(rest)
  throw new OperatorError(`${name} must be ${forms}.`)
}

const wrong = (text: string, expected: string) =>
  new OperatorError(`${name} is '${text}'; it must be ${expected}.`)

/** A key id, or that of a multi-Region key (AWS KMS Developer Guide, "Key identifiers"). An alias could be moved to another key. */
const keyArnPattern = /^arn:aws[a-z-]*:kms:[a-z0-9-]{1,32}:\d{12}:key\/[A-Za-z0-9-]{1,128}$/

function parseKms(rest: string): KmsSetting {
  const text = `kms:${rest}`
  const { head: keyArn, options } = readOptions(rest, ['endpoint', 'credentials', 'ca']) ?? { head: '' }
  if (options === undefined || !keyArnPattern.test(keyArn)) throw wrong(text, kmsForm)
  return {
    kind: 'kms',
    keyArn,
    endpoint: parseEndpoint(options.endpoint ?? awsEndpointOf(keyArn)?.href ?? '', text),
    credentialsPath: options.credentials,
    caPath: options.ca,
  }
}

function parseEndpoint(value: string, text: string): URL {
  const endpoint = parseKeyServiceEndpoint(value)
  if (endpoint !== undefined) return endpoint
  throw new OperatorError(
    `${name} is '${text}'; its endpoint must be a URL such as https://kms.example.com. Plain HTTP is for loopback addresses only, because the root key is in the answers.`,
  )
}

/** How a setting is written that says the same; without secrets, since the setting has none. */
export function renderRootKeySetting(setting: RootKeySetting): string {
  if (setting.kind === 'file') return `file:${setting.path}`
  if (setting.kind === 'shares') return 'shares:'
  if (setting.kind === 'passphrase')
    return setting.path === undefined ? 'passphrase:' : `passphrase-file:${setting.path}`
  if (setting.kind === 'pkcs11') return renderTokenSetting(setting)
  const { keyArn, endpoint, credentialsPath, caPath } = setting
  const isAws = endpoint.href === awsEndpointOf(keyArn)?.href
  const options = { endpoint: isAws ? undefined : endpoint.href, credentials: credentialsPath, ca: caPath }
  return `kms:${keyArn}${renderOptions(options)}`
}

/** The facts that decide which setting holds for a data directory. */
export interface KeptRootKey {
  /** Undefined if the operator set nothing. */
  readonly setting: RootKeySetting | undefined
  /** Undefined if the database has none, as before its provider was ever changed. */
  readonly envelope: RootKeyEnvelope | undefined
  /** Whether the database has domain keys, so that there is a root key already. */
  readonly hasDomainKeys: boolean
  /** The data directory. */
  readonly directory: string
}

/**
 * Returns the setting that holds: the envelope decides who keeps the root key, and the setting where. Without a setting
 * the envelope is followed; a new directory gets a file. Throws OperatorError if the two name different kinds or keys.
 */
export function effectiveSetting({
  setting,
  envelope,
  hasDomainKeys,
  directory,
}: KeptRootKey): RootKeySetting {
  const kind = envelope?.kind ?? (hasDomainKeys ? 'file' : undefined)
  if (setting === undefined) return settingOf(envelope, directory)
  if (kind === undefined || isKeptAs(setting, envelope)) return setting
  throw new OperatorError(
    `The root key of ${directory} is kept by ${describeKeeper(envelope)}, and ${name} is ${renderRootKeySetting(setting)}. Set ${name}=${adviceFor(envelope)}, or change who keeps the root key with keyward operator rekey --to.`,
  )
}

/** Whether a setting names the keeper of an envelope, and its key. A database whose provider was never changed has no envelope. */
export function isKeptAs(setting: RootKeySetting, envelope: RootKeyEnvelope | undefined): boolean {
  return setting.kind === (envelope?.kind ?? 'file') && keyIn(setting) === keyIn(envelope)
}

const keepers: Readonly<Record<ProviderKind, string>> = {
  file: 'a file',
  passphrase: 'a passphrase',
  shares: 'shares',
  kms: 'the KMS key',
  pkcs11: 'the key',
}

/** Returns who keeps the root key of an envelope, as a part of a sentence. */
export function describeKeeper(envelope: RootKeyEnvelope | undefined): string {
  const key = keyIn(envelope)
  const place = envelope?.kind === 'kms' && envelope.endpoint !== undefined ? ` at ${envelope.endpoint}` : ''
  return `${keepers[envelope?.kind ?? 'file']}${key === undefined ? '' : ` ${key}`}${place}`
}

/** The key that a keeper has beside its kind; undefined for a keeper without one. */
function keyIn(keeper: RootKeySetting | RootKeyEnvelope | undefined): string | undefined {
  if (keeper?.kind === 'kms') return keeper.keyArn
  return keeper?.kind === 'pkcs11' ? `${keeper.key} of the token ${keeper.token}` : undefined
}

/** A setting that fits an envelope; with LIBRARY and PATH for a token, whose envelope has neither. */
function adviceFor(envelope: RootKeyEnvelope | undefined): string {
  if (envelope?.kind !== 'pkcs11') return renderRootKeySetting(settingOf(envelope, ''))
  const { token, key } = envelope
  return renderTokenSetting({ kind: 'pkcs11', library: 'LIBRARY', token, key, pinPath: 'PATH' })
}

/** Throws OperatorError for a token: a row of the database must not choose the library that is loaded. */
function settingOf(envelope: RootKeyEnvelope | undefined, directory: string): RootKeySetting {
  if (envelope === undefined || envelope.kind === 'file') return { kind: 'file', path: 'root.key' }
  if (envelope.kind === 'passphrase') return { kind: 'passphrase', path: undefined }
  if (envelope.kind === 'shares') return { kind: 'shares' }
  if (envelope.kind === 'pkcs11')
    throw new OperatorError(
      `The root key of ${directory} is kept by ${describeKeeper(envelope)}, and ${name} does not say how that is reached. Set ${name}=${adviceFor(envelope)}.`,
    )
  const { keyArn, endpoint } = envelope
  return parseKms(endpoint === undefined ? keyArn : `${keyArn}?endpoint=${encodeOption(endpoint)}`)
}
