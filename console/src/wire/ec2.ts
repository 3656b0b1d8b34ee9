import { ec2Call } from './call.ts'

// The shapes are the parts of those of the Amazon EC2 API reference that the console shows. The AWS SDK for EC2 is no dependency.

export interface VpcEndpoint {
  readonly vpcEndpointId: string
  readonly vpcId: string
  readonly serviceName: string
  readonly state: string
  readonly policyDocument: string
  readonly subnetIdSet?: readonly string[]
  readonly groupSet?: readonly { readonly groupId: string; readonly groupName: string }[]
  readonly privateDnsEnabled?: boolean
  readonly dnsEntrySet?: readonly { readonly dnsName: string }[]
  readonly creationTimestamp?: Date
  readonly tagSet?: readonly { readonly key: string; readonly value: string }[]
  readonly lastError?: { readonly code: string; readonly message: string }
}

export interface Vpc {
  readonly vpcId: string
  readonly cidrBlock: string
}

export interface Subnet {
  readonly subnetId: string
  readonly vpcId: string
  readonly cidrBlock: string
  readonly availabilityZone: string
}

export interface SecurityGroup {
  readonly groupId: string
  readonly groupName: string
  readonly vpcId: string
}

interface Page {
  readonly NextToken?: string | undefined
}

export interface NewVpcEndpoint {
  readonly VpcEndpointType: 'Interface'
  readonly VpcId: string
  readonly ServiceName: string
  readonly SubnetId: readonly string[]
  readonly SecurityGroupId: readonly string[]
  readonly PrivateDnsEnabled: boolean
  readonly PolicyDocument?: string
}

const endpointTypes = {
  lists: ['vpcEndpointSet', 'subnetIdSet', 'groupSet', 'dnsEntrySet', 'tagSet', 'unsuccessful'],
  times: ['creationTimestamp'],
  booleans: ['privateDnsEnabled'],
}

/** The operations of EC2 that the console calls. */
export const ec2 = {
  createVpcEndpoint: ec2Call<NewVpcEndpoint, { readonly vpcEndpoint: VpcEndpoint }>(
    'CreateVpcEndpoint',
    endpointTypes,
  ),
  deleteVpcEndpoints: ec2Call<
    { readonly VpcEndpointId: readonly string[] },
    { readonly unsuccessful?: readonly { readonly error?: { readonly message: string } }[] }
  >('DeleteVpcEndpoints', endpointTypes),
  describeSecurityGroups: ec2Call<
    Page,
    { readonly securityGroupInfo: readonly SecurityGroup[]; readonly nextToken?: string }
  >('DescribeSecurityGroups', { lists: ['securityGroupInfo'] }),
  describeSubnets: ec2Call<Page, { readonly subnetSet: readonly Subnet[]; readonly nextToken?: string }>(
    'DescribeSubnets',
    { lists: ['subnetSet'] },
  ),
  describeVpcEndpointServices: ec2Call<Page, { readonly serviceNameSet: readonly string[] }>(
    'DescribeVpcEndpointServices',
    { lists: ['serviceNameSet', 'serviceDetailSet'] },
  ),
  describeVpcEndpoints: ec2Call<
    Page & { readonly VpcEndpointId?: readonly string[] },
    { readonly vpcEndpointSet: readonly VpcEndpoint[]; readonly nextToken?: string }
  >('DescribeVpcEndpoints', endpointTypes),
  describeVpcs: ec2Call<Page, { readonly vpcSet: readonly Vpc[]; readonly nextToken?: string }>(
    'DescribeVpcs',
    {
      lists: ['vpcSet'],
    },
  ),
  modifyVpcEndpoint: ec2Call<
    { readonly VpcEndpointId: string; readonly PolicyDocument?: string; readonly ResetPolicy?: boolean },
    object
  >('ModifyVpcEndpoint'),
}
