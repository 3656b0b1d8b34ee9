/** How much of each resource there may be (AWS KMS developer guide, "Resource quotas"). */
export interface ResourceQuotas {
  /** In an account and region, keys pending deletion included. */
  readonly keys: number
  readonly aliasesPerKey: number
  readonly grantsPerKey: number
  readonly onDemandRotationsPerKey: number
}

export const resourceQuotaDefaults: ResourceQuotas = {
  keys: 100_000,
  aliasesPerKey: 50,
  grantsPerKey: 50_000,
  onDemandRotationsPerKey: 25,
}
