import {
  addressesOf,
  ec2Id,
  endpointsPerVpcMax,
  findVpc,
  isInScope,
  ServiceError,
  type Vpc,
  type VpcEndpoint,
} from '../../../domain/index.ts'
import type { ResourceQuestion } from '../../../operation/index.ts'
import { type Infer, randomBytes, required, string, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
import { tagsOfNew } from '../tags/tag-specifications.ts'
import { needed, noSuch } from '../wire/parameters.ts'
import { dryRunInput, isDryRun, tagSpecificationInput } from '../wire/shapes.ts'
import { requestRecord, responseRecord } from '../wire/xml-records.ts'
import { checkSameRequest, clientTokenOf } from './client-token.ts'
import { onNewEndpoint, onPlaces, onVpc } from './endpoint-access.ts'
import {
  addressOptionsOf,
  checkPrivateDns,
  idsType,
  optionsInput,
  serviceNameOf,
} from './endpoint-options.ts'
import { endpointPolicyOf } from './endpoint-policy.ts'
import { groupsOf } from './groups-of.ts'
import { endpointType, recordOf, renderEndpoint } from './render-endpoint.ts'
import { interfacesOf, newInterfaceId } from './subnets-of.ts'

const inputType = structure({
  ...dryRunInput,
  VpcEndpointType: string(),
  VpcId: string(),
  ServiceName: string(),
  ...optionsInput,
  RouteTableId: idsType,
  SubnetId: idsType,
  SecurityGroupId: idsType,
  ClientToken: string(),
  ...tagSpecificationInput,
  ServiceNetworkArn: string(),
  ResourceConfigurationArn: string(),
  ServiceRegion: string(),
})
type Input = Infer<typeof inputType>

/** Creates a VPC endpoint, which provides a private connection between a VPC and a service. */
export const CreateVpcEndpoint = ec2Operation({
  name: 'CreateVpcEndpoint',
  effect: 'write',
  input: inputType,
  output: structure({ vpcEndpoint: required(endpointType), clientToken: string() }),
  isDryRun,
  touches: { given: onGiven },
  record: { shown: input => requestRecord('CreateVpcEndpoint', inputType.encode(input)) },
  disclose: ({ vpcEndpoint, clientToken }) => ({
    responseElements: responseRecord('CreateVpcEndpoint', {
      vpcEndpoint: recordOf(vpcEndpoint),
      ...(clientToken === undefined ? {} : { clientToken }),
    }),
  }),
  async handle({ input, given, scope, now, store, networks }) {
    const clientToken = clientTokenOf(input)
    const answer = (vpcEndpoint: VpcEndpoint) => ({
      vpcEndpoint: renderEndpoint(vpcEndpoint, findVpc(networks, scope, vpcEndpoint.vpcId)),
      clientToken: clientToken?.token,
    })
    const earlier = clientToken && (await store.vpcEndpoints.findByClientToken(scope, clientToken.token))
    if (earlier !== undefined) {
      checkSameRequest(clientToken, earlier)
      return answer(earlier)
    }
    const vpc = findVpc(networks, scope, given.vpcId)
    if (vpc === undefined) throw noSuch('vpc', given.vpcId)
    const others = await store.vpcEndpoints.listAll()
    const chosen = {
      ...chosenBy(input, vpc),
      ...{ ...scope, vpcId: vpc.vpcId, createdAt: now, tags: given.tags, clientToken },
    }
    const neighbours = others.filter(other => isInScope(other, scope) && other.vpcId === vpc.vpcId)
    checkPrivateDns(chosen, neighbours)
    if (neighbours.length >= endpointsPerVpcMax) throw tooMany()
    // Addresses are taken last, so that a lack of them hides no other fault.
    const endpoint = { ...chosen, interfaces: newInterfaces(input, vpc, chosen.ipAddressType, others) }
    await store.vpcEndpoints.insert(endpoint)
    return answer(endpoint)
  },
})

/** Finds the resources that a request names. */
function onGiven({ input, scope }: ResourceQuestion<Input>) {
  const vpcId = needed(input.VpcId, 'VpcId')
  const serviceName = needed(input.ServiceName, 'ServiceName')
  const tags = tagsOfNew('vpc-endpoint', input.TagSpecification)
  const resources = [
    onVpc(scope, vpcId),
    ...onPlaces(scope, { subnetIds: input.SubnetId, groupIds: input.SecurityGroupId, vpcId }),
    ...onNewEndpoint(scope, serviceName, tags),
  ]
  return { resources, found: { vpcId, tags } }
}

function newInterfaces(
  { SubnetId: subnetIds = [], SubnetConfiguration: configurations = [] }: Input,
  vpc: Vpc,
  ipAddressType: VpcEndpoint['ipAddressType'],
  others: readonly VpcEndpoint[],
) {
  const taken = new Set(others.flatMap(addressesOf))
  const isTaken = (address: string) => taken.has(address)
  return interfacesOf(
    { subnetIds, configurations, ipAddressType },
    { vpc, interfaces: [], isTaken, newInterfaceId },
  )
}

/** The members of a new endpoint that its request chooses, except its interfaces, and its own ids. */
function chosenBy(input: Input, vpc: Vpc) {
  return {
    vpcEndpointId: ec2Id('vpce', randomBytes(9).toString('hex')),
    dnsLabel: newDnsLabel(),
    serviceName: serviceNameOf(input, vpc.region),
    state: 'pending',
    ...addressOptionsOf(input),
    securityGroupIds: groupsOf(vpc, input.SecurityGroupId),
    // Without the parameter, an endpoint for a service of AWS has private DNS (AWS KMS developer guide, the example of its VPC endpoint).
    isPrivateDnsEnabled: input.PrivateDnsEnabled ?? true,
    policyDocument: endpointPolicyOf(input.PolicyDocument),
    lastError: undefined,
  } as const
}

const labelCharacters = 'abcdefghijklmnopqrstuvwxyz234567'

/** Eight letters and digits. */
const newDnsLabel = () =>
  Array.from(randomBytes(8), byte => labelCharacters.charAt(byte % labelCharacters.length)).join('')

/** The text is not recorded from AWS. */
const tooMany = () =>
  new ServiceError('VpcEndpointLimitExceeded', 'The maximum number of VPC endpoints has been reached.')
