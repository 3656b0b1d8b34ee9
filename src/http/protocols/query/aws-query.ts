import { ServiceError } from '../../../domain/index.ts'
import type { Service } from '../../../operation/index.ts'
import type { WireRequest } from '../../request.ts'
import { awsJson } from '../aws-json.ts'
import type { Protocol, Route } from '../protocol.ts'
import { renderQueryError } from './errors.ts'
import { nestParameters, parseForm, parseFormBody } from './form.ts'
import { readForm } from './form-input.ts'
import { element, renderElement } from './xml.ts'

type QueryService = Extract<Service, { protocol: 'query' }>

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

/** The AWS Query protocol (Smithy, "AWS query protocol") for the services of one server. */
export class QueryProtocol {
  readonly #services: readonly QueryService[]
  readonly #protocols: ReadonlyMap<QueryService, Protocol>
  /** The protocol for errors that occur before the service is known. */
  readonly anonymous: Protocol = protocolOf(faultNamespace)

  constructor(services: readonly Service[]) {
    this.#services = services.filter(service => service.protocol === 'query')
    this.#protocols = new Map(
      this.#services.map(service => [service, protocolOf(service.xmlNamespace)] as const),
    )
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
      readInput: () => readForm(operation.input, nestParameters(parameters)),
    }
  }

  /** Finds the service by its API version; a request without a version goes to the service that it is signed for. */
  #findService(version: string | undefined, request: WireRequest): QueryService | undefined {
    if (version !== undefined) return this.#services.find(service => service.apiVersion === version)
    const signedFor = /Credential=[^,/]*\/[^,/]*\/[^,/]*\/([^,/]*)\//.exec(
      request.headers['authorization'] ?? '',
    )?.[1]
    return this.#services.find(service => service.name === signedFor)
  }
}

function protocolOf(xmlNamespace: string): Protocol {
  return {
    contentType: 'text/xml',
    renderOutput: ({ name, output: shape }, output, requestId) => {
      const hasResult = output !== undefined && shape !== undefined
      const result = hasResult ? renderElement(`${name}Result`, output, shape) : ''
      const metadata = element('ResponseMetadata', element('RequestId', requestId))
      return `<${name}Response xmlns="${xmlNamespace}">${result}${metadata}</${name}Response>`
    },
    renderError: (error, requestId) => renderQueryError(error, xmlNamespace, requestId),
  }
}

const missingAction = () => new ServiceError('MissingActionException', 'The request is missing an action.')
/** Text from the client is repeated only if it looks like a name. */
const unknownAction = (action: string, version: string | undefined) =>
  new ServiceError(
    'UnknownOperationException',
    `Could not find operation ${nameIn(action)} for version ${nameIn(version ?? 'NO_VERSION_SPECIFIED')}`,
  )
const nameIn = (text: string) => /^[\w-]{1,128}$/.exec(text)?.[0] ?? ''
