import { hostname } from 'node:os'
import {
  baseEndpointDnsName,
  ec2EndpointDnsName,
  endpointServices,
  privateDnsName,
  type Vpc,
} from '../../../domain/index.ts'
import { systemClock } from '../../../std/index.ts'
import {
  CertificateSource,
  isValidFor,
  readChain,
  type WantedNames,
  wantedNames,
} from '../../../tls/index.ts'
import type { Base } from '../base.ts'
import type { DataDirectory } from '../data-directory.ts'

/**
 * Opens the certificate for HTTPS. It follows the clock of the machine, as clients do, and not the test clock. Throws
 * OperatorError.
 */
export function openCertificates(base: Base, directory: DataDirectory): Promise<CertificateSource> {
  const { host, tlsNames } = base.config
  return open(base, directory, { names: wantedNames(host, tlsNames, hostname()) })
}

/** The part of a network that decides about the names of its endpoints. */
export type NamedVpc = Pick<Vpc, 'vpcId' | 'region' | 'cidr' | 'ipv6Cidr' | 'subnets'>

/**
 * Opens the certificate of the endpoints of a network: the operator's files, or one from the CA of the network. Throws
 * OperatorError.
 */
export async function openNetworkCertificates(
  base: Base,
  directory: DataDirectory,
  vpc: NamedVpc,
): Promise<CertificateSource> {
  const names = endpointNames(vpc)
  const source = await open(base, directory, { names, network: vpc.vpcId })
  if (base.config.certificatePaths === undefined) return source
  const chain = readChain(source.current.chain)
  const lacking = names.required.filter(name => !isValidFor(chain, name.replace('*', 'vpce')))
  if (lacking.length > 0)
    base.log.warn(
      `the certificate in KEYWARD_TLS_CERT lacks names of the endpoints in ${vpc.vpcId}: clients cannot use ${lacking.join(', ')}`,
    )
  return source
}

/**
 * Returns the names of all endpoints that a network can have: the addresses of its subnets, the names below which the API makes
 * those of endpoints, and the names of private DNS. Its CA permits the ranges of the network, so that a new address needs no new CA.
 */
export function endpointNames({ region, cidr, ipv6Cidr, subnets }: NamedVpc): WantedNames {
  const names = endpointServices.map(service => privateDnsName(service, region))
  const bases = endpointServices.map(service => baseEndpointDnsName(service, region))
  const ec2 = ec2EndpointDnsName(region)
  return {
    required: [
      ...names,
      ...bases.flatMap(base => [base, `*.${base}`]),
      `*.${ec2}`,
      ...subnets.flatMap(({ addresses }) => addresses),
    ],
    optional: [],
    permits: [...names, ...bases, ec2, cidr, ...(ipv6Cidr === undefined ? [] : [ipv6Cidr])],
  }
}

async function open(
  { config, log, cleanup }: Base,
  directory: DataDirectory,
  options: { readonly names: WantedNames; readonly network?: string },
): Promise<CertificateSource> {
  const source = await CertificateSource.open({
    ...options,
    files: config.certificatePaths,
    directory: directory.tls,
    clock: systemClock,
    log: { info: message => log.info(message), warn: message => log.warn(message) },
  })
  cleanup.add(() => source.close())
  return source
}
