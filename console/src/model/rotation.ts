import type { KeyMetadata } from '@aws-sdk/client-kms'

/** The days between two rotations (AWS KMS API reference, EnableKeyRotation). */
export const rotationDays = { min: 90, max: 2560, default: 365 } as const

/** The most rotations on demand of a key (AWS KMS developer guide, "Resource quotas"). */
export const onDemandMax = 25

/** The fault of a rotation period, as typed; undefined if there is none. */
export function periodFault(typed: string): string | undefined {
  const days = /^\d{1,5}$/.test(typed.trim()) ? Number(typed) : Number.NaN
  return days >= rotationDays.min && days <= rotationDays.max
    ? undefined
    : `Enter a number of days from ${rotationDays.min} to ${rotationDays.max}.`
}

/** Whether a key has more than one material: symmetric encryption keys of AWS KMS, and those with imported material. */
export const hasMaterials = ({ KeySpec, Origin }: KeyMetadata): boolean =>
  KeySpec === 'SYMMETRIC_DEFAULT' && (Origin === 'AWS_KMS' || Origin === 'EXTERNAL')

/** The reason why a key does not rotate by itself; undefined if it can (AWS KMS developer guide, "Rotate AWS KMS keys"). */
export function automaticFault(key: KeyMetadata): string | undefined {
  if (key.Origin === 'EXTERNAL') return 'Imported key material rotates on demand only.'
  return key.MultiRegionConfiguration?.MultiRegionKeyType === 'REPLICA' ? ofReplica : undefined
}

/** The reason why a key cannot rotate on demand; undefined if it can. */
export function onDemandFault(key: KeyMetadata): string | undefined {
  if (key.MultiRegionConfiguration?.MultiRegionKeyType === 'REPLICA') return ofReplica
  if (key.KeyState === 'Disabled') return 'The key is disabled.'
  return key.KeyState === 'PendingImport' ? 'The key has no key material yet.' : undefined
}

const ofReplica = 'A replica key rotates with its primary key.'
