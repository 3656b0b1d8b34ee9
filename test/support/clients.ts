import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KMSClient } from '@aws-sdk/client-kms'
import { SignatureV4 } from '@smithy/signature-v4'

export interface TestCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** The credentials that a first start writes. */
export function administratorOf({ dataDirectory }: { dataDirectory: string }): TestCredentials {
  const text = readFileSync(join(dataDirectory, 'credentials'), 'utf8')
  const find = (name: string) => new RegExp(`^${name} = (.+)$`, 'm').exec(text)?.[1] ?? ''
  return { accessKeyId: find('aws_access_key_id'), secretAccessKey: find('aws_secret_access_key') }
}

/** The real SDK's client; it does not retry, so that tests see the first answer. */
export function kmsClient(
  server: { url: string; dataDirectory: string },
  {
    credentials = administratorOf(server),
    region = 'us-east-1',
  }: { credentials?: TestCredentials; region?: string } = {},
): KMSClient {
  return new KMSClient({ endpoint: server.url, region, credentials, maxAttempts: 1 })
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Record<string, unknown>
}

interface SigningOptions {
  readonly credentials?: TestCredentials
  readonly region?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Signs a call with the SDK's own signer; the headers to send it with. */
export async function signCall(
  server: { url: string; dataDirectory: string },
  operation: string,
  body: string | Uint8Array,
  { credentials = administratorOf(server), region = 'us-east-1', headers = {} }: SigningOptions = {},
): Promise<Record<string, string>> {
  const signer = new SignatureV4({ credentials, region, service: 'kms', sha256: Sha256 })
  const url = new URL(server.url)
  const request: Parameters<SignatureV4['presign']>[0] = {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: '/',
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `TrentService.${operation}`,
      ...headers,
    },
    query: {},
    body,
  }
  const signed = await signer.sign(request)
  return signed.headers
}

/** Signs a call and sends it, with any body and headers at all. */
export async function callSigned(
  server: { url: string; dataDirectory: string },
  operation: string,
  body: string | Uint8Array,
  options: SigningOptions = {},
): Promise<RawAnswer> {
  return await callRaw(server, body, await signCall(server, operation, body, options))
}

/** Sends a request as it is. */
export async function callRaw(
  server: { url: string },
  body: string | Uint8Array,
  headers: Record<string, string>,
  { method = 'POST', path = '/' } = {},
): Promise<RawAnswer> {
  const response = await fetch(server.url + path, {
    method,
    headers,
    ...(method === 'GET' ? {} : { body: body as string }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: parseObject(text) }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}

type Source = string | ArrayBuffer | ArrayBufferView

/** The digest the SDK's signer asks for. */
export class Sha256 {
  readonly #secret: Source | undefined
  readonly #chunks: Source[] = []

  constructor(secret?: Source) {
    this.#secret = secret
  }

  update(data: Source): void {
    this.#chunks.push(data)
  }

  async digest(): Promise<Uint8Array> {
    const hash =
      this.#secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(this.#secret))
    for (const chunk of this.#chunks) hash.update(bytesOf(chunk))
    return hash.digest()
  }

  reset(): void {
    this.#chunks.length = 0
  }
}

function bytesOf(source: Source): Uint8Array {
  if (typeof source === 'string') return Buffer.from(source)
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
}
