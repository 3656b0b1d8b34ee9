import type { Answer, Call, ServiceClaims } from '../../operation/index.ts'
import type { WireAnswer } from '../listener/answer.ts'
import type { WireHeaders, WireRequest } from '../listener/request.ts'
import type { Route } from '../protocols/protocol.ts'

/** The call that a request makes. */
export function toCall(
  { remoteAddress, headers }: WireRequest,
  { service, operation, readInput }: Route,
  authenticate: Call['authenticate'],
): Call {
  return {
    service,
    operation,
    authenticate,
    readInput,
    sourceIpAddress: remoteAddress,
    userAgent: headers['user-agent'],
    referer: headers['referer'],
    isSecure: false,
    serviceClaims: readServiceClaims(headers),
  }
}

/** The answer to a call, in the protocol of its service. */
export function renderAnswer(
  { protocol, operation }: Route,
  { requestId, output, error }: Answer,
): WireAnswer {
  const { contentType } = protocol
  if (error === undefined) {
    return { status: 200, contentType, body: protocol.renderOutput(operation, output, requestId), requestId }
  }
  const { status, body } = protocol.renderError(error, requestId)
  return { status, contentType, body, requestId }
}

/** The claims of a service about its call; undefined if the headers have none. */
function readServiceClaims(headers: WireHeaders): ServiceClaims | undefined {
  const onBehalfOf = headers['x-amz-keyward-on-behalf-of']
  const sourceArn = headers['x-amz-source-arn']
  const sourceAccount = headers['x-amz-source-account']
  if (onBehalfOf === undefined && sourceArn === undefined && sourceAccount === undefined) return undefined
  return { onBehalfOf, sourceArn, sourceAccount }
}
