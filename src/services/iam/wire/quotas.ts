import { ServiceError } from '../../../domain/index.ts'

/** The quotas by their names in messages of IAM, with their defaults (IAM user guide, "IAM and AWS STS quotas"). */
export const quotas = {
  UsersPerAccount: 5000,
  GroupsPerAccount: 300,
  RolesPerAccount: 1000,
  PoliciesPerAccount: 1500,
  InstanceProfilesPerAccount: 1000,
  /** The roles of an instance profile. */
  InstanceSessionsPerInstanceProfile: 1,
  OpenIdConnectProvidersPerAccount: 100,
  GroupsPerUser: 10,
  AccessKeysPerUser: 2,
  PoliciesPerUser: 10,
  PoliciesPerGroup: 10,
  PoliciesPerRole: 10,
  VersionsPerPolicy: 5,
  /** AWS reports this quota; with five versions of 1500 policies no account exceeds it. */
  PolicyVersionsInUse: 10_000,
  /** The size of a managed policy; sizes of policies do not count white space. */
  PolicySize: 6144,
  /** The size of a trust policy. */
  ACLSizePerRole: 2048,
} as const

/** Checks that a count does not exceed its quota. Throws LimitExceededException. */
export function checkQuota(name: keyof typeof quotas, count: number): void {
  if (count > quotas[name]) throw limitExceeded(`Cannot exceed quota for ${name}: ${quotas[name]}`)
}

/** Returns the error for an exceeded quota. */
export const limitExceeded = (text: string) => new ServiceError('LimitExceededException', text)
