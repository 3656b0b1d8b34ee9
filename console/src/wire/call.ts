import type { Credentials } from '../session/credentials.ts'
import { currentSession } from '../session/session.ts'
import { ApiError } from './errors.ts'
import { type ServiceName, type ServiceOnWire, services } from './services.ts'
import { signedHeaders } from './signature.ts'

export interface CallOptions {
  /** The Region of the call; services with one place have their own. */
  readonly region?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Those of the session unless given. */
  readonly credentials?: Credentials | undefined
}

/** The text of a signed call's answer. Errors: `ApiError`. */
export async function callText(
  service: ServiceName,
  operation: string,
  body: string,
  options: CallOptions = {},
): Promise<string> {
  const { signingName, protocol, prefixOrVersion, region }: ServiceOnWire = services[service]
  const credentials = options.credentials ?? currentSession()?.credentials
  if (credentials === undefined)
    throw new ApiError({ code: 'ExpiredToken', text: 'You are signed out.', status: 0 })
  const headers: Record<string, string> =
    protocol === 'json'
      ? { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${prefixOrVersion}.${operation}` }
      : { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  const unsigned = {
    host: location.host,
    headers,
    body,
    region: region ?? options.region ?? 'us-east-1',
    service: signingName,
    time: new Date(),
  }
  const response = await fetch('/', {
    method: 'POST',
    body,
    headers: signedHeaders(unsigned, credentials),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  const text = await response.text()
  if (!response.ok) throw new ApiError({ code: 'Unknown', text, status: response.status })
  return text
}

/** A signed call of a JSON 1.1 service. */
export async function callJson<O>(
  service: ServiceName,
  operation: string,
  input: object,
  options?: CallOptions,
): Promise<O> {
  return JSON.parse(await callText(service, operation, JSON.stringify(input), options)) as O
}
