import { rootArn } from '../aws/arn.ts'
import { partitionOf } from '../aws/region.ts'

/**
 * The services that have an AWS managed key, by their service principals (the pages on encryption at rest of each service; AWS
 * KMS developer guide, "AWS managed keys").
 */
export const awsManagedKeyServices: readonly string[] = [
  ...['acm', 'appflow', 'backup', 'codecommit', 'connect', 'dms', 'dynamodb', 'ec2', 'elasticfilesystem'],
  ...[
    'es',
    'fsx',
    'glue',
    'kafka',
    'kinesis',
    'kinesisvideo',
    'lambda',
    'lightsail',
    'mq',
    'rds',
    'redshift',
  ],
  ...['s3', 'secretsmanager', 'ses', 'sns', 'sqs', 'ssm', 'timestream', 'workmail', 'workspaces', 'xray'],
].map(label => `${label}.amazonaws.com`)

/** The alias of a service's key. EBS calls by the name of EC2. */
export function awsManagedKeyAlias(service: string): string {
  const [label = ''] = service.split('.')
  return `alias/aws/${label === 'ec2' ? 'ebs' : label}`
}

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
