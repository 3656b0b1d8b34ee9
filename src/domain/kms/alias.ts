import type { Millis } from '../../std/index.ts'
import { ServiceError, validation } from '../aws/errors.ts'
import type { Scope } from '../aws/region.ts'
import type { KmsKey } from './key.ts'
import { isAliasName } from './key-identifier.ts'
import { factsOf } from './key-spec.ts'

export interface Alias extends Scope {
  /** With its `alias/` prefix. */
  readonly aliasName: string
  readonly targetKeyId: string
  readonly createdAt: Millis
  readonly updatedAt: Millis
}

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

/**
 * An alias moves only between keys that can stand in for each other: of one usage, and both symmetric, both asymmetric or
 * both HMAC (API reference, "UpdateAlias"; text from the public emulators).
 */
export function checkSameKind(aliasName: string, from: KmsKey, to: KmsKey): void {
  const change = (what: string, a: string, b: string) =>
    validation(
      `Alias ${aliasName} cannot be changed from a CMK with key ${what} ${a} to a CMK with key ${what} ${b}. ` +
        `The key ${what} of the current CMK and the new CMK must be the same.`,
    )
  if (from.keyUsage !== to.keyUsage) throw change('usage', from.keyUsage, to.keyUsage)
  if (kindOf(from) !== kindOf(to)) throw change('type', from.keySpec, to.keySpec)
}

/** Asymmetric, HMAC or symmetric; with the usage the same, the first is all that is left to tell. */
function kindOf({ keySpec }: KmsKey): string {
  return factsOf(keySpec).material
}
