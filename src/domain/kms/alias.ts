import type { Millis } from '../../std/index.ts'
import { ServiceError, validation } from '../aws/errors.ts'
import type { Scope } from '../aws/region.ts'
import type { KmsKey } from './key.ts'
import { isAliasName } from './key-identifier.ts'
import { factsOf } from './key-spec.ts'

/** An alias of a KMS key. */
export interface Alias extends Scope {
  /** With its `alias/` prefix. */
  readonly aliasName: string
  readonly targetKeyId: string
  readonly createdAt: Millis
  readonly updatedAt: Millis
}

/**
 * Refuses a name that CreateAlias, UpdateAlias and DeleteAlias do not accept. Throws ValidationException,
 * NotAuthorizedException or InvalidAliasNameException.
 */
export function checkAliasName(aliasName: string): void {
  if (!aliasName.startsWith('alias/')) {
    throw validation(
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    )
  }
  // Aliases of AWS managed keys have this prefix. AWS sends no text.
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
 * Refuses to move an alias between keys that cannot replace each other. They must have the same usage, and both must be
 * symmetric, asymmetric or HMAC keys (API reference, "UpdateAlias"; text from the public emulators). Throws
 * ValidationException.
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

/** Asymmetric or not, by the key material. HMAC keys already differ from symmetric keys in their usage. */
function kindOf({ keySpec }: KmsKey): string {
  return factsOf(keySpec).material
}
