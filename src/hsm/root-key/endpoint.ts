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

/** The ends of AWS's names, by partition (AWS General Reference, "AWS service endpoints"). */
const suffixes: Readonly<Partial<Record<string, string>>> = {
  aws: 'amazonaws.com',
  'aws-us-gov': 'amazonaws.com',
  'aws-cn': 'amazonaws.com.cn',
}

/** Returns AWS's own endpoint for a key ARN; undefined for a partition whose endpoint has to be named. */
export function awsEndpointOf(keyArn: string): URL | undefined {
  const [, partition = '', , region] = keyArn.split(':')
  const suffix = suffixes[partition]
  return suffix === undefined ? undefined : new URL(`https://kms.${region}.${suffix}/`)
}
