import type { Endpoint, Service } from '../operation/index.ts'

/** The facts of a request that show its Region. */
export interface SentRequest {
  readonly service: Service | undefined
  readonly host: string | undefined
  /** The VPC endpoint that it came through. */
  readonly endpoint?: Endpoint | undefined
}

/**
 * Returns the Region of a request that names none: that of the endpoint to which it was sent. Requests to an endpoint for all Regions
 * are those of us-east-1, whichever Region serves them (AWS SDKs and Tools reference guide, "AWS STS Regional endpoints").
 */
export function regionOfRequest({ service, host, endpoint }: SentRequest, defaultRegion: string): string {
  if (endpoint !== undefined) return endpoint.region
  const globalHost = service?.globalHost
  return globalHost !== undefined && host?.toLowerCase() === globalHost ? 'us-east-1' : defaultRegion
}
