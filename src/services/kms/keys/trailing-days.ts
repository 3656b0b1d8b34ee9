import { dayMillis } from '../../../domain/index.ts'
import type { ConditionFacts } from '../../../operation/index.ts'

/**
 * The whole days since a key was last used, or since it was created if it was never used (AWS KMS developer guide,
 * "kms:TrailingDaysWithoutKeyUsage").
 */
export function daysWithoutUse({ key, lastUsedAt, now }: ConditionFacts): number | undefined {
  if (key === undefined) return undefined
  return Math.max(0, Math.floor((now - (lastUsedAt ?? key.key.createdAt)) / dayMillis))
}
