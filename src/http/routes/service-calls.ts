import type { Answer, Call, Caller, Service, ServiceClaims } from '../../operation/index.ts'
import type { Eventual } from '../../std/index.ts'
import type { WireAnswer } from '../listener/answer.ts'
import type { WireHeaders, WireRequest } from '../listener/request.ts'
import type { Route } from '../protocols/protocol.ts'

export interface ServiceCallOptions {
  /** Performs a call. Never rejects. */
  readonly perform: (call: Call) => Promise<Answer>
  /** Proves who sent a request. Throws ServiceError. */
  readonly authenticate: (request: WireRequest, service: Service) => Eventual<Caller>
}

/** Requests to the services' operations. */
export class ServiceCalls {
  readonly #options: ServiceCallOptions

  constructor(options: ServiceCallOptions) {
    this.#options = options
  }

  async answer(request: WireRequest, route: Route): Promise<WireAnswer> {
    const { service, operation, protocol, readInput } = route
    const { requestId, output, error } = await this.#options.perform({
      service,
      operation,
      authenticate: () => this.#options.authenticate(request, service),
      readInput,
      sourceIpAddress: request.remoteAddress,
      userAgent: request.headers['user-agent'],
      referer: request.headers['referer'],
      isSecure: false,
      serviceClaims: readServiceClaims(request.headers),
    })
    const { contentType } = protocol
    if (error !== undefined) return { ...protocol.renderError(error, requestId), contentType, requestId }
    return { status: 200, contentType, body: protocol.renderOutput(operation, output, requestId), requestId }
  }
}

/** What the headers say of a call that a service makes; undefined where they say nothing. */
function readServiceClaims(headers: WireHeaders): ServiceClaims | undefined {
  const onBehalfOf = headers['x-amz-keyward-on-behalf-of']
  const sourceArn = headers['x-amz-source-arn']
  const sourceAccount = headers['x-amz-source-account']
  if (onBehalfOf === undefined && sourceArn === undefined && sourceAccount === undefined) return undefined
  return { onBehalfOf, sourceArn, sourceAccount }
}
