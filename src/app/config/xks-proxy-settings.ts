import {
  isKeyId,
  isRegion,
  isXksKeyId,
  isXksUriPath,
  parseArn,
  partitionOf,
  xksUsagesOf,
} from '../../domain/index.ts'
import type { ServedKey } from '../../services/index.ts'
import { type Located, needed } from '../../std/index.ts'
import type { CertificatePaths } from '../../tls/index.ts'
import { readAuthorities } from './certificates-file.ts'
import { fileOfSetting, locateSetting, readList } from './located-setting.ts'
import { isLoopback } from './values/setting-values.ts'

/** The checked settings of the external key store proxy. */
export interface XksProxySettings {
  /** The file that has these settings; undefined if they are part of the configuration. */
  readonly file: string | undefined
  readonly host: string
  readonly port: number
  /** Undefined for plain HTTP. */
  readonly tls: XksProxyTls | undefined
  /** The path of the proxy, which ends with `/kms/xks/v1`. */
  readonly uriPath: string
  readonly credentials: readonly XksCredentialSetting[]
  readonly keys: readonly ServedKey[]
}

/** The settings of HTTPS of the proxy. */
export interface XksProxyTls {
  readonly certificatePaths: CertificatePaths
  /** The CAs whose certificates clients must show, in PEM; undefined if they need none. */
  readonly clientCa: string | undefined
  /** The common name of those certificates; undefined for any. */
  readonly clientName: string | undefined
}

/** A credential that AWS KMS signs with. Either the secret is in the setting, or a file has it. */
export interface XksCredentialSetting {
  readonly accessKeyId: string
  readonly secret: { readonly text: string } | { readonly path: string }
}

const [credentialsMax, keysMax, patternsMax, patternLengthMax] = [10, 1000, 100, 2048]
const members = ['host', 'port', 'tls', 'uriPathPrefix', 'credentials', 'keys'] as const
const keyMembers = ['externalKeyId', 'keyId', 'principals', 'kmsKeys', 'operations', 'sourceVpces'] as const

/**
 * Reads the settings from a YAML file, or from the setting if it is YAML itself; undefined if there is no proxy. No message has a
 * secret. Throws OperatorError.
 */
export function readXksProxySettings(
  setting: string | undefined,
  server: { readonly host: string; readonly region: string },
): XksProxySettings | undefined {
  if (setting === undefined) return undefined
  const at = locateSetting(setting, 'xksProxy')
  const { host, port, tls, uriPathPrefix, credentials, keys } = at.members(members)
  const settings = {
    file: fileOfSetting(setting),
    host: host === undefined ? server.host : readText(host),
    port: readPort(needed(port, at, 'port')),
    tls: tls && readTls(tls),
    uriPath: readUriPath(uriPathPrefix),
    // A list without items would allow nobody, or serve nothing, and is a mistake.
    credentials: readList(needed(credentials, at, 'credentials'), credentialsMax).map(readCredential),
    keys: readList(needed(keys, at, 'keys'), keysMax).map(key => readKey(key, server.region)),
  }
  if (settings.tls === undefined && !isLoopback(settings.host))
    throw at.error(
      `has no tls, and plain HTTP is for loopback addresses only, but the host is ${settings.host}`,
    )
  checkTwice(credentials, settings.credentials, 'accessKeyId')
  checkTwice(keys, settings.keys, 'externalKeyId')
  // Two external keys with one key would open each other's ciphertexts, although different callers may use them.
  checkTwice(keys, settings.keys, 'keyId')
  return settings
}

/** Lists the files with secrets of the proxy; `configFile` has the settings that are in no file of their own. */
export function xksProxySecretPaths(
  settings: XksProxySettings | undefined,
  configFile: string | undefined,
): readonly string[] {
  if (settings === undefined) return []
  const { file = configFile, credentials, tls } = settings
  const paths = credentials.map(({ secret }) => ('path' in secret ? secret.path : file))
  return [...paths, tls?.certificatePaths.key].filter(path => path !== undefined)
}

function readPort(at: Located): number {
  const port = /^\d{1,5}$/.test(at.text()) ? Number(at.text()) : Number.NaN
  if (!(port <= 65_535)) throw at.error('must be a number from 0 to 65535')
  return port
}

function readTls(at: Located): XksProxyTls {
  const { cert, key, clientCa, clientName } = at.members(['cert', 'key', 'clientCa', 'clientName'])
  if (clientName !== undefined && clientCa === undefined)
    throw clientName.error('needs clientCa, which checks the certificates of clients')
  const certificate = readText(needed(cert, at, 'cert'))
  return {
    certificatePaths: { certificate, key: readText(needed(key, at, 'key')) },
    clientCa: clientCa && readAuthorities(clientCa),
    clientName: clientName && readText(clientName),
  }
}

function readUriPath(prefix: Located | undefined): string {
  const path = `${prefix?.text() ?? ''}/kms/xks/v1`
  // Signatures are over a path with one slash in place of several.
  if (prefix === undefined || (isXksUriPath(path) && !path.includes('//'))) return path
  throw prefix.error(
    'must begin with / and have letters, digits, hyphens, underscores and single slashes between, at most 117 characters',
  )
}

function readCredential(at: Located): XksCredentialSetting {
  const given = at.members(['accessKeyId', 'secretAccessKey', 'secretFile'])
  const accessKeyId = needed(given.accessKeyId, at, 'accessKeyId')
  // XKS proxy API specification, appendix A.
  if (!/^[A-Z2-7]{20,30}$/.test(accessKeyId.text()))
    throw accessKeyId.error('must have 20 to 30 characters, which are A to Z and 2 to 7')
  if (given.secretFile !== undefined) {
    if (given.secretAccessKey !== undefined) throw at.error('has both secretAccessKey and secretFile')
    return { accessKeyId: accessKeyId.text(), secret: { path: readText(given.secretFile) } }
  }
  const secret = needed(given.secretAccessKey, at, 'secretAccessKey or secretFile')
  if (!isXksSecret(secret.text())) throw secret.error(secretForm)
  return { accessKeyId: accessKeyId.text(), secret: { text: secret.text() } }
}

/** The form of a secret access key, for a message. */
export const secretForm = 'must have 43 to 64 characters, which are letters, digits, /, + and ='
/** Whether a text can be a secret access key (XKS proxy API specification, "XKS proxy configuration in AWS KMS console"). */
export const isXksSecret = (text: string): boolean => /^[A-Za-z0-9/+=]{43,64}$/.test(text)

function readKey(at: Located, defaultRegion: string): ServedKey {
  const given = at.members(keyMembers)
  const externalKeyId = needed(given.externalKeyId, at, 'externalKeyId')
  const id = externalKeyId.text()
  // A client may take a path with . or .. for a different one.
  if (!isXksKeyId(id) || /^\.{1,2}$/.test(id))
    throw externalKeyId.error('must have 1 to 128 letters, digits, hyphens, periods and underscores')
  return {
    externalKeyId: id,
    ...readKeyId(needed(given.keyId, at, 'keyId'), defaultRegion),
    principals: readPatterns(needed(given.principals, at, 'principals')),
    kmsKeys: readPatterns(needed(given.kmsKeys, at, 'kmsKeys')),
    operations: readOperations(needed(given.operations, at, 'operations')),
    sourceVpces: given.sourceVpces && readPatterns(given.sourceVpces),
  }
}

function readKeyId(at: Located, defaultRegion: string): Pick<ServedKey, 'keyId' | 'accountId' | 'region'> {
  const text = at.text()
  const form = 'must be a key id of the default Region, or the ARN of a key of this server'
  if (isKeyId(text)) return { keyId: text, accountId: undefined, region: defaultRegion }
  const arn = parseArn(text)
  const keyId = arn?.resource.replace(/^key\//, '') ?? ''
  if (arn === undefined || !isKeyId(keyId) || !isRegion(arn.region) || arn.accountId === '')
    throw at.error(form)
  const isKms = arn.service === 'kms' && arn.partition === partitionOf(arn.region)
  if (!isKms || arn.resource !== `key/${keyId}`) throw at.error(form)
  return { keyId, accountId: arn.accountId, region: arn.region }
}

/**
 * A misspelled name would refuse calls without a word. AWS KMS may get operations that are not known yet, so a pattern may match none that
 * is (XKS proxy API specification, "kmsOperation").
 */
function readOperations(at: Located): readonly string[] {
  const names = Object.keys(xksUsagesOf)
  const patterns = readPatterns(at)
  for (const item of at.items())
    if (/^[^*?]+$/.test(item.text()) && !names.includes(item.text()))
      throw item.error(
        `must be one of ${names.join(', ')}, or a pattern with * or ?, which can also stand for a newer operation`,
      )
  return patterns
}

function readPatterns(at: Located): readonly string[] {
  return readList(at, patternsMax).map(item => {
    const text = readText(item)
    if (text.length > patternLengthMax) throw item.error(`has more than ${patternLengthMax} characters`)
    return text
  })
}

function readText(at: Located): string {
  if (at.text().trim() === '') throw at.error('is empty')
  return at.text()
}

function checkTwice<M extends string>(
  at: Located | undefined,
  items: readonly Readonly<Record<M, string>>[],
  member: M,
): void {
  const texts = items.map(item => item[member])
  const twice = texts.find((text, index) => texts.indexOf(text) !== index)
  if (twice !== undefined) throw at?.error(`has the ${member} ${twice} twice`)
}
