import { createHmac, hash } from 'node:crypto'
import type { TestCredentials } from './clients.ts'

/** What goes into a signature, each part free to be wrong. */
export interface Signing {
  readonly credentials: TestCredentials
  readonly method?: string
  /** As it stands in the URL: canonical already. */
  readonly query?: string
  /** The headers to sign, in canonical form and order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: string | Uint8Array
  /** `20261124T001500Z`. */
  readonly amzDate: string
  /** Of the scope; the day of `amzDate` when absent. */
  readonly date?: string
  readonly region?: string
  readonly service?: string
  /** In place of the body's digest. */
  readonly payloadHash?: string
}

/** The parts of an Authorization header. */
export interface HandSigned {
  readonly credential: string
  readonly signedHeaders: string
  readonly signature: string
}

const signingKeys = new Map<string, Buffer>()

const mac = (key: string | Uint8Array, text: string) => createHmac('sha256', key).update(text).digest()

function signingKey(secret: string, date: string, region: string, service: string): Buffer {
  const name = [secret, date, region, service].join(' ')
  const known = signingKeys.get(name)
  if (known !== undefined) return known
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(mac, `AWS4${secret}`) as Buffer
  signingKeys.set(name, key)
  return key
}

/** Signature Version 4 written out by hand (AWS General Reference, "Create a signed AWS API request"). */
export function signByHand(signing: Signing): HandSigned {
  const { credentials, method = 'POST', query = '', headers, body = '', amzDate } = signing
  const {
    date = amzDate.slice(0, 8),
    region = 'us-east-1',
    service = 'kms',
    payloadHash = hash('sha256', body),
  } = signing
  const scope = `${date}/${region}/${service}/aws4_request`
  const signedHeaders = headers.map(([name]) => name).join(';')
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('')
  const canonical = `${method}\n/\n${query}\n${lines}\n${signedHeaders}\n${payloadHash}`
  const text = `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${hash('sha256', canonical)}`
  const signature = mac(signingKey(credentials.secretAccessKey, date, region, service), text).toString('hex')
  return { credential: `${credentials.accessKeyId}/${scope}`, signedHeaders, signature }
}

/** The Authorization header of a signature. */
export function authorizationOf({ credential, signedHeaders, signature }: HandSigned): string {
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`
}

/** A time as SigV4 writes it. */
export function amzDateOf(millis: number): string {
  return new Date(millis).toISOString().replaceAll(/[:-]|\.\d{3}/g, '')
}
