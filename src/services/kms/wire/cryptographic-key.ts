import type { EncryptionContext, GrantOperation, KeyUsage } from '../../../domain/index.ts'

interface NamesKey {
  readonly KeyId: string
  readonly EncryptionContext?: EncryptionContext | undefined
}

/** The key of a cryptographic operation: by id, ARN or alias, also of another account, allowed by policy or by grant. */
export function cryptographicKey(operation: GrantOperation, usage: KeyUsage) {
  return {
    from: (input: NamesKey) => input.KeyId,
    forms: 'key-or-alias',
    crossAccount: true,
    usage,
    grant: ({ EncryptionContext }: NamesKey) => ({ operation, encryptionContext: EncryptionContext }),
  } as const
}
