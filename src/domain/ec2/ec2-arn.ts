import { partitionOf, type Scope } from '../aws/region.ts'

const ec2Arn = ({ accountId, region }: Scope, resource: string) =>
  `arn:${partitionOf(region)}:ec2:${region}:${accountId}:${resource}`

/** The ARN of an endpoint; `*` for one that does not exist yet. */
export const vpcEndpointArn = (scope: Scope, vpcEndpointId: string): string =>
  ec2Arn(scope, `vpc-endpoint/${vpcEndpointId}`)
/** The ARN of a VPC. */
export const vpcArn = (scope: Scope, vpcId: string): string => ec2Arn(scope, `vpc/${vpcId}`)
/** The ARN of a subnet. */
export const subnetArn = (scope: Scope, subnetId: string): string => ec2Arn(scope, `subnet/${subnetId}`)
/** The ARN of a security group. */
export const securityGroupArn = (scope: Scope, groupId: string): string =>
  ec2Arn(scope, `security-group/${groupId}`)
