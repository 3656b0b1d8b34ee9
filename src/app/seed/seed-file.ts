import { readFileSync } from 'node:fs'
import { compileKeyPolicy, compilePolicy } from '../../access/index.ts'
import {
  checkAliasName,
  checkTags,
  descriptionLengthMax,
  isAccountId,
  isKeyId,
  isKeySpec,
  type KeySpec,
  type NamedPolicy,
  ServiceError,
  type Tag,
} from '../../domain/index.ts'
import { decodeBase64, OperatorError } from '../../std/index.ts'
import { Located } from './located.ts'

/** What a seed file asks for; every part knows its place in the file. */
export interface Seed {
  readonly accounts: readonly SeedAccount[]
}

export interface SeedAccount {
  readonly accountId: string
  readonly rootAccessKeys: readonly SeedAccessKey[]
  readonly users: readonly SeedUser[]
  readonly keys: readonly SeedKey[]
}

export interface SeedUser {
  readonly at: Located
  readonly userName: string
  readonly policies: readonly NamedPolicy[]
  readonly accessKeys: readonly SeedAccessKey[]
}

export interface SeedAccessKey {
  readonly at: Located
  readonly accessKeyId: string
  readonly secret: string
  readonly sessionToken: string | undefined
  readonly expiresAt: number | undefined
}

export interface SeedKey {
  readonly at: Located
  readonly keyId: string
  readonly region: string
  readonly keySpec: KeySpec
  /** Random where the file gives none. */
  readonly material: Buffer | undefined
  readonly description: string
  readonly isEnabled: boolean
  readonly aliases: readonly SeedAlias[]
  readonly tags: readonly Tag[]
  /** The default key policy where the file gives none. */
  readonly policy: string | undefined
}

export interface SeedAlias {
  readonly at: Located
  readonly aliasName: string
}

/** Reads a seed file; docs/seed.md is its description. Throws OperatorError with the line of what is wrong. */
export function readSeedFile(path: string, regions: readonly string[]): Seed {
  const { accounts } = Located.parse(readText(path), path).members(['accounts'])
  return { accounts: (accounts?.items() ?? []).map(account => readAccount(account, regions)) }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new OperatorError(`The seed file ${path} cannot be read: ${(error as Error).message}`)
  }
}

function readAccount(at: Located, regions: readonly string[]): SeedAccount {
  const { id, root, users, keys } = at.members(['id', 'root', 'users', 'keys'])
  const accountId = needed(id, at, 'id').text()
  if (!isAccountId(accountId)) throw at.error(`has the id '${accountId}'; an account id has 12 digits`)
  return {
    accountId,
    rootAccessKeys: readAccessKeys(root?.members(['accessKeys']).accessKeys),
    users: (users?.items() ?? []).map(readUser),
    keys: (keys?.items() ?? []).map(key => readKey(key, regions)),
  }
}

function readUser(at: Located): SeedUser {
  const { name, policies, accessKeys } = at.members(['name', 'policies', 'accessKeys'])
  const userName = needed(name, at, 'name').text()
  if (!/^[\w+=,.@-]{1,64}$/.test(userName))
    throw at.error(`has the name '${userName}', which is no user name`)
  return {
    at,
    userName,
    policies: (policies?.items() ?? []).map(readIdentityPolicy),
    accessKeys: readAccessKeys(accessKeys),
  }
}

function readIdentityPolicy(at: Located): NamedPolicy {
  const { name, document } = at.members(['name', 'document'])
  const policyName = needed(name, at, 'name').text()
  const text = readDocument(needed(document, at, 'document'))
  try {
    compilePolicy(text, 'identity', policyName)
  } catch (error) {
    throw at.error(`is not a policy this server evaluates: ${(error as Error).message}`)
  }
  return { name: policyName, document: text }
}

function readAccessKeys(at: Located | undefined): SeedAccessKey[] {
  return (at?.items() ?? []).map(item => {
    const { id, secret, sessionToken, expires } = item.members(['id', 'secret', 'sessionToken', 'expires'])
    const accessKeyId = needed(id, item, 'id').text()
    if (!/^\w{1,128}$/.test(accessKeyId))
      throw item.error(`has the id '${accessKeyId}', which is no access key id`)
    const text = needed(secret, item, 'secret').text()
    if (text === '') throw item.error('has an empty secret')
    return {
      at: item,
      accessKeyId,
      secret: text,
      sessionToken: sessionToken?.text(),
      expiresAt: expires === undefined ? undefined : readTime(expires),
    }
  })
}

function readTime(at: Located): number {
  const millis = Date.parse(at.text())
  if (Number.isNaN(millis)) throw at.error('is not a time such as 2027-01-31T00:00:00Z')
  return millis
}

function readKey(at: Located, regions: readonly string[]): SeedKey {
  const parts = at.members([
    'id',
    'region',
    'spec',
    'material',
    'description',
    'enabled',
    'aliases',
    'tags',
    'policy',
  ])
  const keyId = needed(parts.id, at, 'id').text()
  if (!isKeyId(keyId) || keyId.startsWith('mrk-')) {
    throw at.error(`has the id '${keyId}'; a key id is a UUID in lower case`)
  }
  const region = parts.region?.text() ?? regions[0] ?? ''
  if (!regions.includes(region)) {
    throw at.error(
      `is in region '${region}', which is not configured (KEYWARD_REGIONS is ${regions.join(',')})`,
    )
  }
  const keySpec = parts.spec?.text() ?? 'SYMMETRIC_DEFAULT'
  if (!isKeySpec(keySpec))
    throw at.error(`has the spec '${keySpec}', which this version of Keyward does not have`)
  const description = parts.description?.text() ?? ''
  if (description.length > descriptionLengthMax) throw at.error('has a description that is too long')
  return {
    at,
    keyId,
    region,
    keySpec,
    material: parts.material === undefined ? undefined : readMaterial(parts.material),
    description,
    isEnabled: parts.enabled?.boolean() ?? true,
    aliases: (parts.aliases?.items() ?? []).map(readAlias),
    tags: parts.tags === undefined ? [] : readTags(parts.tags),
    policy: parts.policy === undefined ? undefined : readKeyPolicy(parts.policy),
  }
}

/** Base64, or a PEM block around it whatever its label. */
function readMaterial(at: Located): Buffer {
  const text = at.text()
  const block = /^-----BEGIN ([A-Z0-9 ]+)-----\s([A-Za-z0-9+/=\s]+)-----END \1-----\s*$/.exec(text)
  const material = decodeBase64((block?.[2] ?? text).replaceAll(/\s/g, ''))
  if (material === undefined || material.length === 0) throw at.error('is neither base64 nor PEM')
  return material
}

function readAlias(at: Located): SeedAlias {
  const aliasName = at.text()
  explained(at, () => checkAliasName(aliasName))
  return { at, aliasName }
}

function readTags(at: Located): Tag[] {
  const tags = at.entries().map(([tagKey, value]) => ({ tagKey, tagValue: value.text() }))
  explained(at, () => checkTags(tags))
  const isFitting = tags.every(
    ({ tagKey, tagValue }) => tagKey !== '' && tagKey.length <= 128 && tagValue.length <= 256,
  )
  if (!isFitting) throw at.error('has a tag that is empty or too long')
  return tags
}

function readKeyPolicy(at: Located): string {
  const text = readDocument(at)
  explained(at, () => compileKeyPolicy(text))
  return text
}

/** A policy document: JSON in a text, or the same as YAML. */
function readDocument(at: Located): string {
  return at.isText ? at.text() : JSON.stringify(at.value())
}

function needed(value: Located | undefined, owner: Located, name: string): Located {
  if (value === undefined) throw owner.error(`has no ${name}`)
  return value
}

/** Turns what the domain's rules say into an error with a line. */
function explained(at: Located, check: () => unknown): void {
  try {
    check()
  } catch (error) {
    const why = error instanceof ServiceError ? (error.text ?? error.reason) : (error as Error).message
    throw at.error(`is not valid: ${why}`)
  }
}
