import { ServiceError } from '../aws/errors.ts'

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

/** The quotas that refuse a request, by their names in AWS's text. */
const namesInTexts = {
  /** Recorded from AWS in 2016, in an older form of the text. */
  keys: 'Key',
  aliasesPerKey: 'Aliases per key',
  /** By analogy: no source has the text. */
  grantsPerKey: 'Grants per key',
} as const satisfies Partial<Record<keyof ResourceQuotas, string>>

/**
 * Refuses a request that needs one more than the quota allows (form recorded from AWS for aliases in 2024: the usage may be more
 * than the quota). Throws LimitExceededException.
 */
export function checkQuota(quota: keyof typeof namesInTexts, quotas: ResourceQuotas, usage: number): void {
  if (usage < quotas[quota]) return
  throw new ServiceError(
    'LimitExceededException',
    `${namesInTexts[quota]} quota for this account in this region is ${quotas[quota]}, current usage is ${usage}.`,
  )
}
