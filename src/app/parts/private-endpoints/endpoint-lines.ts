import { addressesOf, hostOfAddress, type VpcEndpoint } from '../../../domain/index.ts'

const linesMax = 10

/** The facts that lines about endpoints have besides those of the endpoints. */
export interface EndpointPlaces {
  /** The port of all endpoints. */
  readonly port: number
  /** The CA certificates that the clients of networks must trust, by VPC. A VPC with the operator's files has none. */
  readonly caPaths: ReadonlyMap<string, string | undefined>
}

/** Returns a line about each endpoint for the operator, and a last one with the number of those that are too many. */
export function endpointLines(
  endpoints: readonly VpcEndpoint[],
  { port, caPaths }: EndpointPlaces,
): readonly string[] {
  const more = endpoints.length - linesMax
  const lines = endpoints.slice(0, linesMax).map(endpoint => {
    const { vpcEndpointId, vpcId, state, lastError } = endpoint
    const places = addressesOf(endpoint).map(address => `${hostOfAddress(address)}:${port}`)
    const caPath = caPaths.get(vpcId)
    return [
      `Private endpoint ${vpcEndpointId} (${state}) at ${places.join(', ')}`,
      lastError === undefined
        ? caPath === undefined
          ? ''
          : `; clients trust ${caPath}`
        : `: ${lastError.message}`,
    ].join('')
  })
  return more > 0 ? [...lines, `and ${more} more private endpoints`] : lines
}
