import { ServiceError } from '../../domain/index.ts'
import type { WireRequest } from './request.ts'

// With authentication off, what keeps web pages from having the browser of somebody who works here call the server.

/** Refuses a Host header that is not the server's own, as of a page whose name was made to point here. */
export function checkLoopbackHost({ headers }: WireRequest): void {
  if (isLoopbackHost(headers['host'] ?? '')) return
  throw new ServiceError('AccessDeniedException', 'The Host header does not name this server.')
}

function isLoopbackHost(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(host)
}

/**
 * Refuses forms and links of web pages, which browsers send to other sites without asking them (Fetch standard, "CORS
 * protocol"). They name where they come from, except some that GET; an Authorization header they cannot send.
 */
export function checkNotFromPage({ method, headers }: WireRequest): void {
  if (headers['authorization'] !== undefined) return
  const isNamed = ['origin', 'referer', 'sec-fetch-site'].some(name => headers[name] !== undefined)
  if (method === 'POST' && !isNamed) return
  throw new ServiceError('AccessDeniedException', 'Web pages may not call this server.')
}
