import type * as Iam from '@aws-sdk/client-iam'
import { queryCall } from '../call.ts'

const page = {
  times: ['CreateDate', 'PasswordLastUsed', 'UpdateDate'],
  booleans: ['IsTruncated', 'IsAttachable'],
}

/** The lists of IAM, page by page. */
export const iam = {
  listGroups: queryCall<Iam.ListGroupsCommandInput, Iam.ListGroupsCommandOutput>('iam', 'ListGroups', {
    ...{ ...page, lists: ['Groups'] },
  }),
  listPolicies: queryCall<Iam.ListPoliciesCommandInput, Iam.ListPoliciesCommandOutput>(
    'iam',
    'ListPolicies',
    {
      ...{ ...page, lists: ['Policies'], numbers: ['AttachmentCount'] },
    },
  ),
  listRoles: queryCall<Iam.ListRolesCommandInput, Iam.ListRolesCommandOutput>('iam', 'ListRoles', {
    ...{ ...page, lists: ['Roles'], numbers: ['MaxSessionDuration'] },
  }),
  listUsers: queryCall<Iam.ListUsersCommandInput, Iam.ListUsersCommandOutput>('iam', 'ListUsers', {
    ...{ ...page, lists: ['Users'] },
  }),
}
