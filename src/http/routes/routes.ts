import { ServiceError, toServiceError } from '../../domain/index.ts'
import type { Answer, Call, Caller, RefusedRequest, Service } from '../../operation/index.ts'
import { type AddressRanges, type Eventual, uuid } from '../../std/index.ts'
import type { WireAnswer } from '../answer.ts'
import { awsJson, byTargetPrefix, routeJson } from '../protocols/aws-json.ts'
import type { Protocol, Route } from '../protocols/protocol.ts'
import { isQuery, QueryProtocol } from '../protocols/query/aws-query.ts'
import type { WireRequest } from '../request.ts'
import { checkHost, checkNotFromPage } from './browsers.ts'
import { answerPreflight, type CorsOrigins, corsLinesFor, isPreflight } from './cors.ts'
import { clientBehind } from './forwarded-for.ts'
import { namesInForm, namesInTarget, toRefused } from './refused-requests.ts'
import { renderAnswer, renderRefusal, toCall } from './service-calls.ts'
import { answerClock, type TestClock, testClockPath } from './test-clock.ts'

/** Finds out what is wrong with a request by its head alone. Both functions throw the ServiceError of the refusal. */
export interface HeadJudge {
  /** Judges the head; the service is undefined if only the body says which one is called. */
  readonly judgeHead: (request: WireRequest, service: Service | undefined) => Eventual<void>
  /** Judges as much of the head as can be judged at once. */
  readonly checkClaim: (request: WireRequest, service: Service) => unknown
}

/** The settings of `Routes`, and the parts that they work with. */
export interface RoutesOptions {
  /** Performs a call. Never rejects. */
  readonly perform: (call: Call) => Promise<Answer>
  /** Records a request that is refused before it is a call. Never rejects; the answer has the error that is returned. */
  readonly recordRefusal: (refused: RefusedRequest) => Promise<Answer>
  /** Authenticates the caller of a request. Throws ServiceError. */
  readonly authenticate: (request: WireRequest, service: Service) => Eventual<Caller>
  /** Judges requests before they are authenticated; undefined if no head refuses a request. */
  readonly heads: HeadJudge | undefined
  readonly services: readonly Service[]
  /**
   * Whether requests of web pages are refused. With authentication off, any page in a local browser could use the
   * server.
   */
  readonly refusesWebPages: boolean
  /** The web pages that may call the server, if it does not refuse all of them; undefined for none. */
  readonly corsOrigins: CorsOrigins | undefined
  /** The proxies whose X-Forwarded-For is believed; undefined for none. */
  readonly forwardingProxies: AddressRanges | undefined
  /** A clock that clients may set forward; undefined outside of test mode. */
  readonly testClock: TestClock | undefined
  /** Called for every fault of the server, with its cause. */
  readonly onFault: (error: ServiceError, requestId: string) => void
}

/** Routes each request to the part that answers it: the test clock or a service. */
export class Routes {
  readonly #options: RoutesOptions
  readonly #jsonServices: ReadonlyMap<string, Service>
  readonly #query: QueryProtocol
  readonly #corsOrigins: CorsOrigins | undefined

  constructor(options: RoutesOptions) {
    this.#options = options
    // With authentication off, any page that can read answers could use the server.
    this.#corsOrigins = options.refusesWebPages ? undefined : options.corsOrigins
    this.#jsonServices = byTargetPrefix(options.services)
    this.#query = new QueryProtocol(options.services)
  }

  /** Answers a request. Never rejects. */
  answer(request: WireRequest): Promise<WireAnswer> {
    const protocol = this.#protocolOf(request)
    try {
      return this.#answer(request, protocol)
    } catch (thrown) {
      return this.#refuse(request, protocol, thrown)
    }
  }

  #answer(request: WireRequest, protocol: Protocol): Promise<WireAnswer> {
    const testClock = this.#clockFor(request)
    if (testClock !== undefined)
      return answerClock(testClock, request).catch(thrown => this.#unrecorded(protocol, thrown, uuid()))
    const origins = this.#originsFor(request)
    if (origins !== undefined && isPreflight(origins, request))
      return Promise.resolve(answerPreflight(request))
    this.#checkWire(request, protocol)
    if (protocol === awsJson) return this.#perform(request, this.#routeJson(request))
    return this.#routeForm(request).then(
      route => this.#perform(request, route),
      thrown => this.#refuse(request, protocol, thrown),
    )
  }

  #perform(request: WireRequest, route: Route): Promise<WireAnswer> {
    return this.#rendered(route, this.#options.perform(this.#callOf(request, route)))
  }

  // A function of its own: the request is garbage while its answer waits for the audit log.
  #rendered({ protocol, operation }: Route, answer: Promise<Answer>): Promise<WireAnswer> {
    return answer.then(given => {
      try {
        return renderAnswer(protocol, operation, given)
      } catch (thrown) {
        return this.#unrecorded(protocol, thrown, given.requestId)
      }
    })
  }

  /** Answers with an error that has no record of its own: it is in the record of the call, or is for no AWS service. */
  #unrecorded(protocol: Protocol, thrown: unknown, requestId: string): WireAnswer {
    const error = toServiceError(thrown)
    this.#report(error, requestId)
    return renderRefusal(protocol, error, requestId)
  }

  /** Answers a request that is no call, once its record is durable. */
  #refuse(request: WireRequest, protocol: Protocol, thrown: unknown): Promise<WireAnswer> {
    const error = toServiceError(thrown)
    const glance = protocol === awsJson ? undefined : this.#query.glanceAt(request)
    const names = glance === undefined ? namesInTarget(request, this.#jsonServices) : namesInForm(glance)
    const answering = glance === undefined ? protocol : this.#query.protocolForRefusal(glance)
    return this.#options.recordRefusal(toRefused(this.#fromClient(request), names, error)).then(answer => {
      this.#report(error, answer.requestId)
      return renderRefusal(answering, answer.error ?? error, answer.requestId)
    })
  }

  #report(error: ServiceError, requestId: string): void {
    if (error.cause !== undefined) this.#options.onFault(error, requestId)
  }

  /**
   * Answers a call that its head refuses, while its body has not arrived; returns undefined if the body is needed. That of a
   * form is: without it nobody knows which operation is called, and the call could not be recorded.
   */
  refuseByHead(request: WireRequest): Promise<WireAnswer> | undefined {
    const { heads } = this.#options
    const isForClock = this.#clockFor(request) !== undefined
    if (heads === undefined || isForClock || this.#protocolOf(request) !== awsJson) return undefined
    try {
      this.#checkWire(request, awsJson)
      const route = this.#routeJson(request)
      if (route.operation.identify !== undefined) return undefined
      const refusal = errorOf(() => heads.checkClaim(request, route.service))
      if (refusal === undefined) return undefined
      return this.#perform(request, { ...route, refusal })
    } catch {
      // It is no call, and is refused when it is whole.
      return undefined
    }
  }

  #routeJson(request: WireRequest): Route {
    const route = routeJson(request, this.#jsonServices)
    checkReach(request, route.service)
    return route
  }

  async #routeForm(request: WireRequest): Promise<Route> {
    const route = await this.#findForm(request)
    checkReach(request, route.service)
    return route
  }

  /** Finds the operation of a request of AWS Query. Its form is read only if the head does not refuse the request. */
  async #findForm(request: WireRequest): Promise<Route> {
    const { heads } = this.#options
    if (heads === undefined) return this.#query.route(request)
    const { service, operation, problem } = this.#query.glanceAt(request)
    if (operation?.identify !== undefined) return this.#query.route(request)
    try {
      await heads.judgeHead(request, service)
    } catch (refusal) {
      if (service === undefined || operation === undefined) throw problem ?? refusal
      return this.#query.refusedRoute(service, operation, refusal)
    }
    return this.#query.route(request)
  }

  #callOf(request: WireRequest, route: Route): Call {
    return toCall(this.#fromClient(request), route, () => {
      if (route.refusal !== undefined) throw route.refusal
      return this.#options.authenticate(request, route.service)
    })
  }

  /** Answers a request that was not received whole, or whose head has two meanings. Never rejects. */
  refuse(request: WireRequest, error: ServiceError): Promise<WireAnswer> {
    return this.#refuse(request, this.#protocolOf(request), error)
  }

  /** Returns the header lines with which the page that sent a request can read the answer. The test clock is for no page. */
  corsLinesFor(request: WireRequest): string {
    return request.path === testClockPath ? '' : corsLinesFor(this.#originsFor(request), request)
  }

  /**
   * The web pages that may call at the listener of a request; undefined for none. No page may call at a VPC endpoint: a policy that
   * demands the endpoint takes the client's network for a proof, and a page of anybody would have that of the browser that
   * shows it.
   */
  #originsFor({ endpoint }: WireRequest): CorsOrigins | undefined {
    return endpoint === undefined ? this.#corsOrigins : undefined
  }

  /** The test clock, if a request is for it. VPC endpoints do not lead there. */
  #clockFor({ path, endpoint }: WireRequest): TestClock | undefined {
    return path === testClockPath && endpoint === undefined ? this.#options.testClock : undefined
  }

  /**
   * The request with the address of the client that trusted proxies name. Nobody states an address at a VPC endpoint, whose
   * security groups admitted the peer.
   */
  #fromClient(request: WireRequest): WireRequest {
    const { forwardingProxies } = this.#options
    const forwardedFor = request.headers['x-forwarded-for']
    if (forwardingProxies === undefined || forwardedFor === undefined || request.endpoint !== undefined)
      return request
    return { ...request, remoteAddress: clientBehind(forwardingProxies, request.remoteAddress, forwardedFor) }
  }

  #protocolOf(request: WireRequest): Protocol {
    return isQuery(request) ? this.#query.anonymous : awsJson
  }

  #checkWire(request: WireRequest, protocol: Protocol): void {
    const isJson = protocol === awsJson
    if (request.path !== '/') throw wrongPath(request.path)
    const hasMethod = request.method === 'POST' || (request.method === 'GET' && !isJson)
    if (!hasMethod) throw wrongMethod()
    if (!this.#options.refusesWebPages) return
    checkHost(request)
    if (!isJson) checkNotFromPage(request)
  }
}

/** Refuses a call of a service that the VPC endpoint of a request does not lead to. Throws UnknownOperationException. */
function checkReach({ endpoint }: WireRequest, service: Service): void {
  if (endpoint === undefined || endpoint.service === service.name) return
  throw new ServiceError(
    'UnknownOperationException',
    `The VPC endpoint leads to the service ${endpoint.service} alone.`,
    { reason: 'not the service of the VPC endpoint' },
  )
}

/** Returns what a function throws; undefined if it throws nothing. */
function errorOf(act: () => void): unknown {
  try {
    act()
    return undefined
  } catch (error) {
    return error
  }
}

// AWS sends no text with these errors. A user whose endpoint URL has a path, or ends with a slash to which the client adds another,
// needs to know.

const wrongPath = (path: string) =>
  new ServiceError(
    'UnknownOperationException',
    `The path of the request must be /${isShowable(path) ? `, not ${path}` : ''}. The endpoint URL of the client may have a path.`,
    { reason: 'wrong path' },
  )

/** Text from the client is repeated only if it is short and plain. */
const isShowable = (path: string) => /^[\w/.~-]{1,100}$/.test(path)

const wrongMethod = () =>
  new ServiceError('UnknownOperationException', 'The method of the request must be POST.', {
    reason: 'wrong method',
  })
