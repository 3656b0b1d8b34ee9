import { aliasArn, keyArn, parseArn } from '../aws/arn.ts'
import { invalidKeyId, ServiceError } from '../aws/errors.ts'
import { partitionOf, type Scope } from '../aws/region.ts'

/** What a KeyId in a request names: a key or an alias, in a scope. */
export type KeyIdentifier =
  | { readonly type: 'key'; readonly scope: Scope; readonly keyId: string }
  | { readonly type: 'alias'; readonly scope: Scope; readonly aliasName: string }

/** Which forms an operation takes: key id and key ARN only, or alias names and alias ARNs too. */
export type IdentifierForms = 'key' | 'key-or-alias'

const keyIdPattern = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/
const aliasNamePattern = /^alias\/[a-zA-Z0-9/_-]{1,250}$/

export function isKeyId(text: string): boolean {
  return keyIdPattern.test(text)
}

/** With its `alias/` prefix; AWS's model lets a colon through, the service does not. */
export function isAliasName(text: string): boolean {
  return aliasNamePattern.test(text)
}

/**
 * Reads the KeyId of a request made in `caller`'s account and region. The errors are AWS's (AWS KMS API reference):
 * NotFoundException for what is no key id and for another region's ARN, InvalidArnException for malformed ARNs and for
 * aliases, by name or by ARN, where only keys are taken (recorded from AWS).
 */
export function parseKeyIdentifier(text: string, forms: IdentifierForms, caller: Scope): KeyIdentifier {
  if (text.startsWith('arn:')) return parseIdentifierArn(text, forms, caller)
  if (keyIdPattern.test(text)) return { type: 'key', scope: caller, keyId: text }
  if (forms === 'key' && text.startsWith('alias/')) throw aliasRefused()
  if (forms === 'key-or-alias' && aliasNamePattern.test(text)) {
    return { type: 'alias', scope: caller, aliasName: text }
  }
  throw invalidKeyId(text)
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
  if (!keyIdPattern.test(keyId)) throw invalidKeyId(keyId)
  return { type: 'key', scope, keyId }
}

const aliasRefused = () =>
  new ServiceError('InvalidArnException', 'Key Aliases are not supported for this operation.')

/** Whether a text is the ARN of this multi-Region key in another Region than this. */
export function isSameKeyElsewhere(text: string, keyId: string, { accountId, region }: Scope): boolean {
  if (!keyId.startsWith('mrk-')) return false
  const arn = parseArn(text)
  if (arn?.service !== 'kms' || arn.accountId !== accountId || arn.resource !== `key/${keyId}`) return false
  return arn.region !== '' && arn.region !== region
}

/** The ARN an identifier stands for, whether or not anything has it. */
export function identifierArn(identifier: KeyIdentifier): string {
  return identifier.type === 'key'
    ? keyArn(identifier.scope, identifier.keyId)
    : aliasArn(identifier.scope, identifier.aliasName)
}
