import type { KeyMetadata } from '@aws-sdk/client-kms'
import { accountOf } from '../../model/key-names.ts'
import { editFault } from '../../model/key-states.ts'

/** The key of the page, as its tabs see it. */
export interface ShownKey {
  /** The ARN of the key; the name in the address if the caller may not describe the key. */
  readonly id: string
  readonly metadata: KeyMetadata | undefined
  /** Whether a different account owns the key. */
  readonly isForeign: boolean
  /** The reason why nothing of the key can change; undefined if it can. */
  readonly fixedBecause: string | undefined
}

/** The key with a name, for somebody of an account. */
export function shownKey(name: string, metadata: KeyMetadata | undefined, accountId: string): ShownKey {
  const owner = metadata?.AWSAccountId ?? accountOf(name) ?? accountId
  return {
    id: metadata?.Arn ?? name,
    metadata,
    isForeign: owner !== accountId,
    fixedBecause:
      metadata?.KeyManager === 'AWS' ? 'AWS managed keys cannot be changed.' : editFault(metadata?.KeyState),
  }
}
