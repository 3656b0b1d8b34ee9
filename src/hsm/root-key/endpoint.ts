import { isIP } from 'node:net'

/**
 * Returns the URL of a key service; undefined for a text that is none. The answer of the service has the root key in it, so
 * plain HTTP is for the machine itself.
 */
export function parseKeyServiceEndpoint(text: string): URL | undefined {
  const url = URL.parse(text)
  if (url === null || url.hostname === '' || url.username !== '' || url.password !== '') return undefined
  if (url.search !== '' || url.hash !== '') return undefined
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
  return isSafe ? url : undefined
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  )
}
