import { ServiceError } from '../../domain/index.ts'
import type { WireRequest } from '../request.ts'

// These checks apply when authentication is off. They stop web pages that call the server through a local user's
// browser.

/**
 * Refuses a Host header that names neither the loopback addresses nor the VPC endpoint of the request, as sent by a page whose
 * domain name points here (DNS rebinding).
 */
export function checkHost({ headers, endpoint }: WireRequest): void {
  const host = headers['host'] ?? ''
  if (isLoopbackHost(host) || endpoint?.hosts.has(host.toLowerCase().replace(/:\d{1,5}$/, '')) === true)
    return
  throw new ServiceError('AccessDeniedException', 'The Host header does not name this server.')
}

/** Whether a Host header names the loopback addresses. */
export function isLoopbackHost(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(host)
}

/**
 * Refuses forms and links of web pages, which browsers send to other sites without a preflight request (Fetch standard,
 * "CORS protocol"). Such requests name their origin, except for some GET requests, and have no Authorization header.
 */
export function checkNotFromPage({ method, headers }: WireRequest): void {
  if (headers['authorization'] !== undefined) return
  const isNamed = ['origin', 'referer', 'sec-fetch-site'].some(name => headers[name] !== undefined)
  if (method === 'POST' && !isNamed) return
  throw new ServiceError('AccessDeniedException', 'Web pages may not call this server.')
}
