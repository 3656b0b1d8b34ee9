/** The maximum number of each resource (AWS KMS developer guide, "Resource quotas"). */
export interface ResourceQuotas {
  /** The keys in an account and region, including keys pending deletion. */
  readonly keys: number
  readonly aliasesPerKey: number
  readonly grantsPerKey: number
  readonly onDemandRotationsPerKey: number
}

/** AWS's default resource quotas. */
export const resourceQuotaDefaults: ResourceQuotas = {
  keys: 100_000,
  aliasesPerKey: 50,
  grantsPerKey: 50_000,
  onDemandRotationsPerKey: 25,
}
