import type { ServiceError } from '../../domain/index.ts'
import type { Answer, Call, Caller, Service, ServiceClaims } from '../../operation/index.ts'
import type { Eventual } from '../../std/index.ts'
import type { WireAnswer } from '../listener/answer.ts'
import type { WireHeaders, WireRequest } from '../listener/request.ts'
import type { Protocol, Route } from '../protocols/protocol.ts'

/** The functions that authenticate and perform a call. */
export interface ServiceCallOptions {
  /** Performs a call. Never rejects. */
  readonly perform: (call: Call) => Promise<Answer>
  /** Authenticates the caller of a request. Throws ServiceError. */
  readonly authenticate: (request: WireRequest, service: Service) => Eventual<Caller>
}

/** Performs the operation that a request calls, and renders its answer. */
export async function answerServiceCall(
  request: WireRequest,
  { service, operation, protocol, readInput }: Route,
  { perform, authenticate }: ServiceCallOptions,
): Promise<WireAnswer> {
  const { requestId, output, error } = await perform({
    service,
    operation,
    authenticate: () => authenticate(request, service),
    readInput,
    sourceIpAddress: request.remoteAddress,
    userAgent: request.headers['user-agent'],
    referer: request.headers['referer'],
    isSecure: false,
    serviceClaims: readServiceClaims(request.headers),
  })
  if (error !== undefined) return renderRefusal(protocol, error, requestId)
  const body = protocol.renderOutput(operation, output, requestId)
  return { status: 200, contentType: protocol.contentType, body, requestId }
}

/** Renders an error as a whole answer. */
export function renderRefusal(protocol: Protocol, error: ServiceError, requestId: string): WireAnswer {
  return { ...protocol.renderError(error, requestId), contentType: protocol.contentType, requestId }
}

/** Returns the headers that describe a call by a service; undefined if the request has none of them. */
function readServiceClaims(headers: WireHeaders): ServiceClaims | undefined {
  const onBehalfOf = headers['x-amz-keyward-on-behalf-of']
  const sourceArn = headers['x-amz-source-arn']
  const sourceAccount = headers['x-amz-source-account']
  if (onBehalfOf === undefined && sourceArn === undefined && sourceAccount === undefined) return undefined
  return { onBehalfOf, sourceArn, sourceAccount }
}
