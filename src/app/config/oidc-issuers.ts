import { isAccountId } from '../../domain/index.ts'
import {
  fixedKeySet,
  JsonWebKeys,
  KeySetProblem,
  type KeySetSource,
  type OidcIssuer,
  RemoteKeySet,
  type RemoteKeySetOptions,
} from '../../identity/index.ts'
import { type Clock, Located, OperatorError, type OutboundPolicy, readNamedFile } from '../../std/index.ts'

/** The checked configuration of an OpenID Connect issuer. */
export interface IssuerConfig extends Omit<OidcIssuer, 'keySet'> {
  /** The keys of the issuer, or their URL. */
  readonly jwks: JsonWebKeys | string
}

const members = ['issuer', 'audiences', 'accounts', 'jwks'] as const

/** Reads the issuers from a YAML file, or from the setting if it is YAML itself. Throws OperatorError. */
export function readIssuers(setting: string | undefined): IssuerConfig[] {
  if (setting === undefined) return []
  const isInline = /^\s*[[-]/.test(setting)
  const [text, name] = isInline ? [setting, 'oidc-issuers'] : [readNamedFile(setting), setting]
  const issuers = Located.parse(text, name).items().map(readIssuer)
  const names = issuers.map(({ issuer }) => issuer)
  const twice = names.find((issuer, index) => names.indexOf(issuer) !== index)
  if (twice !== undefined) throw new OperatorError(`oidc-issuers has ${twice} twice.`)
  return issuers
}

function readIssuer(at: Located): IssuerConfig {
  const { issuer, audiences, accounts, jwks } = at.members(members)
  if (issuer === undefined || audiences === undefined || jwks === undefined) {
    throw at.error('needs issuer, audiences and jwks')
  }
  if (!isIssuer(issuer.text())) {
    throw issuer.error('must be an https URL without query, or an http URL on loopback')
  }
  const audienceTexts = audiences.items().map(item => item.text())
  if (audienceTexts.length === 0) throw audiences.error('must have at least one')
  return {
    issuer: issuer.text(),
    audiences: audienceTexts,
    accounts: accounts?.items().map(readAccount),
    jwks: readJwks(jwks),
  }
}

function readAccount(at: Located): string {
  const accountId = at.text()
  if (!isAccountId(accountId)) throw at.error('must be 12 digits')
  return accountId
}

/** An issuer is an https URL without query or fragment (OpenID Connect Core 1.0, 2). */
function isIssuer(text: string): boolean {
  return isFetchable(text) && !/[?#]/.test(text)
}

/** Keys fetched without encryption could be anybody's, unless the request never leaves the machine. */
function isFetchable(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname))
}

function readJwks(at: Located): IssuerConfig['jwks'] {
  if (!at.isText) return readKeys(at, at.value())
  const text = at.text()
  if (/^https?:/i.test(text)) {
    if (!isFetchable(text)) throw at.error('must be an https URL, or an http URL on loopback')
    return text
  }
  return readKeys(at, Located.parse(readNamedFile(text), text).value())
}

function readKeys(at: Located, keySet: unknown): JsonWebKeys {
  try {
    return new JsonWebKeys(keySet)
  } catch (error) {
    if (!(error instanceof KeySetProblem)) throw error
    throw at.error(`is not a JSON Web Key Set: ${error.message}`)
  }
}

/** Returns the issuers with their keys; keys at a URL are fetched when they are needed. */
export function openIssuers(
  configs: readonly IssuerConfig[],
  clock: Clock,
  outbound: OutboundPolicy,
  onFetched?: (succeeded: boolean) => void,
): OidcIssuer[] {
  return configs.map(({ jwks, ...issuer }) => ({
    ...issuer,
    keySet: openKeySet(jwks, { clock, outbound, onFetched }),
  }))
}

function openKeySet(
  jwks: IssuerConfig['jwks'],
  options: Pick<RemoteKeySetOptions, 'clock' | 'outbound' | 'onFetched'>,
): KeySetSource {
  if (typeof jwks !== 'string') return fixedKeySet(jwks)
  return new RemoteKeySet({ ...options, url: jwks, parse: keySet => new JsonWebKeys(keySet) })
}
