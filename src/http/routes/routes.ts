import { ServiceError, toServiceError } from '../../domain/index.ts'
import type { Service } from '../../operation/index.ts'
import { uuid } from '../../std/index.ts'
import type { WireAnswer } from '../listener/answer.ts'
import { checkLoopbackHost, checkNotFromPage } from '../listener/browsers.ts'
import type { WireRequest } from '../listener/request.ts'
import { awsJson, routeJson } from '../protocols/aws-json.ts'
import type { Protocol } from '../protocols/protocol.ts'
import { isQuery, QueryProtocol } from '../protocols/query/aws-query.ts'
import { type ServiceCallOptions, ServiceCalls } from './service-calls.ts'
import { answerClock, type TestClock, testClockPath } from './test-clock.ts'

export interface RoutesOptions extends ServiceCallOptions {
  readonly services: readonly Service[]
  /** Refuses a Host header that is not the server's own: with authentication off, no web page may reach it through a browser. */
  readonly checkHost: boolean
  /** A clock that clients may set forward; undefined outside of test mode. */
  readonly testClock: TestClock | undefined
  readonly onFault: (error: ServiceError) => void
}

/** The way of a whole request to whatever answers it. */
export class Routes {
  readonly #options: RoutesOptions
  readonly #jsonServices: ReadonlyMap<string, Service>
  readonly #query: QueryProtocol
  readonly #calls: ServiceCalls

  constructor(options: RoutesOptions) {
    this.#options = options
    const jsonServices = options.services.filter(service => service.protocol === 'json')
    this.#jsonServices = new Map(jsonServices.map(service => [service.targetPrefix, service]))
    this.#query = new QueryProtocol(options.services)
    this.#calls = new ServiceCalls(options)
  }

  /** Answers a request. Never rejects. */
  async answer(request: WireRequest): Promise<WireAnswer> {
    const spoken = this.#protocolOf(request)
    try {
      const { testClock } = this.#options
      if (testClock !== undefined && request.path === testClockPath) {
        return await answerClock(testClock, request)
      }
      this.#checkWire(request, spoken)
      const route = spoken === awsJson ? routeJson(request, this.#jsonServices) : this.#query.route(request)
      return await this.#calls.answer(request, route)
    } catch (thrown) {
      const error = toServiceError(thrown)
      if (error.cause !== undefined) this.#options.onFault(error)
      return refusalOf(spoken, error)
    }
  }

  /** The answer to a request whose body was refused. */
  refuse(request: WireRequest, error: ServiceError): WireAnswer {
    return refusalOf(this.#protocolOf(request), error)
  }

  #protocolOf(request: WireRequest): Protocol {
    return isQuery(request) ? this.#query.anonymous : awsJson
  }

  #checkWire(request: WireRequest, spoken: Protocol): void {
    const isJson = spoken === awsJson
    const hasMethod = request.method === 'POST' || (request.method === 'GET' && !isJson)
    if (!hasMethod || request.path !== '/') {
      throw new ServiceError('UnknownOperationException', undefined, { reason: 'not POST /' })
    }
    if (!this.#options.checkHost) return
    checkLoopbackHost(request)
    if (!isJson) checkNotFromPage(request)
  }
}

function refusalOf(protocol: Protocol, error: ServiceError): WireAnswer {
  const requestId = uuid()
  return { ...protocol.renderError(error, requestId), contentType: protocol.contentType, requestId }
}
