import type { KeyMetadata } from '@aws-sdk/client-kms'

type State = KeyMetadata['KeyState']

const isPendingDeletion = (state: State) => state === 'PendingDeletion' || state === 'PendingReplicaDeletion'

/**
 * The reason why a key in a state refuses to be enabled or disabled; undefined if it does not (AWS KMS developer guide, "Key states of AWS
 * KMS keys"). A key whose state the caller may not see may be changed all the same: the server decides.
 */
export function toggleFault(action: 'enable' | 'disable', state: State): string | undefined {
  if (state === undefined) return undefined
  if (isPendingDeletion(state)) return 'The key is pending deletion.'
  if (state === 'PendingImport') return 'The key has no key material yet.'
  if (state === 'Creating' || state === 'Updating') return 'The key is being changed.'
  if (action === 'enable') return state === 'Disabled' ? undefined : 'The key is enabled.'
  return state === 'Disabled' ? 'The key is disabled.' : undefined
}

/**
 * The reason why a key in a state cannot be used; undefined if it can (AWS KMS developer guide, "Key states of AWS KMS keys"). A key whose
 * state the caller may not see may be used all the same.
 */
export function usageFault(state: State): string | undefined {
  if (state === undefined || state === 'Enabled') return undefined
  if (isPendingDeletion(state)) return 'The key is pending deletion, so it cannot be used.'
  if (state === 'Disabled') return 'The key is disabled, so it cannot be used.'
  if (state === 'PendingImport') return 'The key has no key material yet, so it cannot be used.'
  return state === 'Unavailable'
    ? 'The custom key store of the key is not connected, so the key cannot be used.'
    : 'The key is being changed, so it cannot be used.'
}

/** The reason why the description, the tags and the aliases of a key in a state cannot change; undefined if they can. */
export function editFault(state: State): string | undefined {
  return isPendingDeletion(state) ? 'A key that is pending deletion cannot be changed.' : undefined
}
