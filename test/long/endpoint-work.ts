import { randomUUID } from 'node:crypto'
import { policyOf } from '../fixtures/caller.ts'
import type { Choices } from '../fixtures/choices.ts'
import { portOfFile } from '../fixtures/private-endpoints/port-of-file.ts'
import { allow } from '../fixtures/seed.ts'
import type { WitnessClient } from '../fixtures/witness/client.ts'
import { type Leftover, remove } from '../fixtures/witness/work.ts'

// Private endpoints that listen on the loopback network, each with an address of its own.

const addresses = Array.from({ length: 50 }, (_, index) => `127.20.5.${index + 1}`)
/** The endpoints that stay until the next round. The rest of the addresses is for those that are being deleted. */
const keptMax = 20

const [VpcId, subnet] = ['vpc-0a1b2c3d4e5f60718', 'subnet-0a000000000000001']
const network = { id: VpcId, cidr: '127.20.0.0/16', subnets: [{ id: subnet, zone: 'us-east-1a', addresses }] }

/** The settings of a server with a network for the endpoints. */
export const endpointSettings = {
  KEYWARD_VPCS: JSON.stringify([network], null, 2),
  KEYWARD_VPCE_PORT: String(portOfFile),
}

/** The parameters of an endpoint with an address. */
export const newEndpoint = {
  ...{ VpcId, VpcEndpointType: 'Interface', ServiceName: 'com.amazonaws.us-east-1.kms' },
  ...{ 'SubnetId.1': subnet, PrivateDnsEnabled: 'false' },
}

const newPolicy = () => policyOf({ Sid: randomUUID().replaceAll('-', ''), ...allow('kms:*', '*', '*') })

/** Returns work that makes an endpoint, changes its policy and deletes it about half of the time. */
export function endpointWork(
  client: WitnessClient,
  choices: Choices,
  leftovers: readonly Leftover[],
): () => Promise<void> {
  let kept = leftovers.filter(({ kind }) => kind === 'endpoint').length
  return async () => {
    const made = await client.ec2('CreateVpcEndpoint', { ...newEndpoint, PolicyDocument: newPolicy() })
    const [, endpointId = ''] = /<vpcEndpointId>([^<]+)</.exec(made) ?? []
    await client.ec2('ModifyVpcEndpoint', { VpcEndpointId: endpointId, PolicyDocument: newPolicy() })
    if (kept < keptMax && choices.chance(50)) kept++
    else await remove(client, { kind: 'endpoint', endpointId })
  }
}
