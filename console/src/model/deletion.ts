import type { KeyMetadata } from '@aws-sdk/client-kms'

/** The days that a key waits for its deletion (AWS KMS API reference, ScheduleKeyDeletion). */
export const waitingDays = { min: 7, max: 30, default: 30 } as const

/** The most keys that are scheduled at once. */
export const deletedAtOnceMax = 20

/** The fault of a waiting period, as typed; undefined if there is none. */
export function waitingFault(typed: string): string | undefined {
  const days = /^\d{1,3}$/.test(typed.trim()) ? Number(typed) : Number.NaN
  return days >= waitingDays.min && days <= waitingDays.max
    ? undefined
    : `Enter a number of days from ${waitingDays.min} to ${waitingDays.max}.`
}

/** A key as somebody confirms its deletion. */
export interface NamedKey {
  readonly KeyId: string
  readonly Aliases?: readonly { readonly AliasName?: string | undefined }[] | undefined
}

/**
 * The text that somebody must type before keys are deleted: the alias of the key, the last eight characters of its ID if it has none, or
 * how many keys there are.
 */
export function confirmationOf(keys: readonly NamedKey[]): string {
  const [key] = keys
  if (keys.length !== 1 || key === undefined) return `delete ${keys.length} keys`
  return key.Aliases?.[0]?.AliasName ?? key.KeyId.slice(-8)
}

/** The reason why a key cannot be scheduled for deletion; undefined if it can (AWS KMS developer guide, "Key states of AWS KMS keys"). */
export function deletionFault(key: KeyMetadata | undefined): string | undefined {
  if (key?.KeyManager === 'AWS') return 'AWS managed keys cannot be deleted.'
  if (key?.KeyState === 'PendingDeletion' || key?.KeyState === 'PendingReplicaDeletion')
    return 'The key is pending deletion.'
  return key?.KeyState === 'Creating' || key?.KeyState === 'Updating'
    ? 'The key is being changed.'
    : undefined
}

/** The reason why there is no deletion to cancel; undefined if there is. */
export function cancelFault(key: KeyMetadata | undefined): string | undefined {
  const { KeyState: state } = key ?? {}
  const isPending = state === undefined || state === 'PendingDeletion' || state === 'PendingReplicaDeletion'
  return isPending ? undefined : 'The key is not pending deletion.'
}

/** A warning for keys that others depend on; undefined if there is none. */
export function deletionWarning(key: KeyMetadata): string | undefined {
  const replicas = key.MultiRegionConfiguration?.ReplicaKeys ?? []
  if (key.MultiRegionConfiguration?.MultiRegionKeyType === 'PRIMARY' && replicas.length > 0) {
    const regions = replicas.map(({ Region }) => Region).join(', ')
    return `It has replicas in ${regions}. The waiting period begins when the last of them is deleted.`
  }
  if (key.Origin === 'EXTERNAL_KEY_STORE') return 'The key in the external key store stays there.'
  return undefined
}
