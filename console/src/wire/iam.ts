import type * as Iam from '@aws-sdk/client-iam'
import { queryCall } from './call.ts'

/** The operations of IAM that the console calls, in the order of their names. */
export const iam = {
  listRoles: queryCall<Iam.ListRolesCommandInput, Iam.ListRolesCommandOutput>('iam', 'ListRoles', {
    lists: ['Roles'],
    times: ['CreateDate'],
    booleans: ['IsTruncated'],
    numbers: ['MaxSessionDuration'],
  }),
  listUsers: queryCall<Iam.ListUsersCommandInput, Iam.ListUsersCommandOutput>('iam', 'ListUsers', {
    lists: ['Users'],
    times: ['CreateDate', 'PasswordLastUsed'],
    booleans: ['IsTruncated'],
  }),
}
