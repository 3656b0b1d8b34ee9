import { isUtf8 } from 'node:buffer'
import { type ErrorCode, ServiceError } from '../../domain/index.ts'
import type { Service } from '../../operation/index.ts'
import { parseJson, SerializationProblem } from '../../std/index.ts'
import type { WireRequest } from '../request.ts'
import { hasTooManyValues } from './json-size.ts'
import type { Protocol, Route } from './protocol.ts'

const contentType = 'application/x-amz-json-1.1'

/** The AWS JSON 1.1 protocol (Smithy, "AWS JSON 1.1 protocol"). */
export const awsJson: Protocol = {
  contentType,
  renderOutput: (_operation, output) => (output === undefined ? '' : JSON.stringify(output)),
  renderError: error => ({ status: error.status, body: renderError(error, 'message') }),
}

/** The same for services whose own errors have a text with the name `Message` (recorded from AWS: aws-sdk-go-v2#1957). */
const capitalizing: Protocol = {
  ...awsJson,
  renderError: error => ({
    status: error.status,
    body: renderError(error, commonErrors.has(error.code) ? 'message' : 'Message'),
  }),
}

/** The errors that come from the front end of all services (AWS, "Common errors"). */
const commonErrors: ReadonlySet<ErrorCode> = new Set([
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InternalFailure',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'RequestEntityTooLargeException',
  'SerializationException',
  'ServiceUnavailableException',
  'ThrottlingException',
  'UnknownOperationException',
  'UnrecognizedClientException',
  'ValidationException',
])

/** Returns the services by each of their target prefixes. */
export function byTargetPrefix(services: readonly Service[]): ReadonlyMap<string, Service> {
  return new Map(
    services.flatMap(service =>
      service.protocol === 'json'
        ? [service.targetPrefix, ...(service.otherTargetPrefixes ?? [])].map(
            prefix => [prefix, service] as const,
          )
        : [],
    ),
  )
}

/** Finds the operation of a request; `services` are by target prefix. Throws UnknownOperationException. */
export function routeJson(request: WireRequest, services: ReadonlyMap<string, Service>): Route {
  if (!isAwsJson(request.headers['content-type'])) {
    throw unknownOperation('wrong content type', `The Content-Type of the request must be ${contentType}.`)
  }
  const target = request.headers['x-amz-target'] ?? ''
  if (target === '') throw unknownOperation('no target', 'The request has no X-Amz-Target header.')
  // A prefix may have dots, the name of an operation has none.
  const dot = target.lastIndexOf('.')
  const service = services.get(target.slice(0, Math.max(dot, 0)))
  const operation = service?.operations.get(target.slice(dot + 1))
  if (service === undefined || operation === undefined) {
    const name = target.slice(dot + 1)
    const isNotBuilt = service?.notBuilt?.includes(name) === true
    throw unknownOperation('unknown target', isNotBuilt ? notBuiltText(name) : unknownTargetText(target))
  }
  const protocol =
    service.protocol === 'json' && service.capitalizesErrorTexts === true ? capitalizing : awsJson
  return { service, operation, protocol, readInput: () => readJsonBody(request.body) }
}

/** Whether a Content-Type is that of the protocol. SDKs send it as it stands here. */
function isAwsJson(given: string | undefined): boolean {
  if (given === contentType) return true
  const [mediaType = ''] = (given ?? '').split(';', 1)
  return mediaType.trim().toLowerCase() === contentType
}

// AWS sends no text with these errors, but a user has to find the mistake.

const notBuiltText = (name: string) => `The operation ${name} is not available in this version of Keyward.`

/** Text from the client is repeated only if it looks like a target. */
function unknownTargetText(target: string): string {
  const shown = /^[\w.-]{1,128}$/.test(target) ? `: ${target}` : ''
  return `The X-Amz-Target header of the request names no operation of this server${shown}.`
}

const unknownOperation = (reason: string, text: string) =>
  new ServiceError('UnknownOperationException', text, { reason })

/** Parses the body as JSON; an empty body has no parameters. Throws SerializationProblem. */
function readJsonBody(body: Buffer): unknown {
  if (body.length === 0) return {}
  if (!isUtf8(body)) throw new SerializationProblem('')
  if (hasTooManyValues(body)) throw new SerializationProblem('The document has too many values')
  try {
    return parseJson(body.toString('utf8'))
  } catch {
    throw new SerializationProblem('')
  }
}

/**
 * Renders `{"__type", "message"}` as recorded from AWS: AccessDeniedException spells the member `Message`, and some
 * errors have no text.
 */
function renderError({ code, text }: ServiceError, member: 'message' | 'Message'): string {
  if (text === undefined) return JSON.stringify({ __type: code })
  return code === 'AccessDeniedException'
    ? JSON.stringify({ __type: code, Message: text })
    : JSON.stringify({ __type: code, [member]: text })
}
