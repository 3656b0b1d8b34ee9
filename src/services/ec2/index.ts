import { service } from '../../operation/index.ts'
import { DescribeVpcEndpointServices } from './endpoint-services/DescribeVpcEndpointServices.ts'
import { recordedErrorCodes, rewordsError } from './errors.ts'
import { DescribeAvailabilityZones } from './networks/DescribeAvailabilityZones.ts'
import { DescribeNetworkInterfaces } from './networks/DescribeNetworkInterfaces.ts'
import { DescribeRegions } from './networks/DescribeRegions.ts'
import { DescribeRouteTables } from './networks/DescribeRouteTables.ts'
import { DescribeSecurityGroups } from './networks/DescribeSecurityGroups.ts'
import { DescribeSubnets } from './networks/DescribeSubnets.ts'
import { DescribeVpcAttribute } from './networks/DescribeVpcAttribute.ts'
import { DescribeVpcs } from './networks/DescribeVpcs.ts'
import { DescribePrefixLists } from './prefix-lists/DescribePrefixLists.ts'
import { CreateTags } from './tags/CreateTags.ts'
import { DeleteTags } from './tags/DeleteTags.ts'
import { DescribeTags } from './tags/DescribeTags.ts'
import { CreateVpcEndpoint } from './vpc-endpoints/CreateVpcEndpoint.ts'
import { DeleteVpcEndpoints } from './vpc-endpoints/DeleteVpcEndpoints.ts'
import { DescribeVpcEndpoints } from './vpc-endpoints/DescribeVpcEndpoints.ts'
import { ModifyVpcEndpoint } from './vpc-endpoints/ModifyVpcEndpoint.ts'

/** The service Amazon EC2: the operations around VPC endpoints. Their doc sentences follow AWS's API reference. */
export const ec2 = service({
  name: 'ec2',
  eventSource: 'ec2.amazonaws.com',
  protocol: 'ec2',
  apiVersion: '2016-11-15',
  xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  faultCode: 'InternalFailure',
  rewordsError,
  records: { errorCodes: recordedErrorCodes },
  operations: [
    CreateTags,
    CreateVpcEndpoint,
    DeleteTags,
    DeleteVpcEndpoints,
    DescribeAvailabilityZones,
    DescribeNetworkInterfaces,
    DescribePrefixLists,
    DescribeRegions,
    DescribeRouteTables,
    DescribeSecurityGroups,
    DescribeSubnets,
    DescribeTags,
    DescribeVpcAttribute,
    DescribeVpcEndpointServices,
    DescribeVpcEndpoints,
    DescribeVpcs,
    ModifyVpcEndpoint,
  ],
})

export type { Ec2Tools } from './operation.ts'
