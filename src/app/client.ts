import { hmacSha256, OperatorError, sha256Hex, systemClock } from '../std/index.ts'
import { readAdministratorKey } from './config/administrator-key.ts'
import type { Config } from './config/config.ts'
import type { AccessKeyPair } from './config/credentials-file.ts'
import { LocalServer } from './local-server.ts'

const serviceName = 'keyward'
const contentType = 'application/x-amz-json-1.1'

interface Credentials extends AccessKeyPair {
  readonly sessionToken: string | undefined
}

/**
 * Calls an operation of the server that runs on the configured data directory, and returns the answer. It uses the
 * credentials of the environment, or else those of the administrator. Throws OperatorError if there is no server or if
 * it refuses the call.
 */
export async function callServer(
  config: Config,
  operation: string,
  input: object,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<unknown> {
  const server = new LocalServer(config)
  const credentials = environmentCredentials(environment) ?? {
    ...readAdministratorKey(config),
    sessionToken: undefined,
  }
  const { sessionToken } = credentials
  const body = JSON.stringify(input)
  const headers = {
    'content-type': contentType,
    host: server.host,
    'x-amz-date': new Date(systemClock.now()).toISOString().replaceAll(/[:-]|\.\d{3}/g, ''),
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
    'x-amz-target': `Keyward.${operation}`,
  }
  const authorization = sign(headers, body, server.region, credentials)
  const { status, json } = await server.send({
    method: 'POST',
    path: '/',
    headers: { ...headers, authorization },
    body,
  })
  if (status === 200) return json
  const answer = json as { __type?: string; message?: string; Message?: string }
  throw new OperatorError(answer.message ?? answer.Message ?? answer.__type ?? `HTTP ${status}`)
}

/** Returns the credentials that the AWS CLI and SDKs take from the environment; undefined if there are none. */
function environmentCredentials({
  AWS_ACCESS_KEY_ID: accessKeyId = '',
  AWS_SECRET_ACCESS_KEY: secret = '',
  AWS_SESSION_TOKEN: sessionToken,
}: NodeJS.ProcessEnv): Credentials | undefined {
  if (accessKeyId === '' && secret === '') return undefined
  if (accessKeyId !== '' && secret !== '')
    return { accessKeyId, secret, sessionToken: sessionToken || undefined }
  throw new OperatorError('Set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither of them.')
}

/**
 * Signs a POST to `/` with Signature Version 4 (AWS General Reference, "Create a signed AWS API request"); `headers`
 * are in the order of their names.
 */
function sign(
  headers: Readonly<Record<string, string>> & { readonly 'x-amz-date': string },
  body: string,
  region: string,
  { accessKeyId, secret }: Credentials,
): string {
  const { 'x-amz-date': amzDate } = headers
  const scope = [amzDate.slice(0, 8), region, serviceName, 'aws4_request']
  const names = Object.keys(headers).join(';')
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
  const canonical = `POST\n/\n\n${lines.join('')}\n${names}\n${sha256Hex(body)}`
  const text = `AWS4-HMAC-SHA256\n${amzDate}\n${scope.join('/')}\n${sha256Hex(canonical)}`
  const key = scope.reduce<Buffer>(
    (previous, part) => hmacSha256(previous, part),
    Buffer.from(`AWS4${secret}`),
  )
  const signature = hmacSha256(key, text).toString('hex')
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.join('/')}, SignedHeaders=${names}, Signature=${signature}`
}
