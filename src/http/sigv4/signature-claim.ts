import { ServiceError } from '../../domain/index.ts'
import { isHex } from '../../std/index.ts'
import type { WireRequest } from '../request.ts'
import { type QueryParameter, readQuery } from './query.ts'

/** What a request says of its signature, before any of it is believed. */
export interface SignatureClaim {
  readonly accessKeyId: string
  /** `date/region/service/aws4_request`. */
  readonly credentialScope: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly terminator: string
  readonly signedHeaders: readonly string[]
  /** 64 lower-case hex digits, or some other text that no signature is. */
  readonly signature: string
  /** The time of signing, `20261124T001500Z`. */
  readonly amzDate: string
  readonly sessionToken: string | undefined
  /** How long a presigned request is good for; undefined for signed headers. */
  readonly expiresSeconds: number | undefined
  /** The query's parameters but for the signature, decoded. */
  readonly query: readonly QueryParameter[]
}

const algorithm = 'AWS4-HMAC-SHA256'
const presignedExpiryMaxSeconds = 604_800

const incomplete = (text: string) => new ServiceError('IncompleteSignatureException', text)

/**
 * Reads the signature from the Authorization header or the query string. Throws MissingAuthenticationTokenException
 * where there is none, IncompleteSignatureException where parts of it are missing or malformed.
 */
export function readSignatureClaim(request: WireRequest): SignatureClaim {
  const authorization = request.headers.get('authorization')
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

function readAuthorization(
  header: string,
  request: WireRequest,
  query: readonly QueryParameter[],
): SignatureClaim {
  const [scheme = ''] = header.split(' ', 1)
  if (scheme !== algorithm) throw incomplete(`Unsupported AWS 'algorithm': '${scheme}'.`)
  const fields = readFields(header.slice(scheme.length))
  const amzDate = request.headers.get('x-amz-date') ?? basicDate(request.headers.get('date'))
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter(name => !fields.has(name))
    .map(name => `Authorization header requires '${name}' parameter.`)
  if (amzDate === undefined) {
    missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
  }
  if (missing.length > 0 || amzDate === undefined) throw incomplete(missing.join(' '))
  return {
    ...readCredential(fields.get('Credential') ?? ''),
    signedHeaders: readSignedHeaders(fields.get('SignedHeaders') ?? ''),
    signature: fields.get('Signature') ?? '',
    amzDate,
    sessionToken: request.headers.get('x-amz-security-token'),
    expiresSeconds: undefined,
    query,
  }
}

function readFields(text: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const part of text.split(',')) {
    const pair = part.trim()
    const equals = pair.indexOf('=')
    if (equals < 1) {
      throw incomplete(`'${pair}' not a valid key=value pair (missing equal-sign) in Authorization header.`)
    }
    fields.set(pair.slice(0, equals), pair.slice(equals + 1))
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
    throw incomplete(`Unsupported AWS 'algorithm': '${parameters.get('X-Amz-Algorithm')}'.`)
  }
  return {
    ...readCredential(parameters.get('X-Amz-Credential') ?? ''),
    signedHeaders: readSignedHeaders(parameters.get('X-Amz-SignedHeaders') ?? ''),
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

function readCredential(credential: string) {
  const parts = credential.split('/')
  if (parts.length !== 5) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    )
  }
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = parts
  return {
    accessKeyId,
    date,
    region,
    service,
    terminator,
    credentialScope: credential.slice(accessKeyId.length + 1),
  }
}

function readSignedHeaders(text: string): string[] {
  return text.split(';')
}

/** A Date header in either of its forms, as the basic ISO form that is signed. */
function basicDate(date: string | undefined): string | undefined {
  if (date === undefined || /^\d{8}T\d{6}Z$/.test(date)) return date
  const millis = Date.parse(date)
  return Number.isNaN(millis) ? date : new Date(millis).toISOString().replaceAll(/[:-]|\.\d{3}/g, '')
}

export function isSignature(text: string): boolean {
  return isHex(text, 64)
}
