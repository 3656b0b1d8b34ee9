import type * as Iam from '@aws-sdk/client-iam'
import { queryCall } from '../call.ts'

const dated = { times: ['CreateDate', 'PasswordLastUsed', 'LastUsedDate'], numbers: ['MaxSessionDuration'] }

/** The operations of IAM on users, groups and roles. */
export const iamIdentities = {
  addUserToGroup: queryCall<Iam.AddUserToGroupCommandInput, object>('iam', 'AddUserToGroup'),
  createGroup: queryCall<Iam.CreateGroupCommandInput, object>('iam', 'CreateGroup'),
  createRole: queryCall<Iam.CreateRoleCommandInput, object>('iam', 'CreateRole'),
  createUser: queryCall<Iam.CreateUserCommandInput, object>('iam', 'CreateUser'),
  deleteGroup: queryCall<Iam.DeleteGroupCommandInput, object>('iam', 'DeleteGroup'),
  deleteRole: queryCall<Iam.DeleteRoleCommandInput, object>('iam', 'DeleteRole'),
  deleteUser: queryCall<Iam.DeleteUserCommandInput, object>('iam', 'DeleteUser'),
  getGroup: queryCall<Iam.GetGroupCommandInput, Iam.GetGroupCommandOutput>('iam', 'GetGroup', {
    ...{ ...dated, lists: ['Users'], booleans: ['IsTruncated'] },
  }),
  getRole: queryCall<Iam.GetRoleCommandInput, Iam.GetRoleCommandOutput>('iam', 'GetRole', {
    ...{ ...dated, lists: ['Tags'] },
  }),
  getUser: queryCall<Iam.GetUserCommandInput, Iam.GetUserCommandOutput>('iam', 'GetUser', {
    ...{ ...dated, lists: ['Tags'] },
  }),
  listGroupsForUser: queryCall<Iam.ListGroupsForUserCommandInput, Iam.ListGroupsForUserCommandOutput>(
    'iam',
    'ListGroupsForUser',
    { ...dated, lists: ['Groups'], booleans: ['IsTruncated'] },
  ),
  listInstanceProfilesForRole: queryCall<
    Iam.ListInstanceProfilesForRoleCommandInput,
    Iam.ListInstanceProfilesForRoleCommandOutput
  >('iam', 'ListInstanceProfilesForRole', { ...dated, lists: ['InstanceProfiles', 'Roles', 'Tags'] }),
  removeRoleFromInstanceProfile: queryCall<Iam.RemoveRoleFromInstanceProfileCommandInput, object>(
    'iam',
    'RemoveRoleFromInstanceProfile',
  ),
  removeUserFromGroup: queryCall<Iam.RemoveUserFromGroupCommandInput, object>('iam', 'RemoveUserFromGroup'),
  updateAssumeRolePolicy: queryCall<Iam.UpdateAssumeRolePolicyCommandInput, object>(
    'iam',
    'UpdateAssumeRolePolicy',
  ),
}
