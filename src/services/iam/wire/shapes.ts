import {
  boolean,
  encodeUriPart,
  enumeration,
  integer,
  list,
  required,
  type Shape,
  sensitive,
  string,
  structure,
} from '../../../std/index.ts'
import { date } from './dates.ts'
import { nameOf, pathOf, pathPrefixOf } from './own-texts.ts'
import { textList } from './text-list.ts'

// The shapes that several operations share, with the constraints of the AWS model.

export const arnType = string({ min: 20, max: 2048 })
export const userNameType = nameOf(64)
/** The name of an existing user: names could once be longer. */
export const existingUserNameType = nameOf(128)
export const groupNameType = nameOf(128)
export const roleNameType = nameOf(64)
export const instanceProfileNameType = nameOf(128)
export const policyNameType = nameOf(128)
export const pathType = pathOf('(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)')
export const pathPrefixType = pathPrefixOf('\\u002F[\\u0021-\\u007F]*')
const policyPathPattern = '((/[A-Za-z0-9\\.,\\+@=_-]+)*)/'
export const policyPathType = pathOf(policyPathPattern)
export const policyPathPrefixType = pathPrefixOf(policyPathPattern)
export const policyVersionIdType = string({ pattern: 'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?' })
export const policyDocumentType = string({
  min: 1,
  max: 131_072,
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
})
export const policyDescriptionType = string({ max: 1000 })
export const roleDescriptionType = string({
  max: 1000,
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*',
})
export const maxSessionDurationType = integer({ min: 3600, max: 43_200 })
export const accessKeyIdType = string({ min: 16, max: 128, pattern: '[\\w]+' })
export const accessKeyStatusType = enumeration(['Active', 'Inactive', 'Expired'])
export const policyUsageType = enumeration(['PermissionsPolicy', 'PermissionsBoundary'])

const tagKeyLimits = { min: 1, max: 128, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+' }
const tagKeyType = string(tagKeyLimits)
const tagValueType = string({ max: 256, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*' })
export const tagListType = list(structure({ Key: required(tagKeyType), Value: required(tagValueType) }), {
  max: 50,
})
export const tagKeyListType = textList(tagKeyLimits, { max: 50 })

/**
 * A policy document in an answer, which is percent-encoded (IAM API reference, "GetUserPolicy"), also in its audit record
 * (recorded from AWS: CreateRole).
 */
export const answeredPolicyType: Shape<string> = {
  ...string(),
  encode: encodeUriPart,
  disclose: encodeUriPart,
}

const boundaryType = structure({
  PermissionsBoundaryType: required(string()),
  PermissionsBoundaryArn: required(string()),
})
const answeredTagsType = list(structure({ Key: required(string()), Value: required(string()) }))

/** The root user, which GetUser can also return, has neither path nor name. */
export const userType = structure({
  Path: string(),
  UserName: string(),
  UserId: required(string()),
  Arn: required(string()),
  CreateDate: date(),
  PermissionsBoundary: boundaryType,
  Tags: answeredTagsType,
})

export const groupType = structure({
  Path: required(string()),
  GroupName: required(string()),
  GroupId: required(string()),
  Arn: required(string()),
  CreateDate: required(date()),
})

export const roleType = structure({
  Path: required(string()),
  RoleName: required(string()),
  RoleId: required(string()),
  Arn: required(string()),
  CreateDate: required(date()),
  AssumeRolePolicyDocument: required(answeredPolicyType),
  Description: string(),
  MaxSessionDuration: integer(),
  PermissionsBoundary: boundaryType,
  Tags: answeredTagsType,
  RoleLastUsed: structure({ LastUsedDate: date(), Region: string() }),
})

export const policyType = structure({
  PolicyName: required(string()),
  PolicyId: required(string()),
  Arn: required(string()),
  Path: required(string()),
  DefaultVersionId: required(string()),
  AttachmentCount: required(integer()),
  PermissionsBoundaryUsageCount: required(integer()),
  IsAttachable: required(boolean()),
  Description: string(),
  CreateDate: required(date()),
  UpdateDate: required(date()),
  Tags: answeredTagsType,
})

export const policyVersionType = structure({
  Document: answeredPolicyType,
  VersionId: required(string()),
  IsDefaultVersion: required(boolean()),
  CreateDate: required(date()),
})

export const accessKeyType = structure({
  UserName: string(),
  AccessKeyId: required(string()),
  Status: required(accessKeyStatusType),
  SecretAccessKey: required(sensitive(string())),
  CreateDate: required(date()),
})

export const accessKeyMetadataType = structure({
  UserName: string(),
  AccessKeyId: required(string()),
  Status: required(accessKeyStatusType),
  CreateDate: required(date()),
})

export const attachedPoliciesType = list(
  structure({ PolicyName: required(string()), PolicyArn: required(string()) }),
)
export const policyNamesType = list(string())
export { answeredTagsType }
