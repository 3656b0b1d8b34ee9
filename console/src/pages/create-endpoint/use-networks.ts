import type { CallOptions } from '../../wire/call.ts'
import { ec2 } from '../../wire/ec2.ts'
import { everyPage } from '../../wire/every-page.ts'
import { useCall } from '../../wire/use-call.ts'

/** The networks of the configuration, with all that an endpoint can be made of. */
async function readNetworks(_input: object, options?: CallOptions) {
  const [vpcs, subnets, groups, { serviceNameSet: services }] = await Promise.all([
    everyPage(async NextToken => {
      const { vpcSet, nextToken } = await ec2.describeVpcs({ NextToken }, options)
      return { items: vpcSet, next: nextToken }
    }),
    everyPage(async NextToken => {
      const { subnetSet, nextToken } = await ec2.describeSubnets({ NextToken }, options)
      return { items: subnetSet, next: nextToken }
    }),
    everyPage(async NextToken => {
      const { securityGroupInfo, nextToken } = await ec2.describeSecurityGroups({ NextToken }, options)
      return { items: securityGroupInfo, next: nextToken }
    }),
    ec2.describeVpcEndpointServices({}, options),
  ])
  return { vpcs, subnets, groups, services }
}

export type Networks = Awaited<ReturnType<typeof readNetworks>>

export const useNetworks = () => useCall('DescribeVpcs', readNetworks, {})
