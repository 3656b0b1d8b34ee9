import { now } from '../session/clock.ts'
import type { Credentials } from '../session/credentials.ts'
import { currentSession } from '../session/session.ts'
import { ApiError, readError } from './errors.ts'
import { type JsonTypes, readMembers, writeInput } from './json-members.ts'
import { type ServiceName, type ServiceOnWire, services } from './services.ts'
import { signedHeaders } from './signature.ts'
import { readXml, typedValue, type XmlElement, type XmlTypes } from './xml.ts'

export interface CallOptions {
  /** The Region of the call; services with one place have their own. */
  readonly region?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** The credentials of the session if absent. */
  readonly credentials?: Credentials | undefined
}

/** A call of an operation. Errors: `ApiError`. */
export type Call<I, O> = (input: I, options?: CallOptions) => Promise<O>

/** Returns the call of an operation of a JSON 1.1 service. `types` are the members of the answer that are not plain JSON. */
export function jsonCall<I extends object, O>(
  service: ServiceName,
  operation: string,
  types: JsonTypes = {},
): Call<I, O> {
  return async (input, options) => {
    const text = await callText(service, operation, writeInput(input), options)
    return readMembers<O>(text === '' ? {} : JSON.parse(text), types)
  }
}

/** Returns the call of an operation of an AWS Query service. Its answer is the object of the result element. */
export function queryCall<I extends object, O>(
  service: ServiceName,
  operation: string,
  types: XmlTypes = {},
): Call<I, O> {
  return async (input, options) => {
    const answer = await callXml(service, operation, formOf(input, 'member.'), options)
    const result = answer.children.find(({ name }) => name === `${operation}Result`)
    return (result === undefined ? {} : typedValue(result, types)) as O
  }
}

/** Returns the call of an operation of EC2. Its answer is the object of the whole answer, whose lists are named in `types`. */
export function ec2Call<I extends object, O>(operation: string, types: XmlTypes = {}): Call<I, O> {
  return async (input, options) =>
    typedValue(await callXml('ec2', operation, formOf(input, ''), options), types) as O
}

async function callXml(
  service: ServiceName,
  operation: string,
  form: Readonly<Record<string, string>>,
  options: CallOptions | undefined,
): Promise<XmlElement> {
  const version = services[service].prefixOrVersion
  const parameters = new URLSearchParams({ Action: operation, Version: version, ...form })
  return readXml(await callText(service, operation, parameters.toString(), options))
}

/** The parameters of an input: `Tags.member.1.Key` (AWS Query), `SubnetId.1` (EC2 Query, without a word for the members). */
function formOf(input: object, member: string, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(input).flatMap(([name, value]: [string, unknown]): [string, string][] => {
      const path = prefix + name
      if (value === undefined) return []
      if (Array.isArray(value)) {
        const members = Object.fromEntries(value.map((item, index) => [`${member}${index + 1}`, item]))
        return Object.entries(formOf(members, member, `${path}.`))
      }
      return typeof value === 'object' && value !== null
        ? Object.entries(formOf(value, member, `${path}.`))
        : [[path, String(value)]]
    }),
  )
}

/** Signs and sends a call. Returns the text of the answer. */
async function callText(
  service: ServiceName,
  operation: string,
  body: string,
  options: CallOptions = {},
): Promise<string> {
  const { signingName, protocol, prefixOrVersion, region }: ServiceOnWire = services[service]
  const credentials = options.credentials ?? currentSession()?.credentials
  if (credentials === undefined)
    throw new ApiError({ code: 'SignedOut', text: 'You are signed out.', status: 0 })
  const headers: Record<string, string> =
    protocol === 'json'
      ? { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${prefixOrVersion}.${operation}` }
      : { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  const unsigned = {
    ...{ host: location.host, headers, body, service: signingName, time: now() },
    region: region ?? options.region ?? 'us-east-1',
  }
  const signed = credentials.isAnonymous === true ? headers : signedHeaders(unsigned, credentials)
  const { status, ok, text, answered } = await send(body, signed, options.signal)
  if (ok) return text
  throw readError(protocol, status, text, answered, now())
}

async function send(body: string, headers: Record<string, string>, signal: AbortSignal | undefined) {
  try {
    const response = await fetch('/', { method: 'POST', body, headers, ...(signal && { signal }) })
    const { status, ok, headers: answered } = response
    return { status, ok, answered, text: await response.text() }
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw new ApiError({ code: 'NetworkError', text: 'The server does not answer.', status: 0 })
  }
}
