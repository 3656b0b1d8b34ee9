import { stringMap, structure } from '../../../std/index.ts'
import { everyPage, type Reader } from '../../../store/index.ts'
import { operation } from '../operation.ts'
import { inlineSizeMax } from '../policies/inline-policies.ts'
import { policiesPerPart } from '../wire/paging.ts'
import { quotas } from '../wire/quotas.ts'

/** Counts of entities that accounts do not have here. */
const absent = {
  AccountMFAEnabled: 0,
  AccountPasswordPresent: 0,
  AccountSigningCertificatesPresent: 0,
  MFADevices: 0,
  MFADevicesInUse: 0,
  ServerCertificates: 0,
}

/** Values that AWS returns besides (recorded from AWS). */
const fixed = {
  GlobalEndpointTokenVersion: 1,
  ServerCertificatesQuota: 20,
  SigningCertificatesPerUserQuota: 2,
}

/** Returns how many IAM entities the account has, and the IAM quotas. */
export const GetAccountSummary = operation({
  name: 'GetAccountSummary',
  effect: 'read',
  input: structure({}),
  output: structure({ SummaryMap: stringMap() }),
  async handle({ scope: { accountId }, store }) {
    const versions = await countVersions(store, accountId)
    const rootKeys = await store.accessKeys.list(accountId, undefined)
    const summary = {
      Users: await store.users.count(accountId),
      UsersQuota: quotas.UsersPerAccount,
      Groups: await store.groups.count(accountId),
      GroupsQuota: quotas.GroupsPerAccount,
      Roles: await store.roles.count(accountId),
      RolesQuota: quotas.RolesPerAccount,
      Policies: await store.policies.count(accountId),
      PoliciesQuota: quotas.PoliciesPerAccount,
      PolicyVersionsInUse: versions,
      VersionsPerPolicyQuota: quotas.VersionsPerPolicy,
      PolicySizeQuota: quotas.PolicySize,
      UserPolicySizeQuota: inlineSizeMax.user,
      GroupPolicySizeQuota: inlineSizeMax.group,
      RolePolicySizeQuota: inlineSizeMax.role,
      AssumeRolePolicySizeQuota: quotas.ACLSizePerRole,
      GroupsPerUserQuota: quotas.GroupsPerUser,
      AccessKeysPerUserQuota: quotas.AccessKeysPerUser,
      AttachedPoliciesPerUserQuota: quotas.PoliciesPerUser,
      AttachedPoliciesPerGroupQuota: quotas.PoliciesPerGroup,
      AttachedPoliciesPerRoleQuota: quotas.PoliciesPerRole,
      PolicyVersionsInUseQuota: quotas.PolicyVersionsInUse,
      InstanceProfiles: await store.instanceProfiles.count(accountId),
      InstanceProfilesQuota: quotas.InstanceProfilesPerAccount,
      Providers: (await store.oidcProviders.list(accountId)).length,
      AccountAccessKeysPresent: rootKeys.length > 0 ? 1 : 0,
      ...absent,
      ...fixed,
    }
    return { SummaryMap: new Map(Object.entries(summary).map(([name, count]) => [name, String(count)])) }
  },
})

async function countVersions(store: Reader, accountId: string): Promise<number> {
  let count = 0
  const pages = everyPage(policiesPerPart, page => store.policies.list(accountId, '/', page))
  for await (const policies of pages) for (const { versions } of policies) count += versions.length
  return count
}
