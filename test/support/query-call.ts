import { SignatureV4 } from '@smithy/signature-v4'
import { administratorOf, Sha256, type TestCredentials } from './clients.ts'

export interface QueryAnswer {
  readonly status: number
  readonly text: string
  /** The content of the first element of a name; undefined where there is none. */
  find(name: string): string | undefined
}

type Parameters = Readonly<Record<string, string>>

const versions = { iam: '2010-05-08', sts: '2011-06-15' } as const

/** Sends a call of the AWS Query protocol, signed with the SDK's own signer, with no help and no checks. */
export async function callQuery(
  server: { url: string; dataDirectory: string },
  service: keyof typeof versions,
  action: string,
  parameters: Parameters = {},
  credentials: TestCredentials = administratorOf(server),
): Promise<QueryAnswer> {
  const signer = new SignatureV4({ credentials, region: 'us-east-1', service, sha256: Sha256 })
  const url = new URL(server.url)
  const signed = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: '/',
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded' },
    query: {},
    body: formOf(service, action, parameters),
  })
  return await send(server, signed.body as string, signed.headers)
}

/** The same without any signature. */
export function callUnsigned(
  server: { url: string },
  service: keyof typeof versions,
  action: string,
  parameters: Parameters,
): Promise<QueryAnswer> {
  return send(server, formOf(service, action, parameters), {
    'content-type': 'application/x-www-form-urlencoded',
  })
}

function formOf(service: keyof typeof versions, action: string, parameters: Parameters): string {
  return new URLSearchParams({ Action: action, Version: versions[service], ...parameters }).toString()
}

async function send(
  server: { url: string },
  body: string,
  headers: Record<string, string>,
): Promise<QueryAnswer> {
  const response = await fetch(server.url, { method: 'POST', headers, body })
  const text = await response.text()
  return {
    status: response.status,
    text,
    find: name => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1],
  }
}
