import { addressesOf, findVpc, isInScope } from '../../../domain/index.ts'
import type { ResourceQuestion } from '../../../operation/index.ts'
import { boolean, required, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
import { needed, noSuch } from '../wire/parameters.ts'
import { isDryRun } from '../wire/shapes.ts'
import { requestRecord } from '../wire/xml-records.ts'
import { onEndpoint, onPlaces } from './endpoint-access.ts'
import { type Change, changedEndpoint, changeInput } from './endpoint-change.ts'
import { newInterfaceId } from './subnets-of.ts'

/** Modifies attributes of a VPC endpoint: its policy, subnets, security groups, addresses and DNS options. */
export const ModifyVpcEndpoint = ec2Operation({
  name: 'ModifyVpcEndpoint',
  effect: 'write',
  input: changeInput,
  output: structure({ return: required(boolean()) }),
  isDryRun,
  touches: { given: onGiven },
  record: { shown: input => requestRecord('ModifyVpcEndpoint', changeInput.encode(input)) },
  // The name of the member in records of older operations of EC2.
  disclose: result => ({ responseElements: { _return: result.return } }),
  async handle({ input, given: { vpcEndpointId, endpoint }, scope, store, networks }) {
    if (endpoint === undefined || endpoint.state === 'deleting') throw noSuch('vpce', vpcEndpointId)
    const vpc = findVpc(networks, scope, endpoint.vpcId)
    if (vpc === undefined) throw noSuch('vpc', endpoint.vpcId)
    const all = await store.vpcEndpoints.listAll()
    const others = all.filter(other => other.vpcEndpointId !== vpcEndpointId || !isInScope(other, scope))
    const taken = new Set(others.flatMap(addressesOf))
    const isTaken = (address: string) => taken.has(address)
    const neighbours = others.filter(other => isInScope(other, scope))
    const facts = { vpc, isTaken, newInterfaceId }
    await store.vpcEndpoints.update(changedEndpoint(endpoint, input, facts, neighbours))
    return { return: true }
  },
})

/** Finds the endpoint, and the subnets and groups that it shall get. */
async function onGiven({ input, scope, store }: ResourceQuestion<Change>) {
  const vpcEndpointId = needed(input.VpcEndpointId, 'VpcEndpointId')
  const endpoint = await store.vpcEndpoints.find(scope, vpcEndpointId)
  const resources = [
    onEndpoint(scope, vpcEndpointId, endpoint),
    ...onPlaces(scope, {
      subnetIds: input.AddSubnetId,
      groupIds: input.AddSecurityGroupId,
      vpcId: endpoint?.vpcId,
    }),
  ]
  return { resources, found: { vpcEndpointId, endpoint } }
}
