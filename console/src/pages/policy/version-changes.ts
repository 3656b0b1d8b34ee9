/** The operations whose answers a new version of a policy makes stale. */
export const versionChanges = ['GetPolicy', 'GetPolicyVersion', 'ListPolicyVersions', 'ListPolicies']
