import { Buffer } from 'node:buffer'
import { newSecret } from '../bytes.ts'
import { basicDate, type Millis } from '../clock.ts'
import { HmacSha256Key, hmacSha256, sha256Hex } from '../digest.ts'
import { encodeUriPart } from './uri-part.ts'

/** The credentials that sign a request. */
export interface SigningCredentials {
  readonly accessKeyId: string
  readonly secret: string
  readonly sessionToken?: string | undefined
}

/** Credentials whose secret was derived already for the day, the Region and the service of the requests. */
export interface DerivedCredentials {
  readonly accessKeyId: string
  /** As `deriveSigningKey` returns it. */
  readonly signingKey: HmacSha256Key
}

/** A request to be signed with Signature Version 4. */
export interface RequestToSign {
  readonly method: string
  /** The path as it goes over the wire and is signed; for services other than S3, each segment is encoded twice for the signature. */
  readonly path: string
  /** The query parameters, not encoded. */
  readonly query?: Readonly<Record<string, string>>
  /** All headers that are signed, by their names in lower case, without those that the signature adds. They include `host`. */
  readonly headers: Readonly<Record<string, string>>
  /** The SHA-256 of the body in lower-case hex. */
  readonly payloadHash: string
  readonly region: string
  readonly service: string
}

/**
 * Signs a request with Signature Version 4 (AWS General Reference, "Create a signed AWS API request"). Returns all headers
 * of the signed request.
 */
export function signRequest(
  { method, path, query = {}, headers, payloadHash, region, service }: RequestToSign,
  credentials: SigningCredentials | DerivedCredentials,
  time: Millis,
): Record<string, string> {
  const amzDate = basicDate(time)
  const sessionToken = 'secret' in credentials ? credentials.sessionToken : undefined
  const signed: Record<string, string> = {
    ...headers,
    'x-amz-date': amzDate,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  }
  const names = Object.keys(signed).sort()
  const lines = names.map(name => `${name}:${canonicalValue(signed[name] ?? '')}\n`).join('')
  const canonical = [method, path, encodeQuery(query), lines, names.join(';'), payloadHash].join('\n')
  const scope = scopeOf(amzDate, region, service).join('/')
  const text = `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256Hex(canonical)}`
  const signature =
    'secret' in credentials
      ? deriveSigningKey(Buffer.from(credentials.secret), time, region, service).mac(text)
      : credentials.signingKey.mac(text)
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { ...signed, authorization }
}

/**
 * Returns the key that signs requests of one day to one service in one Region (AWS General Reference, "Calculate the signature"). The caller
 * wipes it.
 */
export function deriveSigningKey(
  secret: Uint8Array,
  time: Millis,
  region: string,
  service: string,
): HmacSha256Key {
  const first = newSecret(prefix.length + secret.length)
  first.set(prefix)
  first.set(secret, prefix.length)
  const key = scopeOf(basicDate(time), region, service).reduce<Buffer>((previous, part) => {
    const next = hmacSha256(previous, part)
    previous.fill(0)
    return next
  }, first)
  return new HmacSha256Key(key)
}

const prefix = Buffer.from('AWS4')

const scopeOf = (amzDate: string, region: string, service: string) => [
  amzDate.slice(0, 8),
  region,
  service,
  'aws4_request',
]

/** Returns query parameters as they go over the wire and are signed: encoded, and in the order of their names. */
export function encodeQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => [encodeUriPart(name), encodeUriPart(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

const canonicalValue = (value: string) => value.trim().replaceAll(/ +/g, ' ')
