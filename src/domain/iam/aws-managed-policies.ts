import type { Millis } from '../../std/index.ts'
import { policyArn } from '../aws/arn.ts'

/** A policy that AWS manages and that every account may attach. */
export interface AwsManagedPolicy {
  readonly name: string
  readonly policyId: string
  readonly path: string
  readonly description: string
  /** The document of the default version. */
  readonly document: string
  readonly createdAt: Millis
  readonly updatedAt: Millis
  readonly versionId: string
  /** Whether it belongs to a service-linked role, so that nobody can attach it. */
  readonly isForServiceLinkedRole: boolean
}

interface Details {
  readonly policyId: string
  readonly description: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly versionId: string
  readonly path?: string
}

interface Statement {
  readonly Sid?: string
  readonly Effect: 'Allow'
  readonly Action?: readonly string[] | string
  readonly NotAction?: readonly string[]
  readonly Resource: readonly string[] | string
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const serviceLinkedPath = '/aws-service-role/'

function policy(name: string, { path = '/', ...details }: Details, statements: readonly Statement[]) {
  const managed: AwsManagedPolicy = {
    ...details,
    name,
    path,
    createdAt: Date.parse(details.createdAt),
    updatedAt: Date.parse(details.updatedAt),
    document: JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 4),
    isForServiceLinkedRole: path === serviceLinkedPath,
  }
  return [policyArn('aws', name, path), managed] as const
}

const allow = (actions: readonly string[], resource: readonly string[] | string = '*'): Statement => ({
  Effect: 'Allow',
  Action: actions,
  Resource: resource,
})

/**
 * The AWS managed policies for KMS and IAM, by ARN, as the AWS managed policy reference guide has them in 2026.
 * ReadOnlyAccess and SecurityAudit cover all services in AWS. Here they have only the actions of this server's services, as
 * a version of their own. The documentation does not have the ids of ROSAKMSProviderPolicy and of the policies of
 * service-linked roles; these ids are ours.
 */
export const awsManagedPolicies: ReadonlyMap<string, AwsManagedPolicy> = new Map([
  policy(
    'AdministratorAccess',
    {
      policyId: 'ANPAIWMBCKSKIEE64ZLYK',
      description: 'Provides full access to AWS services and resources.',
      createdAt: '2015-02-06T18:39:00Z',
      updatedAt: '2015-02-06T18:39:00Z',
      versionId: 'v1',
    },
    [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  ),
  policy(
    'PowerUserAccess',
    {
      policyId: 'ANPAJYRXTHIB4FOVS3ZXS',
      description:
        'Provides full access to AWS services and resources, but does not allow management of Users and groups.',
      createdAt: '2015-02-06T18:39:00Z',
      updatedAt: '2026-02-12T17:59:00Z',
      versionId: 'v12',
    },
    [
      { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
      allow([
        'account:GetAccountInformation',
        'account:GetGovCloudAccountInformation',
        'account:GetPrimaryEmail',
        'account:ListRegions',
        'iam:CreateServiceLinkedRole',
        'iam:DeleteServiceLinkedRole',
        'iam:ListRoles',
        'organizations:DescribeEffectivePolicy',
        'organizations:DescribeOrganization',
      ]),
    ],
  ),
  policy(
    'ReadOnlyAccess',
    {
      policyId: 'ANPAILL3HVNFSB6DCOWYQ',
      description: 'Provides read-only access to AWS services and resources.',
      createdAt: '2015-02-06T18:39:00Z',
      updatedAt: '2015-02-06T18:39:00Z',
      versionId: 'v1',
    },
    [
      allow([
        'iam:Generate*',
        'iam:Get*',
        'iam:List*',
        'iam:Simulate*',
        'kms:Describe*',
        'kms:Get*',
        'kms:List*',
        'sts:GetAccessKeyInfo',
        'sts:GetCallerIdentity',
        'sts:GetSessionToken',
      ]),
    ],
  ),
  policy(
    'SecurityAudit',
    {
      policyId: 'ANPAIX2T3QCXHR2OGGCTO',
      description:
        'The security audit template grants access to read security configuration metadata. It is useful for software that audits the configuration of an AWS account.',
      createdAt: '2015-02-06T18:41:00Z',
      updatedAt: '2015-02-06T18:41:00Z',
      versionId: 'v1',
    },
    [
      allow([
        'iam:GenerateCredentialReport',
        'iam:GenerateServiceLastAccessedDetails',
        'iam:Get*',
        'iam:List*',
        'iam:SimulateCustomPolicy',
        'iam:SimulatePrincipalPolicy',
        'kms:Describe*',
        'kms:Get*',
        'kms:List*',
      ]),
    ],
  ),
  policy(
    'AWSKeyManagementServicePowerUser',
    {
      policyId: 'ANPAJNPP7PPPPMJRV2SA4',
      description: 'Provides access to AWS Key Management Service (KMS).',
      createdAt: '2015-02-06T18:40:00Z',
      updatedAt: '2017-03-07T00:55:00Z',
      versionId: 'v2',
    },
    [
      allow([
        'kms:CreateAlias',
        'kms:CreateKey',
        'kms:DeleteAlias',
        'kms:Describe*',
        'kms:GenerateRandom',
        'kms:Get*',
        'kms:List*',
        'kms:TagResource',
        'kms:UntagResource',
        'iam:ListGroups',
        'iam:ListRoles',
        'iam:ListUsers',
      ]),
    ],
  ),
  policy(
    'ROSAKMSProviderPolicy',
    {
      path: '/service-role/',
      policyId: 'ANPAROSAKMSPROVIDERPO',
      description:
        'Allows the built-in ROSA AWS Encryption Provider to manage AWS Key Management Service (KMS) keys to support etcd data encryption using a customer provided AWS KMS key. The policy allows encryption and decryption of data using KMS keys.',
      createdAt: '2023-04-27T20:10:00Z',
      updatedAt: '2023-04-27T20:10:00Z',
      versionId: 'v1',
    },
    [
      {
        Sid: 'VolumeEncryption',
        ...allow(['kms:Encrypt', 'kms:Decrypt', 'kms:DescribeKey']),
        Condition: { StringEquals: { 'aws:ResourceTag/red-hat': 'true' } },
      },
    ],
  ),
  policy(
    'AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy',
    {
      path: serviceLinkedPath,
      policyId: 'ANPAKMSMULTIREGIONKEY',
      description: 'Enables AWS KMS to synchronize the shared properties of multi-Region keys.',
      createdAt: '2021-06-16T15:37:00Z',
      updatedAt: '2024-11-13T22:53:00Z',
      versionId: 'v2',
    },
    [{ Sid: 'KMSSynchronizeMultiRegionKey', ...allow(['kms:SynchronizeMultiRegionKey']) }],
  ),
  policy(
    'AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy',
    {
      path: serviceLinkedPath,
      policyId: 'ANPAKMSCUSTOMKEYSTORE',
      description: 'Enables access to AWS services and resources required for AWS KMS custom key stores',
      createdAt: '2018-11-14T20:10:00Z',
      updatedAt: '2023-11-10T19:03:00Z',
      versionId: 'v2',
    },
    [
      allow([
        'cloudhsm:Describe*',
        'ec2:CreateNetworkInterface',
        'ec2:AuthorizeSecurityGroupIngress',
        'ec2:CreateSecurityGroup',
        'ec2:DescribeSecurityGroups',
        'ec2:RevokeSecurityGroupEgress',
        'ec2:DeleteSecurityGroup',
        'ec2:DescribeVpcs',
        'ec2:DescribeNetworkAcls',
        'ec2:DescribeNetworkInterfaces',
      ]),
    ],
  ),
  policy(
    'IAMFullAccess',
    {
      policyId: 'ANPAI7XKCFMBPM3QQRRVQ',
      description: 'Provides full access to IAM via the AWS Management Console.',
      createdAt: '2015-02-06T18:40:00Z',
      updatedAt: '2019-06-21T19:40:00Z',
      versionId: 'v2',
    },
    [
      allow([
        'iam:*',
        'organizations:DescribeAccount',
        'organizations:DescribeOrganization',
        'organizations:DescribeOrganizationalUnit',
        'organizations:DescribePolicy',
        'organizations:ListChildren',
        'organizations:ListParents',
        'organizations:ListPoliciesForTarget',
        'organizations:ListRoots',
        'organizations:ListPolicies',
        'organizations:ListTargetsForPolicy',
      ]),
    ],
  ),
  policy(
    'IAMReadOnlyAccess',
    {
      policyId: 'ANPAJKSO7NDY4T57MWDSQ',
      description: 'Provides read only access to IAM via the AWS Management Console.',
      createdAt: '2015-02-06T18:40:00Z',
      updatedAt: '2018-01-25T19:11:00Z',
      versionId: 'v4',
    },
    [
      allow([
        'iam:GenerateCredentialReport',
        'iam:GenerateServiceLastAccessedDetails',
        'iam:Get*',
        'iam:List*',
        'iam:SimulateCustomPolicy',
        'iam:SimulatePrincipalPolicy',
      ]),
    ],
  ),
  policy(
    'IAMUserChangePassword',
    {
      policyId: 'ANPAJ4L4MM2A7QIEB56MS',
      description: 'Provides the ability for an IAM user to change their own password.',
      createdAt: '2016-11-15T00:25:00Z',
      updatedAt: '2025-05-29T21:52:00Z',
      versionId: 'v3',
    },
    [
      allow(
        ['iam:ChangePassword'],
        // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
        ['arn:aws:iam::*:user/${aws:username}', 'arn:aws:iam::*:user/*/${aws:username}'],
      ),
      allow(['iam:GetAccountPasswordPolicy']),
    ],
  ),
])
