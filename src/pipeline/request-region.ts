import type { Service } from '../operation/index.ts'

/**
 * Returns the Region of a request that names none: that of the endpoint to which it was sent. Requests to an endpoint for all Regions
 * are those of us-east-1, whichever Region serves them (AWS SDKs and Tools reference guide, "AWS STS Regional endpoints").
 */
export function regionOfRequest(
  service: Service | undefined,
  host: string | undefined,
  defaultRegion: string,
): string {
  const globalHost = service?.globalHost
  return globalHost !== undefined && host?.toLowerCase() === globalHost ? 'us-east-1' : defaultRegion
}
