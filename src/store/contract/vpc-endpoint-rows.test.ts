import type { Scope, VpcEndpoint } from '../../domain/index.ts'

// This file has no tests. It has VPC endpoints for the tests of stores and jobs.

/** An endpoint that has all that it can have; its id ends with a number of one digit. */
export function vpcEndpointOf(
  { accountId, region }: Scope,
  number: number,
  changes: Partial<VpcEndpoint> = {},
): VpcEndpoint {
  return {
    ...{ accountId, region },
    vpcEndpointId: `vpce-${'0'.repeat(16)}${number}`,
    vpcId: 'vpc-1a2b3c4d',
    serviceName: `com.amazonaws.${region}.kms`,
    state: 'failed',
    policyDocument: '{\n  "Statement": [] \n}',
    isPrivateDnsEnabled: true,
    ipAddressType: 'dualstack',
    dnsRecordIpType: 'service-defined',
    securityGroupIds: ['sg-2a2b3c4d', 'sg-1a2b3c4d'],
    interfaces: [
      {
        networkInterfaceId: 'eni-00000000000000001',
        subnetId: 'subnet-2a2b3c4d',
        zone: `${region}b`,
        ipv4: `10.20.1.${number}`,
        ipv6: `fd00:20::${number}`,
      },
      {
        networkInterfaceId: 'eni-00000000000000002',
        subnetId: 'subnet-1a2b3c4d',
        zone: `${region}a`,
        ipv4: undefined,
        ipv6: `fd00:21::${number}`,
      },
    ],
    dnsLabel: 'dfm9tr04',
    createdAt: 1_795_000_000_134,
    tags: [
      { tagKey: 'team', tagValue: 'Ключи \u0000' },
      { tagKey: 'empty', tagValue: '' },
    ],
    clientToken: { token: `token ${number}`, digest: 'a'.repeat(64) },
    lastError: { code: 'AddressInUse', message: 'The address is in use.' },
    ...changes,
  }
}

/** An endpoint without all that it can lack. */
export const emptyEndpointOf = (
  scope: Scope,
  number: number,
  changes: Partial<VpcEndpoint> = {},
): VpcEndpoint =>
  vpcEndpointOf(scope, number, {
    ...{ state: 'pending', isPrivateDnsEnabled: false, securityGroupIds: [], interfaces: [], tags: [] },
    ...{ clientToken: undefined, lastError: undefined },
    ...changes,
  })
