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
} from '../../domain/index.ts'
import { type KeyLookup, type ResolvedKey, resolvedAsOf } from '../../keys/index.ts'
import type { FoundKey, NamedKey } from '../../operation/index.ts'
import { andThen, type Eventual } from '../../std/index.ts'
import { foreignReason } from '../denials/denial.ts'
import { crossAccountReason, foreignDenied } from '../denials/foreign.ts'

/**
 * Finds the key that an operation's input names. Throws AWS's errors for an identifier that is malformed, that has a
 * form which the operation does not accept, or that names no key.
 */
export function resolveKey(named: NamedKey, lookup: KeyLookup): Eventual<FoundKey> {
  const { requirement, input, caller } = named
  const text = requirement.from(input)
  if (text === undefined) return resolveCiphertext(named, lookup)
  checkIsHere(named, text)
  const identifier: KeyIdentifier =
    requirement.forms === 'alias-name'
      ? { type: 'alias', scope: caller.scope, aliasName: text }
      : parseKeyIdentifier(text, requirement.forms, scopeOf(named))
  return andThen(findIdentified(identifier, lookup), key => toFound(named, identifier, key))
}

/**
 * Refuses the ARN of the same multi-Region key in a different Region: a ciphertext names the key in this Region
 * (recorded from AWS for Decrypt). Any other ARN of a different Region gives NotFoundException, as everywhere. Throws
 * IncorrectKeyException.
 */
function checkIsHere({ requirement, input, caller }: NamedKey, text: string): void {
  if (!text.startsWith('arn:')) return
  const blob = requirement.besideCiphertext?.(input)
  const header = blob && parseCiphertextHeader(blob)
  if (header === undefined) return
  const { accountId, keyId } = header
  if (isSameKeyElsewhere(text, keyId, { accountId, region: caller.scope.region })) throw incorrectKey()
}

/**
 * Returns the scope for an identifier without a Region: the request's Region, or the Region that the requirement
 * declares.
 */
function scopeOf({ requirement, input, caller }: NamedKey): Scope {
  const region = requirement.region?.(input)
  return region === undefined ? caller.scope : { accountId: caller.scope.accountId, region }
}

function toFound(named: NamedKey, identifier: KeyIdentifier, key: ResolvedKey | undefined): FoundKey {
  // An identifier that is not an alias names the key by its own ARN, which is made already.
  if (key !== undefined) {
    const namedAs = identifier.type === 'key' ? key.arn : identifierArn(identifier)
    return { ...named, key: resolvedAsOf(key, named.now), namedAs }
  }
  const namedAs = identifierArn(identifier)
  const { caller, requirement, firstKey } = named
  if (requirement.missing !== undefined && firstKey !== undefined) throw requirement.missing(firstKey.key)
  if (identifier.scope.accountId !== caller.scope.accountId) {
    throw foreignDenied({ ...named, namedAs }, crossAccountReason(requirement))
  }
  throw identifier.type === 'key' ? keyNotFound(namedAs) : aliasNotFound(namedAs)
}

function findIdentified(identifier: KeyIdentifier, lookup: KeyLookup): Eventual<ResolvedKey | undefined> {
  const { scope } = identifier
  if (identifier.type === 'key') return lookup.findKey(scope, identifier.keyId)
  return andThen(lookup.findAliasTarget(scope, identifier.aliasName), keyId =>
    keyId === undefined ? undefined : lookup.findKey(scope, keyId),
  )
}

async function resolveCiphertext(named: NamedKey, lookup: KeyLookup): Promise<FoundKey> {
  const blob = named.requirement.orCiphertext?.(named.input)
  const header = blob && parseCiphertextHeader(blob)
  if (header === undefined) throw invalidCiphertext('the ciphertext has no header of ours')
  const scope = { accountId: header.accountId, region: named.caller.scope.region }
  const key = await lookup.findKey(scope, header.keyId)
  if (key === undefined) throw foreignDenied({ ...named, namedAs: undefined }, foreignReason)
  return { ...named, key: resolvedAsOf(key, named.now), namedAs: undefined }
}
