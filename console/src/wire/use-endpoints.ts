import type { CallOptions } from './call.ts'
import { ec2, type VpcEndpoint } from './ec2.ts'
import { everyPage } from './every-page.ts'
import { useCall } from './use-call.ts'

const allEndpoints = (
  { VpcEndpointId }: { readonly VpcEndpointId?: readonly string[] },
  options?: CallOptions,
): Promise<VpcEndpoint[]> =>
  everyPage(async NextToken => {
    const input = { NextToken, ...(VpcEndpointId && { VpcEndpointId }) }
    const { vpcEndpointSet, nextToken } = await ec2.describeVpcEndpoints(input, options)
    return { items: vpcEndpointSet, next: nextToken }
  })

/** The private endpoints of the account in the Region; one of them if an id is given. */
export function useEndpoints(id?: string) {
  return useCall('DescribeVpcEndpoints', allEndpoints, id === undefined ? {} : { VpcEndpointId: [id] })
}
