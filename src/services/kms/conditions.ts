import type { EncryptionContext, GrantConstraints } from '../../domain/index.ts'
import type { Conditions } from '../../operation/index.ts'

/**
 * Returns the condition values of an encryption context (AWS KMS developer guide, "kms:EncryptionContext:context-key").
 */
export function contextConditions(context: EncryptionContext | undefined): Conditions {
  if (context === undefined || context.size === 0) return {}
  return { 'kms:EncryptionContext:': context, 'kms:EncryptionContextKeys': [...context.keys()] }
}

/** Returns the values of `kms:GrantConstraintType`: the kinds of constraint on encryption contexts. */
export function constraintTypeOf(constraints: GrantConstraints): string[] | undefined {
  const types = [
    ...(constraints.encryptionContextEquals === undefined ? [] : ['EncryptionContextEquals']),
    ...(constraints.encryptionContextSubset === undefined ? [] : ['EncryptionContextSubset']),
  ]
  return types.length === 0 ? undefined : types
}
