import type { RequestQuotas } from '../../operation/index.ts'

/** The requests per second (CloudTrail user guide, "Quotas in AWS CloudTrail"). */
function perSecondOf(operation: string): number {
  if (operation === 'LookupEvents') return 2
  return /^(?:Get|Describe|List)/.test(operation) ? 10 : 1
}

/** The request quotas of AWS CloudTrail. Each operation has its own, in each account and Region. */
export const requestQuotas: RequestQuotas = {
  ofOperation: operation => ({ pool: operation, perSecond: perSecondOf(operation) }),
  dependsOnKey: () => false,
  ofKey: () => undefined,
  ofCustomKeyStore: () => undefined,
  furtherOf: () => [],
  exceededText: 'Rate exceeded',
}
