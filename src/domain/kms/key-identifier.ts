import { aliasArn, keyArn, parseArn } from '../aws/arn.ts'
import { invalidKeyId, ServiceError } from '../aws/errors.ts'
import { partitionOf, type Scope } from '../aws/region.ts'

/** The key or alias that a KeyId in a request names, with its scope. */
export type KeyIdentifier =
  | { readonly type: 'key'; readonly scope: Scope; readonly keyId: string }
  | { readonly type: 'alias'; readonly scope: Scope; readonly aliasName: string }

/** The forms that an operation accepts: only key ids and key ARNs, or alias names and alias ARNs too. */
export type IdentifierForms = 'key' | 'key-or-alias'

const keyIdPattern = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/
/** A request may have capitals, although no key has such an id: the key does not exist (recorded from AWS). */
const givenKeyIdPattern = new RegExp(keyIdPattern.source.replaceAll('a-f', 'a-fA-F'))
const aliasNamePattern = /^alias\/[a-zA-Z0-9/_-]{1,250}$/

/** Whether a text is a key id: a UUID, or `mrk-` and 32 hex digits. */
export function isKeyId(text: string): boolean {
  return keyIdPattern.test(text)
}

/** Whether a text is an alias name with its `alias/` prefix. AWS's model allows a colon, but the service does not. */
export function isAliasName(text: string): boolean {
  return aliasNamePattern.test(text)
}

/**
 * Reads the KeyId of a request made in `caller`'s account and region. Throws AWS's errors (AWS KMS API reference):
 * NotFoundException for a text that is not a key id and for an ARN of a different region; InvalidArnException for a malformed
 * ARN, and for an alias name or alias ARN if only keys are accepted (recorded from AWS).
 */
export function parseKeyIdentifier(text: string, forms: IdentifierForms, caller: Scope): KeyIdentifier {
  if (text.startsWith('arn:')) return parseIdentifierArn(text, forms, caller)
  if (givenKeyIdPattern.test(text)) return { type: 'key', scope: caller, keyId: text }
  if (forms === 'key' && text.startsWith('alias/')) throw aliasRefused()
  if (forms === 'key-or-alias' && aliasNamePattern.test(text)) {
    return { type: 'alias', scope: caller, aliasName: text }
  }
  throw invalidKeyId(text, 'alone')
}

function parseIdentifierArn(text: string, forms: IdentifierForms, caller: Scope): KeyIdentifier {
  const arn = parseArn(text)
  if (arn === undefined || arn.service !== 'kms' || arn.accountId === '' || arn.region === '') {
    throw new ServiceError('InvalidArnException', `Invalid arn ${text}`)
  }
  if (arn.region !== caller.region) throw new ServiceError('NotFoundException', `Invalid arn ${arn.region}`)
  if (arn.partition !== partitionOf(arn.region)) {
    throw new ServiceError('InvalidArnException', `Invalid arn ${text}`)
  }
  const scope: Scope = { accountId: arn.accountId, region: arn.region }
  if (arn.resource.startsWith('alias/')) {
    if (forms === 'key') throw aliasRefused()
    if (!aliasNamePattern.test(arn.resource))
      throw new ServiceError('InvalidArnException', `Invalid arn ${text}`)
    return { type: 'alias', scope, aliasName: arn.resource }
  }
  if (!arn.resource.startsWith('key/')) throw new ServiceError('InvalidArnException', `Invalid arn ${text}`)
  const keyId = arn.resource.slice('key/'.length)
  if (!givenKeyIdPattern.test(keyId)) throw invalidKeyId(keyId, 'in an ARN')
  return { type: 'key', scope, keyId }
}

const aliasRefused = () =>
  new ServiceError('InvalidArnException', 'Key Aliases are not supported for this operation.')

/** Whether a text is the ARN of this multi-Region key in a different Region. */
export function isSameKeyElsewhere(text: string, keyId: string, { accountId, region }: Scope): boolean {
  if (!keyId.startsWith('mrk-')) return false
  const arn = parseArn(text)
  if (arn?.service !== 'kms' || arn.accountId !== accountId || arn.resource !== `key/${keyId}`) return false
  return arn.region !== '' && arn.region !== region
}

/** The ARN of the key or alias that an identifier names, whether or not it exists. */
export function identifierArn(identifier: KeyIdentifier): string {
  return identifier.type === 'key'
    ? keyArn(identifier.scope, identifier.keyId)
    : aliasArn(identifier.scope, identifier.aliasName)
}
