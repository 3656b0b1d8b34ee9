import { isAccountId, parseArn, parsePrincipalArn } from '../../domain/index.ts'
import {
  fixedKeySet,
  JsonWebKeys,
  KeySetProblem,
  type KeySetSource,
  type OidcIssuer,
  RemoteKeySet,
  type RemoteKeySetOptions,
} from '../../identity/index.ts'
import {
  type Clock,
  Located,
  needed,
  OperatorError,
  type OutboundPolicy,
  readNamedFile,
  shownText,
} from '../../std/index.ts'

/** The checked configuration of an OpenID Connect issuer. */
export interface IssuerConfig extends Omit<OidcIssuer, 'keySet'> {
  /** The keys of the issuer, or their URL. */
  readonly jwks: JsonWebKeys | string
  /** The sign-in of the web console with this issuer; undefined if it has none. */
  readonly console: ConsoleSignIn | undefined
}

/**
 * The sign-in of the web console: the authorization code flow with PKCE (RFC 7636), which the browser runs. The server calls
 * neither URL. It is plain data without secrets, because everybody who reaches the console can read it.
 */
export interface ConsoleSignIn {
  /** One of the audiences of the issuer. */
  readonly clientId: string
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly scopes: readonly string[]
  /** The name that the page of the sign-in shows. */
  readonly name: string
  /** The ARNs of the roles that the page offers. */
  readonly roles: readonly string[]
}

const members = ['issuer', 'audiences', 'accounts', 'jwks', 'console'] as const
const consoleMembers = [
  ...(['clientId', 'authorizationEndpoint', 'tokenEndpoint'] as const),
  ...(['scopes', 'name', 'roles'] as const),
] as const
const lengths = { name: 64, url: 2048 }
const [scopesMax, rolesMax] = [20, 50]

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
  const { issuer, audiences, accounts, jwks, console: signIn } = at.members(members)
  if (issuer === undefined || audiences === undefined || jwks === undefined) {
    throw at.error('needs issuer, audiences and jwks')
  }
  if (!isIssuer(issuer.text())) {
    throw issuer.error('must be an https URL without query, or an http URL on loopback')
  }
  const audienceTexts = audiences.items().map(item => item.text())
  if (audienceTexts.length === 0) throw audiences.error('must have at least one')
  const known = {
    issuer: issuer.text(),
    audiences: audienceTexts,
    accounts: accounts?.items().map(readAccount),
  }
  return { ...known, jwks: readJwks(jwks), console: signIn && readConsole(signIn, known) }
}

/** Reads the sign-in of the web console with an issuer. Throws OperatorError. */
function readConsole(at: Located, issuer: Omit<IssuerConfig, 'jwks' | 'console'>): ConsoleSignIn {
  const { clientId, authorizationEndpoint, tokenEndpoint, scopes, name, roles } = at.members(consoleMembers)
  const client = needed(clientId, at, 'clientId')
  if (!issuer.audiences.includes(client.text())) throw client.error('must be one of the audiences')
  return {
    clientId: client.text(),
    authorizationEndpoint: readEndpoint(needed(authorizationEndpoint, at, 'authorizationEndpoint')),
    tokenEndpoint: readTokenEndpoint(needed(tokenEndpoint, at, 'tokenEndpoint')),
    scopes: scopes === undefined ? ['openid'] : readScopes(scopes),
    name: name === undefined ? new URL(issuer.issuer).host : readShownName(name),
    roles: roles === undefined ? [] : readDistinct(roles, rolesMax, role => readRole(role, issuer.accounts)),
  }
}

/**
 * Reads the endpoint that the browser calls, which the Content-Security-Policy of the console names: such a source has letters,
 * digits, `-` and `.` in its host (CSP Level 3, 2.3.1), so Chromium calls no IPv6 address.
 */
function readTokenEndpoint(at: Located): string {
  const url = readEndpoint(at)
  if (!/^[a-z0-9.-]+$/.test(new URL(url).hostname))
    throw at.error('must have a host of letters, digits, - and . alone, so that browsers may call it')
  return url
}

/**
 * Reads an endpoint of OAuth 2.0: without a fragment (RFC 6749, 3.1 and 3.2), and without the characters that end a source in a
 * Content-Security-Policy. The text is the one that browsers make of it, so that both mean the same URL.
 */
function readEndpoint(at: Located): string {
  const text = at.text()
  if (!isFetchable(text)) throw at.error('must be an https URL, or an http URL on loopback')
  const { href, username, password } = new URL(text)
  if (username !== '' || password !== '') throw at.error('must have no user and no password')
  if (/[#;,]/.test(text)) throw at.error('must have no fragment, and no ; or , that is not percent-encoded')
  if (href !== text && href !== `${text}/`) throw at.error(`must be written as browsers write it: ${href}`)
  if (href.length > lengths.url) throw at.error(`must have at most ${lengths.url} characters`)
  return href
}

/** Reads scopes (RFC 6749, 3.3). Without `openid` there is no ID token (OpenID Connect Core 1.0, 3.1.2.1). */
function readScopes(at: Located): string[] {
  const scopes = readDistinct(at, scopesMax, scope => {
    const text = scope.text()
    if (!/^[\x21\x23-\x5B\x5D-\x7E]+$/.test(text)) throw scope.error('is no scope of OAuth 2.0')
    return text
  })
  if (!scopes.includes('openid')) throw at.error('must have openid')
  return scopes
}

/** Reads a name that people see: on one line, and without characters that make it look different. */
function readShownName(at: Located): string {
  const text = at.text()
  if (text === '' || text.trim() !== text || text.length > lengths.name || shownText(text) !== text)
    throw at.error(`must be 1 to ${lengths.name} characters on one line, without spaces at its ends`)
  return text
}

function readRole(at: Located, accounts: readonly string[] | undefined): string {
  const text = at.text()
  const principal = parsePrincipalArn(text)
  if (principal?.arn !== text || !/^role\/.*[^/]$/.test(parseArn(text)?.resource ?? ''))
    throw at.error('must be the ARN of a role, such as arn:aws:iam::111122223333:role/Operators')
  if (accounts !== undefined && !accounts.includes(principal.accountId))
    throw at.error('is in an account that is not among the accounts of the issuer')
  return text
}

/** Reads the texts of a list without repetitions. */
function readDistinct(at: Located, max: number, read: (item: Located) => string): string[] {
  const items = at.items()
  if (items.length > max) throw at.error(`must have at most ${max} items`)
  const texts = new Set<string>()
  for (const item of items) {
    const text = read(item)
    if (texts.has(text)) throw item.error('is in the list twice')
    texts.add(text)
  }
  return [...texts]
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
  return configs.map(({ jwks, issuer, audiences, accounts }) => ({
    ...{ issuer, audiences, accounts },
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
