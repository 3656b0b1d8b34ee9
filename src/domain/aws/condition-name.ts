import type { KmsConditionKey } from '../kms/condition-keys.ts'

/** The condition keys of IAM itself (Service Authorization Reference, "AWS Identity and Access Management"). */
type IamConditionKey = 'iam:AWSServiceName' | 'iam:PermissionsBoundary' | 'iam:PolicyARN' | 'iam:ResourceTag/'
/** The condition keys of EC2 for endpoints and tags (Service Authorization Reference, "Amazon EC2"). */
type Ec2ConditionKey =
  | 'ec2:CreateAction'
  | 'ec2:Region'
  | 'ec2:ResourceTag/'
  | 'ec2:SubnetID'
  | 'ec2:Vpc'
  | 'ec2:VpcID'
  | 'ec2:VpceServiceName'
  | 'ec2:VpceServiceOwner'
type TagConditionKey = 'aws:RequestTag/' | 'aws:ResourceTag/' | 'aws:TagKeys'
/** IAM user guide, "Available keys for AWS OIDC federation". */
type ProviderKey = 'amr' | 'aud' | 'oaud' | 'sub'

/** The condition keys that operations give values to, in AWS's spelling; a name that ends with `/` or `:` is a family of keys. */
export type ConditionName =
  | KmsConditionKey
  | IamConditionKey
  | Ec2ConditionKey
  | TagConditionKey
  | `sts:${string}`
  /** Of an identity provider, such as `oidc.example.com:aud`. */
  | `${string}:${ProviderKey}`
