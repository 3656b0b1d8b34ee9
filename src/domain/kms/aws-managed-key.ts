import { rootArn } from '../aws/arn.ts'
import { partitionOf } from '../aws/region.ts'

/**
 * The service principals of the services that have an AWS managed key (each service's page on encryption at rest; AWS KMS
 * developer guide, "AWS managed keys").
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

/** The alias of a service's AWS managed key. Amazon EBS calls under the name of EC2. */
export function awsManagedKeyAlias(service: string): string {
  const [label = ''] = service.split('.')
  return `alias/aws/${label === 'ec2' ? 'ebs' : label}`
}

/**
 * The policy of an AWS managed key. Every principal of the account may use the key through the service, and may read its
 * metadata directly (AWS KMS developer guide, "AWS managed keys"; the guide of each service shows a policy of this kind).
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
