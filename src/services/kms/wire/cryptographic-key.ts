import type { EncryptionContext, GrantOperation, KeyUsage } from '../../../domain/index.ts'

interface NamesKey {
  readonly KeyId: string
  readonly EncryptionContext?: EncryptionContext | undefined
}

/**
 * The key of a cryptographic operation. The request names it by id, ARN or alias; it may be in a different account; a
 * policy or a grant allows its use.
 */
export function cryptographicKey(operation: GrantOperation, usage: KeyUsage) {
  return {
    from: (input: NamesKey) => input.KeyId,
    forms: 'key-or-alias',
    crossAccount: true,
    usage,
    grant: ({ EncryptionContext }: NamesKey) => ({ operation, encryptionContext: EncryptionContext }),
  } as const
}
