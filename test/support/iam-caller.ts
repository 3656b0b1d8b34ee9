import assert from 'node:assert/strict'
import { IAM, IAMServiceException } from '@aws-sdk/client-iam'
import { SignatureV4 } from '@smithy/signature-v4'
import { administratorOf, Sha256, type TestCredentials } from './clients.ts'

interface Server {
  readonly url: string
  readonly dataDirectory: string
}

export interface IamCallerOptions {
  readonly credentials?: TestCredentials
  readonly region?: string
}

/** The real SDK's client of IAM; it does not retry, so that tests see the first answer. */
export function iamClient(
  server: Server,
  { credentials = administratorOf(server), region = 'us-east-1' }: IamCallerOptions = {},
): IAM {
  return new IAM({ endpoint: server.url, region, credentials, maxAttempts: 1 })
}

export interface XmlAnswer {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

/** Signs a form of these parameters and sends it, with no help and no checks from the SDK. */
export async function callQuery(
  server: Server,
  body: string | Readonly<Record<string, string>>,
  options: IamCallerOptions & {
    readonly service?: string
    readonly headers?: Readonly<Record<string, string>>
  } = {},
): Promise<XmlAnswer> {
  const {
    credentials = administratorOf(server),
    region = 'us-east-1',
    service = 'iam',
    headers = {},
  } = options
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 })
  const url = new URL(server.url)
  const form = typeof body === 'string' ? body : new URLSearchParams(body).toString()
  const request: Parameters<SignatureV4['presign']>[0] = {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: '/',
    headers: {
      host: url.host,
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      ...headers,
    },
    query: {},
    body: form,
  }
  const signed = await signer.sign(request)
  return await sendQuery(server, form, signed.headers)
}

export async function sendQuery(
  { url }: { readonly url: string },
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<XmlAnswer> {
  const response = await fetch(url, { method: 'POST', headers, body })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

/** The parameters of a call of IAM. */
export const iamForm = (action: string, parameters: Readonly<Record<string, string>> = {}) => ({
  Action: action,
  Version: '2010-05-08',
  ...parameters,
})

/** Asserts that a call of the SDK is refused with this code, status and text. */
export async function isRefused(
  call: Promise<unknown>,
  code: string,
  status: number,
  text?: string | RegExp,
): Promise<void> {
  const error = await call.then(
    () => assert.fail(`${code} was expected`),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof IAMServiceException, String(error))
  const told = (error as { Error?: { Code?: string } }).Error?.Code ?? error.name
  assert.deepEqual([told, error.$metadata.httpStatusCode], [code, status], error.message)
  assert.match(error.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/)
  if (typeof text === 'string') assert.equal(error.message, text)
  else if (text !== undefined) assert.match(error.message, text)
}

/** An identity policy of one statement. */
export function identityPolicy(
  Action: string | string[],
  Resource: string | string[] = '*',
  more: object = {},
): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource, ...more } })
}

/** A trust policy that lets in a principal. */
export function trustPolicy(principal: object = { Service: 'ec2.amazonaws.com' }): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' },
  })
}
