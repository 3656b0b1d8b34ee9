import { ServiceError, type Tag } from '../../domain/index.ts'
import { type Clock, decodeBase64Url, type Millis, parseJson } from '../../std/index.ts'
import { type IssuerKeys, type KeySetSource, KeySetUnavailable } from './key-set-source.ts'
import { sessionTagsOf } from './web-identity-tags.ts'

/** An OpenID Connect provider whose tokens the server accepts. */
export interface OidcIssuer {
  /** As in the `iss` claim, such as `https://oidc.example.com/id`. */
  readonly issuer: string
  /** The accepted audiences of a token. */
  readonly audiences: readonly string[]
  /** The accounts whose roles its tokens may assume; undefined for all. */
  readonly accounts: readonly string[] | undefined
  readonly keySet: KeySetSource
}

/** The identity of the bearer of a token, verified. */
export interface WebIdentity {
  /**
   * The issuer without its scheme and without a slash at its end, as in condition keys and in the ARN of the provider.
   */
  readonly host: string
  readonly issuer: string
  readonly subject: string
  readonly audience: string
  /** The audiences of the `aud` claim, if the `azp` claim names the audience. */
  readonly originalAudiences: readonly string[]
  /** The methods with which the user authenticated (RFC 8176). */
  readonly authenticationMethods: readonly string[]
  readonly tags: readonly Tag[]
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity: string | undefined
}

/** The texts are from AWS, as clients have reported them. */
const invalid = (text: string, reason?: string) =>
  new ServiceError('InvalidIdentityTokenException', text, reason === undefined ? {} : { reason })
const notJwt = (reason: string) =>
  invalid(
    'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    reason,
  )

/** How far the clock of an issuer may be ahead of the server's clock. */
const skewSeconds = 300
const subjectLengthMax = 255

/** Verifies tokens of OpenID Connect providers (OpenID Connect Core 1.0, 3.1.3.7; RFC 8725). */
export class WebIdentities {
  readonly #issuers: readonly OidcIssuer[]
  readonly #clock: Clock

  constructor(issuers: readonly OidcIssuer[], clock: Clock) {
    this.#issuers = issuers
    this.#clock = clock
  }

  /**
   * Verifies a token for an account and returns the identity of its bearer. Throws InvalidIdentityTokenException,
   * ExpiredIdentityTokenException, IDPCommunicationErrorException.
   */
  async verify(token: string, accountId: string): Promise<WebIdentity> {
    const unverified = readClaims(payloadOf(token))
    const issuer = this.#issuers.find(
      ({ issuer, accounts }) =>
        issuer === unverified['iss'] && (accounts === undefined || accounts.includes(accountId)),
    )
    if (issuer === undefined) {
      throw invalid(`No OpenIDConnect provider found in your account for ${nameOf(unverified['iss'])}`)
    }
    const claims = readClaims(await verifySignature(token, issuer))
    checkTimes(claims, this.#clock.now())
    return toWebIdentity(claims, issuer)
  }
}

/** An unverified claim is repeated in an error only if it looks like an issuer. */
function nameOf(issuer: unknown): string {
  return typeof issuer === 'string' && /^[\x21-\x7e]{1,255}$/.test(issuer) ? issuer : 'its issuer'
}

type Claims = Readonly<Record<string, unknown>>

async function verifySignature(token: string, issuer: OidcIssuer): Promise<Buffer> {
  const keys = await keysOf(issuer)
  let verified = await keys.verify(token)
  if ('problem' in verified && verified.isKeyUnknown) {
    const newer = await keysOf(issuer, keys)
    if (newer !== keys) verified = await newer.verify(token)
  }
  if ('payload' in verified) return verified.payload
  const text = verified.isKeyUnknown
    ? "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
    : 'The ID Token provided is not signed by a key of its identity provider'
  throw invalid(text, verified.problem)
}

async function keysOf({ keySet }: OidcIssuer, than?: IssuerKeys): Promise<IssuerKeys> {
  try {
    return await keySet.keys(than)
  } catch (error) {
    if (!(error instanceof KeySetUnavailable)) throw error
    throw new ServiceError('IDPCommunicationErrorException', 'The identity provider could not be reached.', {
      reason: error.message,
    })
  }
}

/** Decodes the payload of a compact token before any verification. The encoding must be the canonical one. */
function payloadOf(token: string): Buffer {
  const parts = token.split('.')
  const [header, payload, signature] = parts.map(decodeBase64Url)
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    throw notJwt('it is not three parts of base64url')
  }
  return payload
}

function readClaims(payload: Buffer): Claims {
  let claims: unknown
  try {
    claims = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch {
    throw notJwt('its payload is not JSON')
  }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw notJwt('its payload is not an object')
  }
  return claims as Claims
}

function checkTimes(claims: Claims, now: Millis): void {
  const nowSeconds = Math.floor(now / 1000)
  const expiresAt = secondsOf(claims, 'exp')
  if (expiresAt <= nowSeconds) {
    throw new ServiceError(
      'ExpiredIdentityTokenException',
      `Token expired: current date/time ${nowSeconds} must be before the expiration date/time ${expiresAt}`,
    )
  }
  if (secondsOf(claims, 'iat') > nowSeconds + skewSeconds)
    throw invalid('The ID Token was issued in the future')
  if (claims['nbf'] !== undefined && secondsOf(claims, 'nbf') > nowSeconds + skewSeconds) {
    throw invalid('The ID Token is not valid yet')
  }
}

function secondsOf(claims: Claims, name: string): number {
  const value = claims[name]
  if (typeof value !== 'number' || !Number.isFinite(value)) throw missing(name)
  return value
}

const missing = (name: string) => invalid(`Missing a required claim: ${name}`)

function toWebIdentity(claims: Claims, { issuer, audiences }: OidcIssuer): WebIdentity {
  const { sub: subject, azp: authorizedParty } = claims
  if (typeof subject !== 'string' || subject === '' || subject.length > subjectLengthMax) throw missing('sub')
  const given = textsOf(claims, 'aud')
  if (given.length === 0) throw missing('aud')
  if (authorizedParty !== undefined && typeof authorizedParty !== 'string') throw missing('azp')
  // The azp claim, if present, is the audience of the token (IAM user guide, "Available keys for AWS OIDC federation").
  const candidates = authorizedParty === undefined ? given : [authorizedParty]
  const audience = candidates.find(candidate => audiences.includes(candidate))
  if (audience === undefined) throw invalid('Incorrect token audience')
  return {
    host: issuer.replace(/^https?:\/\/|\/$/g, ''),
    issuer,
    subject,
    audience,
    originalAudiences: authorizedParty === undefined ? [] : given,
    authenticationMethods: textsOf(claims, 'amr'),
    ...sessionTagsOf(claims),
  }
}

/** Reads a claim that is one text or a list of texts; returns an empty list if the claim is absent. */
function textsOf(claims: Claims, name: string): string[] {
  const value = claims[name] ?? []
  const texts: unknown[] = Array.isArray(value) ? value : [value]
  if (!texts.every(text => typeof text === 'string')) throw invalid(`The claim ${name} is not a text`)
  return texts
}
