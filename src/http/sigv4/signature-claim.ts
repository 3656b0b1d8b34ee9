import { LRUCache } from 'lru-cache'
import { ServiceError } from '../../domain/index.ts'
import { basicDate, ownText, sha256 } from '../../std/index.ts'
import type { WireRequest } from '../request.ts'
import { type QueryParameter, readQuery } from './query.ts'

/** The signature of a request as the request states it, before any check. */
export interface SignatureClaim {
  readonly accessKeyId: string
  /** `date/region/service/aws4_request`. */
  readonly credentialScope: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly terminator: string
  readonly signedHeaders: readonly string[]
  /** The signed headers as the request has them, with semicolons between. */
  readonly signedHeadersText: string
  readonly signature: string
  /** The time of signing, `20261124T001500Z`. */
  readonly amzDate: string
  readonly sessionToken: string | undefined
  /** How long a presigned request is valid; undefined for a signature in the headers. */
  readonly expiresSeconds: number | undefined
  /** The decoded query parameters, without the signature. */
  readonly query: readonly QueryParameter[]
}

const algorithm = 'AWS4-HMAC-SHA256'
const presignedExpiryMaxSeconds = 604_800

/** Answers and logs have only a digest of a malformed header, because people paste secrets into the wrong place. */
const digestOf = (text: string) => sha256(text).toString('base64')
const incomplete = (text: string) => new ServiceError('IncompleteSignatureException', text)

/** A part of a scope or a date, as an error repeats it: a digest of one that is too long or has other signs, as secrets have. */
export function repeated(part: string): string {
  return /^[\w:,.+ -]{0,31}$/.test(part)
    ? part
    : `(hashed with SHA-256 and encoded with Base64): ${digestOf(part)}`
}

/**
 * Reads the signature from the Authorization header or the query string. Throws MissingAuthenticationTokenException if
 * there is none, and IncompleteSignatureException if parts of it are missing or malformed.
 */
export function readSignatureClaim(request: WireRequest): SignatureClaim {
  const authorization = request.headers['authorization']
  const query = readQuery(request.query)
  if (query === undefined) throw incomplete('The query string is not valid percent-encoding.')
  const isPresigned = query.some(({ name }) => name === 'X-Amz-Signature' || name === 'X-Amz-Algorithm')
  if (authorization === undefined && !isPresigned) {
    throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token')
  }
  if (authorization !== undefined && isPresigned) {
    throw incomplete('Only one of the Authorization header and the query string may carry the signature.')
  }
  return authorization === undefined ? readPresigned(query) : readAuthorization(authorization, request, query)
}

/**
 * The access key that an unproved request names; undefined if the text does not look like the id of one (IAM user guide,
 * "IAM identifiers"), because people paste secrets into the wrong place.
 */
export function shownKeyId({ accessKeyId }: Pick<SignatureClaim, 'accessKeyId'>): string | undefined {
  return /^A[KS]IA[A-Z\d]{12,60}$/.test(accessKeyId) ? accessKeyId : undefined
}

/** The same for a request whose signature is not checked at all. Never throws. */
export function findShownKeyId(request: WireRequest): string | undefined {
  try {
    return shownKeyId(readSignatureClaim(request))
  } catch {
    return undefined
  }
}

function readAuthorization(
  header: string,
  request: WireRequest,
  query: readonly QueryParameter[],
): SignatureClaim {
  const amzDate = request.headers['x-amz-date'] ?? toBasicDate(request.headers['date'])
  const signature = findSignature(header)
  const fields = signature === undefined ? parseAuthorization(header) : readSigned(header)
  const { missing } = fields
  if (missing.length > 0 || amzDate === undefined) {
    const dateMissing = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
    throw incomplete([...missing, ...(amzDate === undefined ? [dateMissing] : [])].join(' '))
  }
  // Member by member: a copy of the rest of an object costs more than the whole look-up.
  return {
    accessKeyId: fields.accessKeyId,
    credentialScope: fields.credentialScope,
    date: fields.date,
    region: fields.region,
    service: fields.service,
    terminator: fields.terminator,
    signedHeaders: fields.signedHeaders,
    signedHeadersText: fields.signedHeadersText,
    signature: signature ?? fields.signature,
    amzDate,
    sessionToken: request.headers['x-amz-security-token'],
    expiresSeconds: undefined,
    query,
  }
}

type AuthorizationFields = ReturnType<typeof parseAuthorization>

const signatureLength = 64
/** The longest header that is cached: headers are cached before the client is authenticated. */
const cachedLengthMax = 1024
// All requests of a client on one day have the same header, except for the signature.
const parsedHeaders = new LRUCache<string, AuthorizationFields>({ max: 1000 })

/**
 * Returns the signature at the end of a header that may be cached without it. A comma there would begin one
 * more parameter, which changes the meaning of the whole. Text that is no signature is refused later.
 */
function findSignature(header: string): string | undefined {
  const { length } = header
  if (length > cachedLengthMax || !header.endsWith(' Signature=', length - signatureLength)) return undefined
  const signature = header.slice(length - signatureLength)
  return signature.includes(',') ? undefined : signature
}

/** Reads the parts of a header before its signature. */
function readSigned(header: string): AuthorizationFields {
  const rest = header.slice(0, header.length - signatureLength)
  const known = parsedHeaders.get(rest)
  if (known !== undefined) return known
  const own = ownText(header)
  const fields = parseAuthorization(own)
  parsedHeaders.set(own.slice(0, rest.length), fields)
  return fields
}

function parseAuthorization(header: string) {
  const [scheme = ''] = header.split(' ', 1)
  if (scheme !== algorithm) throw incomplete("Unsupported AWS 'algorithm'.")
  const fields = readFields(header.slice(scheme.length))
  return {
    missing: ['Credential', 'Signature', 'SignedHeaders']
      .filter(name => !fields.has(name))
      .map(name => `Authorization header requires '${name}' parameter.`),
    ...readCredential(fields.get('Credential')),
    ...readSignedHeaders(fields.get('SignedHeaders') ?? ''),
    signature: fields.get('Signature') ?? '',
  }
}

function readFields(text: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const part of text.split(',')) {
    const pair = part.trim()
    const equals = pair.indexOf('=')
    if (equals < 1) {
      throw incomplete(
        `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${digestOf(pair)}'.`,
      )
    }
    const name = pair.slice(0, equals)
    if (fields.has(name)) throw incomplete('The Authorization header has a parameter twice.')
    fields.set(name, pair.slice(equals + 1))
  }
  return fields
}

function readPresigned(query: readonly QueryParameter[]): SignatureClaim {
  const parameters = new Map(query.map(({ name, value }) => [name, value]))
  const missing = [
    'X-Amz-Algorithm',
    'X-Amz-Credential',
    'X-Amz-Signature',
    'X-Amz-SignedHeaders',
    'X-Amz-Date',
  ]
    .filter(name => !parameters.has(name))
    .map(name => `AWS query-string parameters must include '${name}'.`)
  if (missing.length > 0) throw incomplete(missing.join(' '))
  if (parameters.size !== query.length) throw incomplete('A query-string parameter is given twice.')
  if (parameters.get('X-Amz-Algorithm') !== algorithm) {
    throw incomplete("Unsupported AWS 'algorithm'.")
  }
  return {
    ...readCredential(parameters.get('X-Amz-Credential')),
    ...readSignedHeaders(parameters.get('X-Amz-SignedHeaders') ?? ''),
    signature: parameters.get('X-Amz-Signature') ?? '',
    amzDate: parameters.get('X-Amz-Date') ?? '',
    sessionToken: parameters.get('X-Amz-Security-Token'),
    expiresSeconds: readExpires(parameters.get('X-Amz-Expires')),
    query: query.filter(({ name }) => name !== 'X-Amz-Signature'),
  }
}

function readExpires(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (!(seconds >= 1 && seconds <= presignedExpiryMaxSeconds)) {
    throw incomplete(`X-Amz-Expires must be a number of seconds between 1 and ${presignedExpiryMaxSeconds}.`)
  }
  return seconds
}

function readCredential(credential: string | undefined) {
  const parts = credential?.split('/') ?? []
  if (credential !== undefined && parts.length !== 5) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term (hashed with SHA-256 and encoded with Base64): '${digestOf(credential)}'`,
    )
  }
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = parts
  return {
    accessKeyId,
    date,
    region,
    service,
    terminator,
    credentialScope: parts.slice(1).join('/'),
  }
}

/** The limit on signed headers: a large header named a thousand times would make a canonical request of gigabytes. */
const signedHeadersMax = 100

function readSignedHeaders(text: string) {
  const signedHeaders = text.split(';')
  if (signedHeaders.length > signedHeadersMax || new Set(signedHeaders).size !== signedHeaders.length) {
    throw incomplete(`SignedHeaders must name at most ${signedHeadersMax} headers, each once.`)
  }
  return { signedHeaders, signedHeadersText: text }
}

/** Converts a Date header, in either of its formats, to the basic ISO format that is signed. */
function toBasicDate(date: string | undefined): string | undefined {
  if (date === undefined || /^\d{8}T\d{6}Z$/.test(date)) return date
  const millis = Date.parse(date)
  return Number.isNaN(millis) ? date : basicDate(millis)
}
