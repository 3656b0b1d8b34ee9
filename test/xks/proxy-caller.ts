import { request as openRequest, type RequestOptions } from 'node:https'
import { text as readText } from 'node:stream/consumers'
import { SignatureV4 } from '@smithy/signature-v4'
import { type RawAnswer, Sha256, type TestCredentials } from '../fixtures/clients.ts'

/** The credentials that the proxies of these tests have. Their form is that of the specification's appendix A. */
export const [firstCredential, secondCredential] = ['A', 'B'].map(letter => ({
  accessKeyId: `${letter}KIAI2SFODNN7EXAMPLE`,
  secretAccessKey: `${letter}YtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE`,
})) as [TestCredentials, TestCredentials]

/** The metadata that AWS KMS sends with a request, as in the specification's examples. */
export const metadata = {
  awsPrincipalArn: 'arn:aws:iam::123456789012:user/Alice',
  kmsKeyArn: 'arn:aws:kms:us-east-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  kmsOperation: 'Encrypt',
  kmsRequestId: '4112f4d6-db54-4af4-ae30-c55a22a8dfae',
  kmsViaService: 'ebs',
}

/** How a request to a proxy is made where it differs from the requests of AWS KMS. */
export interface CallOptions {
  readonly credentials?: TestCredentials
  readonly region?: string
  readonly service?: string
  readonly method?: string
  readonly signedAt?: Date
  /** A header that the signature leaves out. */
  readonly unsigned?: string
  /** Changes the signed headers. */
  readonly change?: (headers: Record<string, string>) => Record<string, string>
  /** Sends a different body than the one that is signed. */
  readonly sent?: string
  /** The options of TLS. */
  readonly tls?: RequestOptions
}

/** Sends a request to a proxy as AWS KMS does: signed by the SDK's own signer. `path` follows that of the proxy. */
export async function callProxy(
  url: string,
  path: string,
  body: unknown,
  options: CallOptions = {},
): Promise<RawAnswer> {
  const { credentials = firstCredential, region = 'us-east-2', service = 'kms-xks-proxy' } = options
  const { method = 'POST', signedAt = new Date(), change = headers => headers, unsigned } = options
  const target = new URL(url + path)
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum: false })
  const signed = await signer.sign(
    {
      ...{ method, protocol: target.protocol, hostname: target.hostname, port: Number(target.port) },
      ...{ path: target.pathname, query: {}, headers: { host: target.host }, body: text },
    },
    { signingDate: signedAt, ...(unsigned !== undefined && { unsignableHeaders: new Set([unsigned]) }) },
  )
  const headers = change({ ...signed.headers, 'content-type': 'application/json' })
  if (options.tls !== undefined)
    return await sendSecurely(target, { ...options.tls, method, headers }, options.sent ?? text)
  const answer = await fetch(target, {
    method,
    headers,
    ...(method === 'GET' ? {} : { body: options.sent ?? text }),
  })
  return toAnswer(answer.status, answer.headers, await answer.text())
}

function sendSecurely(url: URL, options: RequestOptions, body: string): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
  const sent = openRequest(url, { ...options, agent: false }, response => {
    readText(response).then(text => resolve(toAnswer(response.statusCode ?? 0, new Headers(), text)), reject)
  })
  sent.once('error', reject)
  sent.end(body)
  return promise
}

function toAnswer(status: number, headers: Headers, text: string): RawAnswer {
  return { status, headers, text, json: JSON.parse(text) as Record<string, unknown> }
}
