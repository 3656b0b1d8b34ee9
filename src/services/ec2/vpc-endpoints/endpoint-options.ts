import { findEndpointService, privateDnsName, ServiceError, type VpcEndpoint } from '../../../domain/index.ts'
import { boolean, type Infer, list, string, structure } from '../../../std/index.ts'
import { invalidValue, needed } from '../wire/parameters.ts'
import { invalidParameter, noSuchService } from './endpoint-errors.ts'

/** The ids that one request can name in a parameter. AWS's limit is not known. */
export const idsMax = 25
/** The ids of a parameter. */
export const idsType = list(string(), { max: idsMax })

/** The parameters that CreateVpcEndpoint and ModifyVpcEndpoint have in common. */
export const optionsInput = {
  PolicyDocument: string(),
  IpAddressType: string(),
  DnsOptions: structure({
    DnsRecordIpType: string(),
    PrivateDnsOnlyForInboundResolverEndpoint: boolean(),
    PrivateDnsPreference: string(),
    PrivateDnsSpecifiedDomain: idsType,
  }),
  PrivateDnsEnabled: boolean(),
  SubnetConfiguration: list(structure({ SubnetId: string(), Ipv4: string(), Ipv6: string() }), {
    max: idsMax,
  }),
}

const optionsShape = structure(optionsInput)
type Options = Infer<typeof optionsShape>

/** The parameters of CreateVpcEndpoint that say which service it leads to, and how. */
export interface GivenService {
  readonly ServiceName?: string | undefined
  readonly ServiceRegion?: string | undefined
  readonly VpcEndpointType?: string | undefined
  readonly SubnetId?: readonly string[] | undefined
  readonly RouteTableId?: readonly string[] | undefined
  readonly ServiceNetworkArn?: string | undefined
  readonly ResourceConfigurationArn?: string | undefined
}

const otherTypes: ReadonlySet<string> = new Set([
  ...['Gateway', 'GatewayLoadBalancer', 'Resource', 'ServiceNetwork'],
])

/**
 * Returns the name of the service that a new endpoint leads to. Throws InvalidServiceName, InvalidVpcEndpointType or
 * InvalidParameter. The texts about existence, gateways, subnets and route tables were recorded from AWS, and the others were not.
 */
export function serviceNameOf(given: GivenService, region: string): string {
  const serviceName = needed(given.ServiceName, 'ServiceName')
  if (findEndpointService(serviceName, region) === undefined) throw noSuchService(serviceName)
  if ((given.ServiceRegion || region) !== region) throw noSuchService(serviceName)
  // Without a type, an endpoint is a gateway (Amazon EC2 API reference, "CreateVpcEndpoint").
  checkType(given.VpcEndpointType || 'Gateway', given)
  if (given.RouteTableId?.length)
    throw invalidParameter('Route table IDs are only supported for Gateway type VPC Endpoint.')
  if (given.ServiceNetworkArn || given.ResourceConfigurationArn)
    throw invalidParameter(
      'Service networks and resource configurations are not supported for Interface type VPC Endpoints.',
    )
  return serviceName
}

function checkType(type: string, { SubnetId }: GivenService): void {
  if (type === 'Interface') return
  if (!otherTypes.has(type))
    throw new ServiceError('InvalidVpcEndpointType', `The VPC endpoint type '${type}' is not valid`)
  if (type !== 'GatewayLoadBalancer' && SubnetId?.length)
    throw invalidParameter(
      'Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints.',
    )
  // Recorded from AWS for gateways (hashicorp/terraform issue 24478 of 2020, nimblehq/infrastructure-templates issue 286 of 2024).
  throw invalidParameter(`Endpoint type (${type}) does not match available service types ([Interface]).`)
}

type AddressOptions = Pick<VpcEndpoint, 'ipAddressType' | 'dnsRecordIpType'>

/** The types of DNS records by the type of the addresses (AWS PrivateLink guide, "DNS record IP type"). */
const recordTypes: Readonly<Record<VpcEndpoint['ipAddressType'], readonly VpcEndpoint['dnsRecordIpType'][]>> =
  {
    ipv4: ['ipv4', 'service-defined'],
    ipv6: ['ipv6', 'service-defined'],
    dualstack: ['dualstack', 'ipv4', 'ipv6', 'service-defined'],
  }

/**
 * Returns the types of addresses and DNS records that a request gives an endpoint, or that it had before. Throws InvalidParameterValue or InvalidParameter. The texts
 * are not AWS's.
 */
export function addressOptionsOf(
  { IpAddressType, DnsOptions = {} }: Options,
  before: AddressOptions = { ipAddressType: 'ipv4', dnsRecordIpType: 'ipv4' },
): AddressOptions {
  checkInterfaceOptions(DnsOptions)
  const ipAddressType = IpAddressType || before.ipAddressType
  if (!isAddressType(ipAddressType))
    throw invalidValue(`Value ( ${ipAddressType} ) for parameter ipAddressType is invalid.`)
  const possible = recordTypes[ipAddressType]
  const given = DnsOptions.DnsRecordIpType
  if (!given) {
    const isKept = possible.includes(before.dnsRecordIpType)
    return { ipAddressType, dnsRecordIpType: isKept ? before.dnsRecordIpType : ipAddressType }
  }
  const dnsRecordIpType = possible.find(type => type === given)
  if (dnsRecordIpType !== undefined) return { ipAddressType, dnsRecordIpType }
  if (!recordTypes.dualstack.some(type => type === given))
    throw invalidValue(`Value ( ${given} ) for parameter dnsOptions.dnsRecordIpType is invalid.`)
  throw invalidParameter(
    `The DNS record IP type ${given} is not supported for the IP address type ${ipAddressType}.`,
  )
}

const isAddressType = (text: string): text is VpcEndpoint['ipAddressType'] => Object.hasOwn(recordTypes, text)

/** Refuses options of endpoints that lead to resources or to S3: to ignore them would leave open what they close. */
function checkInterfaceOptions(options: NonNullable<Options['DnsOptions']>): void {
  const { PrivateDnsOnlyForInboundResolverEndpoint: isInboundOnly } = options
  const name = options.PrivateDnsPreference
    ? 'PrivateDnsPreference'
    : options.PrivateDnsSpecifiedDomain?.length
      ? 'PrivateDnsSpecifiedDomain'
      : isInboundOnly
        ? 'PrivateDnsOnlyForInboundResolverEndpoint'
        : undefined
  if (name !== undefined) throw invalidParameter(`${name} is not supported for the endpoint.`)
}

type NamedEndpoint = Pick<
  VpcEndpoint,
  'isPrivateDnsEnabled' | 'vpcId' | 'vpcEndpointId' | 'serviceName' | 'region'
>

/**
 * Refuses private DNS for an endpoint if a different one in its VPC has the name already. Throws InvalidParameter (text recorded from
 * AWS).
 */
export function checkPrivateDns(endpoint: NamedEndpoint, others: readonly VpcEndpoint[]): void {
  const { isPrivateDnsEnabled, vpcId, vpcEndpointId, serviceName, region } = endpoint
  const service = findEndpointService(serviceName, region)
  const isSame = (other: VpcEndpoint) =>
    other.vpcEndpointId !== vpcEndpointId && other.vpcId === vpcId && other.serviceName === serviceName
  if (!isPrivateDnsEnabled || service === undefined) return
  if (!others.some(other => isSame(other) && other.isPrivateDnsEnabled)) return
  throw invalidParameter(
    `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${privateDnsName(service, region)} in the VPC ${vpcId}`,
  )
}
