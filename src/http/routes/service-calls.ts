import type { ServiceError } from '../../domain/index.ts'
import type { Answer, Call, Operation, ServiceClaims } from '../../operation/index.ts'
import type { WireAnswer } from '../answer.ts'
import type { Protocol, Route } from '../protocols/protocol.ts'
import type { WireHeaders, WireRequest } from '../request.ts'

/** The call that a request makes. */
export function toCall(
  { remoteAddress, tls, endpoint, headers, clientGone }: WireRequest,
  { service, operation, readInput }: Route,
  authenticate: Call['authenticate'],
): Call {
  return {
    service,
    operation,
    authenticate,
    readInput,
    ...(clientGone && { clientGone }),
    sourceIpAddress: remoteAddress,
    userAgent: headers['user-agent'],
    host: headers['host'],
    referer: headers['referer'],
    traceparent: headers['traceparent'],
    tlsDetails: tls && { connection: tls, clientProvidedHostHeader: headers['host'] },
    endpoint,
    serviceClaims: readServiceClaims(headers),
  }
}

/** The answer to a call, in the protocol of its service. */
export function renderAnswer(
  protocol: Protocol,
  operation: Operation,
  { requestId, output, error, authorizationMessage }: Answer,
): WireAnswer {
  if (error !== undefined) return { ...renderRefusal(protocol, error, requestId), authorizationMessage }
  const body = protocol.renderOutput(operation, output, requestId)
  return { status: 200, contentType: protocol.contentType, body, requestId }
}

/** An error as a whole answer. */
export function renderRefusal(protocol: Protocol, error: ServiceError, requestId: string): WireAnswer {
  const { status, body } = protocol.renderError(error, requestId)
  return { status, contentType: protocol.contentType, body, requestId }
}

/** The claims of a service about its call; undefined if the headers have none. */
function readServiceClaims(headers: WireHeaders): ServiceClaims | undefined {
  const onBehalfOf = headers['x-amz-keyward-on-behalf-of']
  const sourceArn = headers['x-amz-source-arn']
  const sourceAccount = headers['x-amz-source-account']
  const [accessKeyId, token] = [
    headers['x-amz-keyward-access-key-id'],
    headers['x-amz-keyward-session-token'],
  ]
  const hasSession = accessKeyId !== undefined || token !== undefined
  if (onBehalfOf === undefined && sourceArn === undefined && sourceAccount === undefined && !hasSession)
    return undefined
  // Half a session is none that exists.
  const session = hasSession ? { accessKeyId: accessKeyId ?? '', token: token ?? '' } : undefined
  return { onBehalfOf, session, sourceArn, sourceAccount }
}
