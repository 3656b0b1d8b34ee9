import type { ServiceError } from '../../domain/index.ts'
import type { RefusedRequest, Service } from '../../operation/index.ts'
import type { Glance } from '../protocols/query/aws-query.ts'
import type { WireRequest } from '../request.ts'
import { findShownKeyId } from '../sigv4/signature-claim.ts'

/** The service and the operation that a refused request names, as far as its record may show them. */
export type RefusedNames = Pick<RefusedRequest, 'service' | 'operationName'>

/** Reads the names in the header X-Amz-Target; `services` are by target prefix. */
export function namesInTarget(
  { headers }: WireRequest,
  services: ReadonlyMap<string, Service>,
): RefusedNames {
  const target = headers['x-amz-target'] ?? ''
  const dot = target.lastIndexOf('.')
  return {
    service: services.get(target.slice(0, Math.max(dot, 0))),
    operationName: shownName(target.slice(dot + 1)),
  }
}

/** The names in a form, or in the parameters of a URL, that were found without reading all of it. */
export function namesInForm({ service, action }: Glance): RefusedNames {
  return { service, operationName: action === undefined ? undefined : shownName(action) }
}

/**
 * Returns a text that can be the name of an operation, even of one that this server does not know; otherwise undefined. Keys and
 * tokens that somebody pasted have digits or signs.
 */
function shownName(text: string): string | undefined {
  return /^[A-Z][A-Za-z]{2,63}$/.test(text) ? text : undefined
}

/** The facts of a refused request that its record shows. */
export function toRefused(request: WireRequest, names: RefusedNames, error: ServiceError): RefusedRequest {
  const { headers, remoteAddress, tls, endpoint } = request
  return {
    error,
    ...names,
    claimedKeyId: findShownKeyId(request),
    sourceIpAddress: remoteAddress,
    userAgent: headers['user-agent'],
    host: headers['host'],
    tlsDetails: tls && { connection: tls, clientProvidedHostHeader: headers['host'] },
    endpoint,
  }
}
