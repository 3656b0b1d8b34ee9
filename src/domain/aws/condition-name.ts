import type { KmsConditionKey } from '../kms/condition-keys.ts'

/** The condition keys of IAM itself (Service Authorization Reference, "AWS Identity and Access Management"). */
type IamConditionKey = 'iam:AWSServiceName' | 'iam:PermissionsBoundary' | 'iam:PolicyARN' | 'iam:ResourceTag/'
type TagConditionKey = 'aws:RequestTag/' | 'aws:ResourceTag/' | 'aws:TagKeys'
/** IAM user guide, "Available keys for AWS OIDC federation". */
type ProviderKey = 'amr' | 'aud' | 'oaud' | 'sub'

/** The condition keys that operations give values to, in AWS's spelling; a name that ends with `/` or `:` is a family of keys. */
export type ConditionName =
  | KmsConditionKey
  | IamConditionKey
  | TagConditionKey
  | `sts:${string}`
  /** Of an identity provider, such as `oidc.example.com:aud`. */
  | `${string}:${ProviderKey}`
