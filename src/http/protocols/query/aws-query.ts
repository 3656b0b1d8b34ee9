import { ServiceError } from '../../../domain/index.ts'
import type { Operation, Service } from '../../../operation/index.ts'
import type { WireRequest } from '../../request.ts'
import { awsJson } from '../aws-json.ts'
import type { Protocol, Route } from '../protocol.ts'
import { ec2Protocol, readEc2Input } from './ec2-protocol.ts'
import { nestParameters, parseForm, parseFormBody } from './form.ts'
import { readForm } from './form-input.ts'
import { queryProtocol } from './query-protocol.ts'

type QueryService = Exclude<Service, { protocol: 'json' }>

/** The XML namespace of errors for requests that name no service. */
const faultNamespace = 'http://webservices.amazon.com/AWSFault/2005-15-09'

/** Whether a request uses the AWS Query protocol: its body is a form, or its URL has the parameters. */
export function isQuery({ method, query, headers }: WireRequest): boolean {
  if (method === 'GET') return /(?:^|&)Action=/.test(query)
  const type = headers['content-type']
  // Nearly every request is for KMS.
  if (type === undefined || type === awsJson.contentType) return false
  return /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)
}

/** The finds of a short look at a form. */
export interface Glance {
  readonly service: QueryService | undefined
  /** The name of the operation, as the form has it. */
  readonly action: string | undefined
  readonly operation: Operation | undefined
  /** The error of a form that calls no operation; undefined if that is not clear yet. */
  readonly problem: ServiceError | undefined
}

/**
 * How far into a form the look goes. The longest form that needs no signature has an identity token of 20,000 characters
 * and a session policy.
 */
const glanceSizeBytes = 32 * 1024

/** How far into the Authorization header the look for its scope goes. The header of a client has its credential first. */
const scopeSearchLength = 4096
/** Parts without a limit would take quadratic time for a header that begins a scope again and again. */
const signedScope = /Credential=[^,/]{0,128}\/[^,/]{0,64}\/[^,/]{0,64}\/([^,/]{0,64})\//

/** The AWS Query protocol (Smithy, "AWS query protocol", "AWS EC2 query protocol") for the services of one server. */
export class QueryProtocol {
  readonly #services: readonly QueryService[]
  readonly #protocols: ReadonlyMap<QueryService, Protocol>
  /** The protocol for errors that occur before the service is known. */
  readonly anonymous: Protocol = queryProtocol(faultNamespace)

  constructor(services: readonly Service[]) {
    this.#services = services.filter(service => service.protocol !== 'json')
    this.#protocols = new Map(this.#services.map(service => [service, protocolOf(service)] as const))
  }

  /** Finds the service and operation of a request. Throws a ServiceError if the request is invalid. */
  route(request: WireRequest): Route {
    const parameters = request.method === 'GET' ? parseForm(request.query) : parseFormBody(request.body)
    const [action, version] = [parameters.get('Action'), parameters.get('Version')]
    const service = this.#findService(version, request)
    if (action === undefined) throw missingAction()
    const operation = service?.operations.get(action)
    if (service === undefined || operation === undefined) throw unknownAction(action, version)
    return {
      service,
      operation,
      protocol: this.#protocols.get(service) ?? this.anonymous,
      readInput: () =>
        service.protocol === 'ec2'
          ? readEc2Input(operation.input, parameters)
          : readForm(operation.input, nestParameters(parameters), 'query'),
    }
  }

  /**
   * Looks for the operation of a form without reading it: that would take as long as the sender of an unsigned request
   * likes. The form may turn out to be malformed.
   */
  glanceAt(request: WireRequest): Glance {
    const form = request.method === 'GET' ? Buffer.from(request.query, 'latin1') : request.body
    const start = form.subarray(0, glanceSizeBytes)
    const [action, version] = [statedIn(start, 'Action'), statedIn(start, 'Version')]
    const service = this.#findService(version, request)
    const operation = action === undefined ? undefined : service?.operations.get(action)
    if (operation !== undefined) return { service, action, operation, problem: undefined }
    const isWhole = start.length === form.length
    const problem = action === undefined ? missingAction() : unknownAction(action, version)
    return { service, action, operation, problem: isWhole ? problem : undefined }
  }

  /** The protocol for the error of a form that calls no operation: EC2's has an envelope of its own. */
  protocolForRefusal({ service }: Glance): Protocol {
    const own = service?.protocol === 'ec2' ? this.#protocols.get(service) : undefined
    return own ?? this.anonymous
  }

  /** The route of a request that its head refuses. Its form is never read. */
  refusedRoute(service: QueryService, operation: Operation, refusal: unknown): Route {
    const protocol = this.#protocols.get(service) ?? this.anonymous
    return { service, operation, protocol, refusal, readInput: () => ({}) }
  }

  /** Finds the service by its API version; a request without a version goes to the service that it is signed for. */
  #findService(version: string | undefined, request: WireRequest): QueryService | undefined {
    if (version !== undefined) return this.#services.find(service => service.apiVersion === version)
    const authorization = request.headers['authorization']?.slice(0, scopeSearchLength) ?? ''
    const signedFor = signedScope.exec(authorization)?.[1]
    return this.#services.find(service => service.name === signedFor)
  }
}

/** Returns the value of the first parameter with this plain name; undefined if there is none. */
function statedIn(form: Buffer, name: string): string | undefined {
  const parameter = `&${name}=`
  const isFirst = form.subarray(0, name.length + 1).equals(Buffer.from(parameter.slice(1)))
  const at = isFirst ? -1 : form.indexOf(parameter)
  if (at < 0 && !isFirst) return undefined
  const start = at + parameter.length
  const end = form.indexOf('&', start)
  return form.toString('latin1', start, end < 0 ? form.length : end)
}

const protocolOf = ({ protocol, xmlNamespace }: QueryService): Protocol =>
  protocol === 'ec2' ? ec2Protocol(xmlNamespace) : queryProtocol(xmlNamespace)

const missingAction = () => new ServiceError('MissingActionException', 'The request is missing an action.')
/** Text from the client is repeated only if it looks like a name. */
const unknownAction = (action: string, version: string | undefined) =>
  new ServiceError(
    'UnknownOperationException',
    `Could not find operation ${nameIn(action)} for version ${nameIn(version ?? 'NO_VERSION_SPECIFIED')}`,
  )
const nameIn = (text: string) => /^[\w-]{1,128}$/.exec(text)?.[0] ?? ''
