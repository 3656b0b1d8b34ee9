import { aliasArn, type Scope, validation } from '../../../domain/index.ts'
import type { ResourceRequirement } from '../../../operation/index.ts'

/** The key an alias is to point to. Text from the public emulators. */
export function checkTargetIsKey(targetKeyId: string): string {
  if (/^(?:arn:.*:)?alias\//.test(targetKeyId)) throw validation('Aliases must refer to keys. Not aliases')
  return targetKeyId
}

/** Alias operations need the caller's identity policies to allow the alias, besides the permission on the key. */
export function aliasResource(scope: Scope, aliasName: string): ResourceRequirement[] {
  return [{ arn: aliasArn(scope, aliasName), type: 'AWS::KMS::Alias' }]
}
