import { aliasArn, keyResourceType, type Scope, validation } from '../../../domain/index.ts'
import type { ResourceRequirement } from '../../../operation/index.ts'

/**
 * Checks the target of an alias, and returns it. Throws ValidationException for an alias (text from the public
 * emulators).
 */
export function checkTargetIsKey(targetKeyId: string): string {
  if (/^(?:arn:.*:)?alias\//.test(targetKeyId)) throw validation('Aliases must refer to keys. Not aliases')
  return targetKeyId
}

/**
 * The permission on the alias, which identity policies must allow beside the permission on the key. AWS's records give
 * an alias the type of a key (AWS KMS developer guide, log entries of CreateAlias and UpdateAlias).
 */
export function aliasResource(scope: Scope, aliasName: string): ResourceRequirement {
  return { arn: aliasArn(scope, aliasName), type: keyResourceType }
}
