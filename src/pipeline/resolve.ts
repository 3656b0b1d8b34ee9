import {
  aliasNotFound,
  identifierArn,
  incorrectKey,
  invalidCiphertext,
  isSameKeyElsewhere,
  type KeyIdentifier,
  keyNotFound,
  parseCiphertextHeader,
  parseKeyIdentifier,
  type Scope,
  ServiceError,
} from '../domain/index.ts'
import type { KeyLookup } from '../keys/index.ts'
import { type ResolvedKey, resolvedAsOf } from '../keys/index.ts'
import type { Caller } from './caller.ts'
import { foreignReason } from './denials/denial.ts'
import type { KeyQuestion, KeyUse } from './key-use.ts'
import type { KeyRequirement } from './operation.ts'

/** Why a use of another account's key is denied, whether or not there is one. */
export const reasonAcross = ({ crossAccount }: Pick<KeyRequirement<unknown>, 'crossAccount'>) =>
  crossAccount === true ? foreignReason : 'the operation cannot be performed on keys of other accounts'

/** How AWS's texts name a key that the caller named by nothing but a ciphertext. */
export const ofCiphertext = 'the resource associated with this ciphertext'

/**
 * The text for what lies in another account, the same whether it is denied or not there at all; and for the key of a
 * ciphertext, wherever it would be.
 */
export function foreignDenied(
  { identity }: Caller,
  action: string,
  namedAs: string | undefined,
  reason: string,
): ServiceError {
  const where = namedAs === undefined ? ofCiphertext : `resource: ${namedAs}`
  return new ServiceError(
    'AccessDeniedException',
    `User: ${identity.principal.arn} is not authorized to perform: ${action} on ${where} because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
    { reason },
  )
}

/**
 * Finds the key that an operation's input names. Throws what AWS answers for identifiers that are malformed, of the
 * wrong form, or name nothing.
 */
export function resolveKey(question: KeyQuestion, lookup: KeyLookup): KeyUse | Promise<KeyUse> {
  const { requirement, input, caller } = question
  const text = requirement.from(input)
  if (text === undefined) return resolveCiphertext(question, lookup)
  checkIsHere(question, text)
  const identifier: KeyIdentifier =
    requirement.forms === 'alias-name'
      ? { type: 'alias', scope: caller.scope, aliasName: text }
      : parseKeyIdentifier(text, requirement.forms, scopeOf(question))
  const found = findIdentified(identifier, lookup)
  return found instanceof Promise
    ? found.then(key => toUse(question, identifier, key))
    : toUse(question, identifier, found)
}

/**
 * A ciphertext names the multi-Region key in this Region, so the same key in another is not its key (recorded from AWS for
 * Decrypt); any other ARN of another Region is NotFoundException, as everywhere.
 */
function checkIsHere({ requirement, input, caller }: KeyQuestion, text: string): void {
  if (!text.startsWith('arn:')) return
  const blob = requirement.besideCiphertext?.(input)
  const header = blob && parseCiphertextHeader(blob)
  if (header === undefined) return
  const { accountId, keyId } = header
  if (isSameKeyElsewhere(text, keyId, { accountId, region: caller.scope.region })) throw incorrectKey()
}

/** Where an identifier without a region looks: the request's, or another where the operation reaches over. */
function scopeOf({ requirement, input, caller }: KeyQuestion): Scope {
  const region = requirement.region?.(input)
  return region === undefined ? caller.scope : { accountId: caller.scope.accountId, region }
}

function toUse(question: KeyQuestion, identifier: KeyIdentifier, key: ResolvedKey | undefined): KeyUse {
  const namedAs = identifierArn(identifier)
  if (key !== undefined) return { ...question, key: resolvedAsOf(key, question.now), namedAs }
  const { caller, action, requirement, firstKey } = question
  if (requirement.missing !== undefined && firstKey !== undefined) throw requirement.missing(firstKey.key)
  if (identifier.scope.accountId !== caller.scope.accountId) {
    throw foreignDenied(caller, action, namedAs, reasonAcross(requirement))
  }
  throw identifier.type === 'key' ? keyNotFound(namedAs) : aliasNotFound(namedAs)
}

function findIdentified(identifier: KeyIdentifier, lookup: KeyLookup): ReturnType<KeyLookup['findKey']> {
  if (identifier.type === 'key') return lookup.findKey(identifier.scope, identifier.keyId)
  const target = lookup.findAliasTarget(identifier.scope, identifier.aliasName)
  if (target instanceof Promise) {
    return target.then(keyId => (keyId === undefined ? undefined : lookup.findKey(identifier.scope, keyId)))
  }
  return target === undefined ? undefined : lookup.findKey(identifier.scope, target)
}

async function resolveCiphertext(question: KeyQuestion, lookup: KeyLookup): Promise<KeyUse> {
  const blob = question.requirement.orCiphertext?.(question.input)
  const header = blob && parseCiphertextHeader(blob)
  if (header === undefined) throw invalidCiphertext('the ciphertext has no header of ours')
  const { caller, action } = question
  const scope = { accountId: header.accountId, region: caller.scope.region }
  const key = await lookup.findKey(scope, header.keyId)
  if (key === undefined) throw foreignDenied(caller, action, undefined, foreignReason)
  return { ...question, key: resolvedAsOf(key, question.now), namedAs: undefined }
}
