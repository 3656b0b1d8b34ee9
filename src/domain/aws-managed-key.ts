import { rootArn } from './arn.ts'
import { partitionOf } from './region.ts'

/**
 * The policy of an AWS managed key: all of the account may use it through the service, and look at it directly (AWS KMS
 * developer guide, "AWS managed keys"; the policy is of the kind that the guide of each service shows).
 */
export function awsManagedKeyPolicy(label: string, accountId: string, viaService: string): string {
  const sid = `Allow access through ${label} for all principals in the account that are authorized to use ${label}`
  const [, region = ''] = viaService.split('.')
  const policy = {
    Version: '2012-10-17',
    Id: `auto-${label}-1`,
    Statement: [
      {
        Sid: sid,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        Resource: '*',
        Condition: { StringEquals: { 'kms:CallerAccount': accountId, 'kms:ViaService': viaService } },
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        Principal: { AWS: rootArn(accountId, partitionOf(region)) },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
        Resource: '*',
      },
    ],
  }
  return JSON.stringify(policy, null, 2)
}
