import { type Operation, service } from '../../pipeline/index.ts'
import { unquoted } from '../../std/index.ts'
import { AddUserToGroup } from './AddUserToGroup.ts'
import { AttachGroupPolicy } from './AttachGroupPolicy.ts'
import { AttachRolePolicy } from './AttachRolePolicy.ts'
import { AttachUserPolicy } from './AttachUserPolicy.ts'
import { CreateAccessKey } from './CreateAccessKey.ts'
import { CreateGroup } from './CreateGroup.ts'
import { CreatePolicy } from './CreatePolicy.ts'
import { CreatePolicyVersion } from './CreatePolicyVersion.ts'
import { CreateRole } from './CreateRole.ts'
import { CreateServiceLinkedRole } from './CreateServiceLinkedRole.ts'
import { CreateUser } from './CreateUser.ts'
import { DeleteAccessKey } from './DeleteAccessKey.ts'
import { DeleteGroup } from './DeleteGroup.ts'
import { DeleteGroupPolicy } from './DeleteGroupPolicy.ts'
import { DeleteLoginProfile } from './DeleteLoginProfile.ts'
import { DeletePolicy } from './DeletePolicy.ts'
import { DeletePolicyVersion } from './DeletePolicyVersion.ts'
import { DeleteRole } from './DeleteRole.ts'
import { DeleteRolePermissionsBoundary } from './DeleteRolePermissionsBoundary.ts'
import { DeleteRolePolicy } from './DeleteRolePolicy.ts'
import { DeleteServiceLinkedRole } from './DeleteServiceLinkedRole.ts'
import { DeleteUser } from './DeleteUser.ts'
import { DeleteUserPermissionsBoundary } from './DeleteUserPermissionsBoundary.ts'
import { DeleteUserPolicy } from './DeleteUserPolicy.ts'
import { DetachGroupPolicy } from './DetachGroupPolicy.ts'
import { DetachRolePolicy } from './DetachRolePolicy.ts'
import { DetachUserPolicy } from './DetachUserPolicy.ts'
import { GetAccessKeyLastUsed } from './GetAccessKeyLastUsed.ts'
import { GetAccountAuthorizationDetails } from './GetAccountAuthorizationDetails.ts'
import { GetAccountSummary } from './GetAccountSummary.ts'
import { GetContextKeysForCustomPolicy } from './GetContextKeysForCustomPolicy.ts'
import { GetContextKeysForPrincipalPolicy } from './GetContextKeysForPrincipalPolicy.ts'
import { GetGroup } from './GetGroup.ts'
import { GetGroupPolicy } from './GetGroupPolicy.ts'
import { GetLoginProfile } from './GetLoginProfile.ts'
import { GetPolicy } from './GetPolicy.ts'
import { GetPolicyVersion } from './GetPolicyVersion.ts'
import { GetRole } from './GetRole.ts'
import { GetRolePolicy } from './GetRolePolicy.ts'
import { GetServiceLinkedRoleDeletionStatus } from './GetServiceLinkedRoleDeletionStatus.ts'
import { GetUser } from './GetUser.ts'
import { GetUserPolicy } from './GetUserPolicy.ts'
import { ListAccessKeys } from './ListAccessKeys.ts'
import { ListAccountAliases } from './ListAccountAliases.ts'
import { ListAttachedGroupPolicies } from './ListAttachedGroupPolicies.ts'
import { ListAttachedRolePolicies } from './ListAttachedRolePolicies.ts'
import { ListAttachedUserPolicies } from './ListAttachedUserPolicies.ts'
import { ListEntitiesForPolicy } from './ListEntitiesForPolicy.ts'
import { ListGroupPolicies } from './ListGroupPolicies.ts'
import { ListGroups } from './ListGroups.ts'
import { ListGroupsForUser } from './ListGroupsForUser.ts'
import { ListInstanceProfilesForRole } from './ListInstanceProfilesForRole.ts'
import { ListMFADevices } from './ListMFADevices.ts'
import { ListPolicies } from './ListPolicies.ts'
import { ListPolicyTags } from './ListPolicyTags.ts'
import { ListPolicyVersions } from './ListPolicyVersions.ts'
import { ListRolePolicies } from './ListRolePolicies.ts'
import { ListRoles } from './ListRoles.ts'
import { ListRoleTags } from './ListRoleTags.ts'
import { ListServiceSpecificCredentials } from './ListServiceSpecificCredentials.ts'
import { ListSigningCertificates } from './ListSigningCertificates.ts'
import { ListSSHPublicKeys } from './ListSSHPublicKeys.ts'
import { ListUserPolicies } from './ListUserPolicies.ts'
import { ListUsers } from './ListUsers.ts'
import { ListUserTags } from './ListUserTags.ts'
import { ListVirtualMFADevices } from './ListVirtualMFADevices.ts'
import { PutGroupPolicy } from './PutGroupPolicy.ts'
import { PutRolePermissionsBoundary } from './PutRolePermissionsBoundary.ts'
import { PutRolePolicy } from './PutRolePolicy.ts'
import { PutUserPermissionsBoundary } from './PutUserPermissionsBoundary.ts'
import { PutUserPolicy } from './PutUserPolicy.ts'
import { RemoveUserFromGroup } from './RemoveUserFromGroup.ts'
import { SetDefaultPolicyVersion } from './SetDefaultPolicyVersion.ts'
import { SimulateCustomPolicy } from './SimulateCustomPolicy.ts'
import { SimulatePrincipalPolicy } from './SimulatePrincipalPolicy.ts'
import { TagPolicy } from './TagPolicy.ts'
import { TagRole } from './TagRole.ts'
import { TagUser } from './TagUser.ts'
import { UntagPolicy } from './UntagPolicy.ts'
import { UntagRole } from './UntagRole.ts'
import { UntagUser } from './UntagUser.ts'
import { UpdateAccessKey } from './UpdateAccessKey.ts'
import { UpdateAssumeRolePolicy } from './UpdateAssumeRolePolicy.ts'
import { UpdateGroup } from './UpdateGroup.ts'
import { UpdateRole } from './UpdateRole.ts'
import { UpdateRoleDescription } from './UpdateRoleDescription.ts'
import { UpdateUser } from './UpdateUser.ts'

/** AWS Identity and Access Management. */
export const iam = service({
  name: 'iam',
  eventSource: 'iam.amazonaws.com',
  protocol: 'query',
  apiVersion: '2010-05-08',
  xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  operations: [
    AddUserToGroup,
    AttachGroupPolicy,
    AttachRolePolicy,
    AttachUserPolicy,
    CreateAccessKey,
    CreateGroup,
    CreatePolicy,
    CreatePolicyVersion,
    CreateRole,
    CreateServiceLinkedRole,
    CreateUser,
    DeleteAccessKey,
    DeleteGroup,
    DeleteGroupPolicy,
    DeleteLoginProfile,
    DeletePolicy,
    DeletePolicyVersion,
    DeleteRole,
    DeleteRolePermissionsBoundary,
    DeleteRolePolicy,
    DeleteServiceLinkedRole,
    DeleteUser,
    DeleteUserPermissionsBoundary,
    DeleteUserPolicy,
    DetachGroupPolicy,
    DetachRolePolicy,
    DetachUserPolicy,
    GetAccessKeyLastUsed,
    GetAccountAuthorizationDetails,
    GetAccountSummary,
    GetContextKeysForCustomPolicy,
    GetContextKeysForPrincipalPolicy,
    GetGroup,
    GetGroupPolicy,
    GetLoginProfile,
    GetPolicy,
    GetPolicyVersion,
    GetRole,
    GetRolePolicy,
    GetServiceLinkedRoleDeletionStatus,
    GetUser,
    GetUserPolicy,
    ListAccessKeys,
    ListAccountAliases,
    ListAttachedGroupPolicies,
    ListAttachedRolePolicies,
    ListAttachedUserPolicies,
    ListEntitiesForPolicy,
    ListGroupPolicies,
    ListGroups,
    ListGroupsForUser,
    ListInstanceProfilesForRole,
    ListMFADevices,
    ListPolicies,
    ListPolicyTags,
    ListPolicyVersions,
    ListRolePolicies,
    ListRoleTags,
    ListRoles,
    ListSSHPublicKeys,
    ListServiceSpecificCredentials,
    ListSigningCertificates,
    ListUserPolicies,
    ListUserTags,
    ListUsers,
    ListVirtualMFADevices,
    PutGroupPolicy,
    PutRolePermissionsBoundary,
    PutRolePolicy,
    PutUserPermissionsBoundary,
    PutUserPolicy,
    RemoveUserFromGroup,
    SetDefaultPolicyVersion,
    SimulateCustomPolicy,
    SimulatePrincipalPolicy,
    TagPolicy,
    TagRole,
    TagUser,
    UntagPolicy,
    UntagRole,
    UntagUser,
    UpdateAccessKey,
    UpdateAssumeRolePolicy,
    UpdateGroup,
    UpdateRole,
    UpdateRoleDescription,
    UpdateUser,
  ].map(withoutValues),
})

/** IAM tells of ten faults of an input, and never repeats its values (recorded from AWS). */
function withoutValues(operation: Operation): Operation {
  return { ...operation, input: unquoted(operation.input, 10) }
}
