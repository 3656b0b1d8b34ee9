import type { Millis } from '../std/index.ts'
import { ServiceError, validation } from './errors.ts'
import type { KmsKey } from './key.ts'
import { isAliasName } from './key-identifier.ts'
import type { Scope } from './region.ts'

export interface Alias extends Scope {
  /** With its `alias/` prefix. */
  readonly aliasName: string
  readonly targetKeyId: string
  readonly createdAt: Millis
  readonly updatedAt: Millis
}

/** AWS KMS developer guide, "Resource quotas". */
export const aliasesPerKeyMax = 50

/** An alias name as CreateAlias, UpdateAlias and DeleteAlias take it. */
export function checkAliasName(aliasName: string): void {
  if (!aliasName.startsWith('alias/')) {
    throw validation(
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    )
  }
  // The prefix of AWS managed keys' aliases; AWS sends no text.
  if (aliasName.startsWith('alias/aws/')) {
    throw new ServiceError('NotAuthorizedException', undefined, { reason: 'alias/aws/ is reserved' })
  }
  if (!isAliasName(aliasName)) {
    throw new ServiceError(
      'InvalidAliasNameException',
      `${aliasName} contains invalid characters for an alias`,
    )
  }
}

/** An alias moves only between keys that can stand in for each other (text from the public emulators). */
export function checkSameKind(aliasName: string, from: KmsKey, to: KmsKey): void {
  const change = (what: string, a: string, b: string) =>
    validation(
      `Alias ${aliasName} cannot be changed from a CMK with key ${what} ${a} to a CMK with key ${what} ${b}. ` +
        `The key ${what} of the current CMK and the new CMK must be the same.`,
    )
  if (from.keyUsage !== to.keyUsage) throw change('usage', from.keyUsage, to.keyUsage)
  if (from.keySpec !== to.keySpec) throw change('type', from.keySpec, to.keySpec)
}
