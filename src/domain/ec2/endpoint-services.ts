import { dnsSuffixOf } from '../aws/region.ts'

/** A service that endpoints can lead to. */
export interface EndpointService {
  /** The last part of its name, such as `kms`, which is also its name in credential scopes. */
  readonly short: string
}

/** Every service that endpoints can lead to. The applications of a network need STS beside AWS KMS to assume roles. */
export const endpointServices: readonly EndpointService[] = [{ short: 'kms' }, { short: 'sts' }]

/** The name of an endpoint service, such as `com.amazonaws.us-east-1.kms`. */
export const endpointServiceName = ({ short }: EndpointService, region: string): string =>
  `com.amazonaws.${region}.${short}`

/** Finds the service with a name in a Region; undefined if there is none. */
export function findEndpointService(serviceName: string, region: string): EndpointService | undefined {
  return endpointServices.find(service => endpointServiceName(service, region) === serviceName)
}

/** The name that private DNS gives to an endpoint of a service: the name of its public endpoint. */
export const privateDnsName = ({ short }: EndpointService, region: string): string =>
  `${short}.${region}.${dnsSuffixOf(region)}`

/** The name under which endpoints have a name with "ec2", such as the AWS KMS developer guide shows for those of KMS. */
export const ec2EndpointDnsName = (region: string): string => `ec2.${region}.vpce.${dnsSuffixOf(region)}`

/** The name under which the names of all endpoints of a service stand (AWS PrivateLink guide, "DNS hostnames"). */
export const baseEndpointDnsName = ({ short }: EndpointService, region: string): string =>
  `${short}.${region}.vpce.${dnsSuffixOf(region)}`
