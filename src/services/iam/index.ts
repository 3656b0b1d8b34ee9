import { type Operation, service } from '../../operation/index.ts'
import { queryErrorCodes } from '../query-errors.ts'
import { CreateAccessKey } from './access-keys/CreateAccessKey.ts'
import { DeleteAccessKey } from './access-keys/DeleteAccessKey.ts'
import { GetAccessKeyLastUsed } from './access-keys/GetAccessKeyLastUsed.ts'
import { ListAccessKeys } from './access-keys/ListAccessKeys.ts'
import { UpdateAccessKey } from './access-keys/UpdateAccessKey.ts'
import { CreateAccountAlias } from './account/CreateAccountAlias.ts'
import { DeleteAccountAlias } from './account/DeleteAccountAlias.ts'
import { DeleteAccountPasswordPolicy } from './account/DeleteAccountPasswordPolicy.ts'
import { GetAccountAuthorizationDetails } from './account/GetAccountAuthorizationDetails.ts'
import { GetAccountPasswordPolicy } from './account/GetAccountPasswordPolicy.ts'
import { GetAccountSummary } from './account/GetAccountSummary.ts'
import { ListAccountAliases } from './account/ListAccountAliases.ts'
import { conditionKeys } from './condition-keys.ts'
import { DeleteLoginProfile } from './credentials/DeleteLoginProfile.ts'
import { GetLoginProfile } from './credentials/GetLoginProfile.ts'
import { ListMFADevices } from './credentials/ListMFADevices.ts'
import { ListServiceSpecificCredentials } from './credentials/ListServiceSpecificCredentials.ts'
import { ListSigningCertificates } from './credentials/ListSigningCertificates.ts'
import { ListSSHPublicKeys } from './credentials/ListSSHPublicKeys.ts'
import { ListVirtualMFADevices } from './credentials/ListVirtualMFADevices.ts'
import { UpdateLoginProfile } from './credentials/UpdateLoginProfile.ts'
import { AddUserToGroup } from './groups/AddUserToGroup.ts'
import { AttachGroupPolicy } from './groups/AttachGroupPolicy.ts'
import { CreateGroup } from './groups/CreateGroup.ts'
import { DeleteGroup } from './groups/DeleteGroup.ts'
import { DeleteGroupPolicy } from './groups/DeleteGroupPolicy.ts'
import { DetachGroupPolicy } from './groups/DetachGroupPolicy.ts'
import { GetGroup } from './groups/GetGroup.ts'
import { GetGroupPolicy } from './groups/GetGroupPolicy.ts'
import { ListAttachedGroupPolicies } from './groups/ListAttachedGroupPolicies.ts'
import { ListGroupPolicies } from './groups/ListGroupPolicies.ts'
import { ListGroups } from './groups/ListGroups.ts'
import { PutGroupPolicy } from './groups/PutGroupPolicy.ts'
import { RemoveUserFromGroup } from './groups/RemoveUserFromGroup.ts'
import { UpdateGroup } from './groups/UpdateGroup.ts'
import { AddRoleToInstanceProfile } from './instance-profiles/AddRoleToInstanceProfile.ts'
import { CreateInstanceProfile } from './instance-profiles/CreateInstanceProfile.ts'
import { DeleteInstanceProfile } from './instance-profiles/DeleteInstanceProfile.ts'
import { GetInstanceProfile } from './instance-profiles/GetInstanceProfile.ts'
import { ListInstanceProfiles } from './instance-profiles/ListInstanceProfiles.ts'
import { ListInstanceProfilesForRole } from './instance-profiles/ListInstanceProfilesForRole.ts'
import { ListInstanceProfileTags } from './instance-profiles/ListInstanceProfileTags.ts'
import { RemoveRoleFromInstanceProfile } from './instance-profiles/RemoveRoleFromInstanceProfile.ts'
import { TagInstanceProfile } from './instance-profiles/TagInstanceProfile.ts'
import { UntagInstanceProfile } from './instance-profiles/UntagInstanceProfile.ts'
import { CreatePolicy } from './policies/CreatePolicy.ts'
import { CreatePolicyVersion } from './policies/CreatePolicyVersion.ts'
import { DeletePolicy } from './policies/DeletePolicy.ts'
import { DeletePolicyVersion } from './policies/DeletePolicyVersion.ts'
import { GetPolicy } from './policies/GetPolicy.ts'
import { GetPolicyVersion } from './policies/GetPolicyVersion.ts'
import { ListEntitiesForPolicy } from './policies/ListEntitiesForPolicy.ts'
import { ListPolicies } from './policies/ListPolicies.ts'
import { ListPolicyTags } from './policies/ListPolicyTags.ts'
import { ListPolicyVersions } from './policies/ListPolicyVersions.ts'
import { SetDefaultPolicyVersion } from './policies/SetDefaultPolicyVersion.ts'
import { TagPolicy } from './policies/TagPolicy.ts'
import { UntagPolicy } from './policies/UntagPolicy.ts'
import { AddClientIDToOpenIDConnectProvider } from './providers/AddClientIDToOpenIDConnectProvider.ts'
import { CreateOpenIDConnectProvider } from './providers/CreateOpenIDConnectProvider.ts'
import { DeleteOpenIDConnectProvider } from './providers/DeleteOpenIDConnectProvider.ts'
import { GetOpenIDConnectProvider } from './providers/GetOpenIDConnectProvider.ts'
import { ListOpenIDConnectProviders } from './providers/ListOpenIDConnectProviders.ts'
import { ListOpenIDConnectProviderTags } from './providers/ListOpenIDConnectProviderTags.ts'
import { ListSAMLProviders } from './providers/ListSAMLProviders.ts'
import { RemoveClientIDFromOpenIDConnectProvider } from './providers/RemoveClientIDFromOpenIDConnectProvider.ts'
import { TagOpenIDConnectProvider } from './providers/TagOpenIDConnectProvider.ts'
import { UntagOpenIDConnectProvider } from './providers/UntagOpenIDConnectProvider.ts'
import { UpdateOpenIDConnectProviderThumbprint } from './providers/UpdateOpenIDConnectProviderThumbprint.ts'
import { AttachRolePolicy } from './roles/AttachRolePolicy.ts'
import { CreateRole } from './roles/CreateRole.ts'
import { DeleteRole } from './roles/DeleteRole.ts'
import { DeleteRolePermissionsBoundary } from './roles/DeleteRolePermissionsBoundary.ts'
import { DeleteRolePolicy } from './roles/DeleteRolePolicy.ts'
import { DetachRolePolicy } from './roles/DetachRolePolicy.ts'
import { GetRole } from './roles/GetRole.ts'
import { GetRolePolicy } from './roles/GetRolePolicy.ts'
import { ListAttachedRolePolicies } from './roles/ListAttachedRolePolicies.ts'
import { ListRolePolicies } from './roles/ListRolePolicies.ts'
import { ListRoles } from './roles/ListRoles.ts'
import { ListRoleTags } from './roles/ListRoleTags.ts'
import { PutRolePermissionsBoundary } from './roles/PutRolePermissionsBoundary.ts'
import { PutRolePolicy } from './roles/PutRolePolicy.ts'
import { TagRole } from './roles/TagRole.ts'
import { UntagRole } from './roles/UntagRole.ts'
import { UpdateAssumeRolePolicy } from './roles/UpdateAssumeRolePolicy.ts'
import { UpdateRole } from './roles/UpdateRole.ts'
import { UpdateRoleDescription } from './roles/UpdateRoleDescription.ts'
import { CreateServiceLinkedRole } from './service-linked-roles/CreateServiceLinkedRole.ts'
import { DeleteServiceLinkedRole } from './service-linked-roles/DeleteServiceLinkedRole.ts'
import { GetServiceLinkedRoleDeletionStatus } from './service-linked-roles/GetServiceLinkedRoleDeletionStatus.ts'
import { GetContextKeysForCustomPolicy } from './simulation/GetContextKeysForCustomPolicy.ts'
import { GetContextKeysForPrincipalPolicy } from './simulation/GetContextKeysForPrincipalPolicy.ts'
import { SimulateCustomPolicy } from './simulation/SimulateCustomPolicy.ts'
import { SimulatePrincipalPolicy } from './simulation/SimulatePrincipalPolicy.ts'
import { AttachUserPolicy } from './users/AttachUserPolicy.ts'
import { CreateUser } from './users/CreateUser.ts'
import { DeleteUser } from './users/DeleteUser.ts'
import { DeleteUserPermissionsBoundary } from './users/DeleteUserPermissionsBoundary.ts'
import { DeleteUserPolicy } from './users/DeleteUserPolicy.ts'
import { DetachUserPolicy } from './users/DetachUserPolicy.ts'
import { GetUser } from './users/GetUser.ts'
import { GetUserPolicy } from './users/GetUserPolicy.ts'
import { ListAttachedUserPolicies } from './users/ListAttachedUserPolicies.ts'
import { ListGroupsForUser } from './users/ListGroupsForUser.ts'
import { ListUserPolicies } from './users/ListUserPolicies.ts'
import { ListUsers } from './users/ListUsers.ts'
import { ListUserTags } from './users/ListUserTags.ts'
import { PutUserPermissionsBoundary } from './users/PutUserPermissionsBoundary.ts'
import { PutUserPolicy } from './users/PutUserPolicy.ts'
import { TagUser } from './users/TagUser.ts'
import { UntagUser } from './users/UntagUser.ts'
import { UpdateUser } from './users/UpdateUser.ts'
import { inputOfIam } from './wire/own-texts.ts'

/** The service AWS Identity and Access Management (IAM). */
export const iam = service({
  name: 'iam',
  eventSource: 'iam.amazonaws.com',
  protocol: 'query',
  isGlobal: true,
  refusesUserSessions: true,
  // Records of a global service are those of one Region (CloudTrail user guide, "About global service events").
  // Denied calls have no parameters in their records (recorded from AWS: UpdateAccessKey, 2026).
  records: { region: 'us-east-1', errorCodes: queryErrorCodes, hidesDenied: true },
  conditionKeys,
  apiVersion: '2010-05-08',
  xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  operations: [
    AddClientIDToOpenIDConnectProvider,
    AddRoleToInstanceProfile,
    AddUserToGroup,
    AttachGroupPolicy,
    AttachRolePolicy,
    AttachUserPolicy,
    CreateAccessKey,
    CreateAccountAlias,
    CreateGroup,
    CreateInstanceProfile,
    CreateOpenIDConnectProvider,
    CreatePolicy,
    CreatePolicyVersion,
    CreateRole,
    CreateServiceLinkedRole,
    CreateUser,
    DeleteAccessKey,
    DeleteAccountAlias,
    DeleteAccountPasswordPolicy,
    DeleteGroup,
    DeleteGroupPolicy,
    DeleteInstanceProfile,
    DeleteLoginProfile,
    DeleteOpenIDConnectProvider,
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
    GetAccountPasswordPolicy,
    GetAccountSummary,
    GetContextKeysForCustomPolicy,
    GetContextKeysForPrincipalPolicy,
    GetGroup,
    GetGroupPolicy,
    GetInstanceProfile,
    GetLoginProfile,
    GetOpenIDConnectProvider,
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
    ListInstanceProfileTags,
    ListInstanceProfiles,
    ListInstanceProfilesForRole,
    ListMFADevices,
    ListOpenIDConnectProviderTags,
    ListOpenIDConnectProviders,
    ListPolicies,
    ListPolicyTags,
    ListPolicyVersions,
    ListRolePolicies,
    ListRoleTags,
    ListRoles,
    ListSAMLProviders,
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
    RemoveClientIDFromOpenIDConnectProvider,
    RemoveRoleFromInstanceProfile,
    RemoveUserFromGroup,
    SetDefaultPolicyVersion,
    SimulateCustomPolicy,
    SimulatePrincipalPolicy,
    TagInstanceProfile,
    TagOpenIDConnectProvider,
    TagPolicy,
    TagRole,
    TagUser,
    UntagInstanceProfile,
    UntagOpenIDConnectProvider,
    UntagPolicy,
    UntagRole,
    UntagUser,
    UpdateAccessKey,
    UpdateAssumeRolePolicy,
    UpdateGroup,
    UpdateLoginProfile,
    UpdateOpenIDConnectProviderThumbprint,
    UpdateRole,
    UpdateRoleDescription,
    UpdateUser,
  ].map(withItsTexts),
})

function withItsTexts<T>(operation: Operation<T>): Operation<T> {
  return { ...operation, input: inputOfIam(operation.input) }
}
