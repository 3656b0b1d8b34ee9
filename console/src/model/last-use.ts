import type { GetKeyLastUsageCommandOutput } from '@aws-sdk/client-kms'

/** The last use of a key, as far as it is known. */
export type LastUse =
  | { readonly kind: 'used'; readonly operation: string; readonly at: Date }
  | { readonly kind: 'never' }
  | { readonly kind: 'notSince'; readonly since: Date | undefined }

/**
 * Reads an answer of GetKeyLastUsage. Without a use, a key that is older than the record may have been used before it (AWS KMS
 * developer guide, "Determine past usage of a KMS key").
 */
export function lastUseOf({
  KeyLastUsage: last,
  TrackingStartDate: since,
  KeyCreationDate: created,
}: Pick<GetKeyLastUsageCommandOutput, 'KeyLastUsage' | 'TrackingStartDate' | 'KeyCreationDate'>): LastUse {
  if (last?.Timestamp !== undefined)
    return { kind: 'used', operation: last.Operation ?? '', at: last.Timestamp }
  const isWhole = since !== undefined && created !== undefined && since.getTime() <= created.getTime()
  return isWhole ? { kind: 'never' } : { kind: 'notSince', since }
}
