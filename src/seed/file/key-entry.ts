import { compileKeyPolicy } from '../../access/index.ts'
import {
  checkAliasName,
  type Deployment,
  descriptionLengthMax,
  factsOf,
  hasUsage,
  isKeyId,
  isKeySpec,
  type KeySpec,
  type KeyUsage,
  keySpecs,
  type Origin,
  offersKeySpec,
  partitionOf,
  type Tag,
} from '../../domain/index.ts'
import type { Located } from '../../std/index.ts'
import { explained, needed, readDocument } from '../../std/index.ts'
import { readGrant, type SeedGrant } from './grant-entry.ts'
import { readMaterials, type SeedMaterial } from './material-entry.ts'
import { readTags } from './tags.ts'

/** A key of the seed, in all its regions. */
export interface SeedKey {
  readonly at: Located
  readonly keyId: string
  readonly keySpec: KeySpec
  readonly keyUsage: KeyUsage
  readonly origin: Origin
  readonly isMultiRegion: boolean
  /** The oldest first. Empty if the file gives none: the key then gets random key material, or waits for an import. */
  readonly materials: readonly SeedMaterial[]
  /** The period of automatic rotation; undefined if the key does not rotate. */
  readonly rotationDays: number | undefined
  /** The key in its region, then the replicas of a multi-Region key. */
  readonly members: readonly [SeedMember, ...SeedMember[]]
}

/** A key in one region, with the properties that a multi-Region key has separately in each region. */
export interface SeedMember {
  readonly at: Located
  readonly region: string
  readonly description: string
  readonly isEnabled: boolean
  readonly aliases: readonly SeedAlias[]
  readonly tags: readonly Tag[]
  /** Undefined if the file gives none: the key then gets the default key policy. */
  readonly policy: string | undefined
  readonly grants: readonly SeedGrant[]
}

/** An alias of a key of the seed. */
export interface SeedAlias {
  readonly at: Located
  readonly aliasName: string
}

type Kind = Pick<SeedKey, 'keySpec' | 'keyUsage' | 'origin'>
type Parts<N extends string> = Partial<Record<N, Located>>

const memberParts = ['region', 'description', 'enabled', 'aliases', 'tags', 'policy', 'grants'] as const
const keyParts = [
  'id',
  'spec',
  'usage',
  'origin',
  'material',
  'materials',
  'rotation',
  'replicas',
  ...memberParts,
] as const
const rotationDays = { min: 90, max: 2560 }

/** Reads a key. Throws OperatorError with the line of the fault. */
export function readKey(at: Located, deployment: Deployment): SeedKey {
  const parts = at.members(keyParts)
  const keyId = needed(parts.id, at, 'id').text()
  if (!isKeyId(keyId)) {
    throw at.error(
      `has the id '${keyId}'; a key id is a UUID in lower case, or mrk- and 32 hex digits for a multi-Region key`,
    )
  }
  const kind = readKind(at, parts)
  const isMultiRegion = keyId.startsWith('mrk-')
  const members = readMembers(at, parts, kind, deployment)
  if (members.length > 1 && !isMultiRegion) {
    throw at.error(`has the id '${keyId}' and replicas; the id of a multi-Region key begins with mrk-`)
  }
  const materials = readMaterials(at, parts, kind)
  if (kind.origin === 'EXTERNAL' && materials.length === 0) checkNotDisabled(members)
  return {
    at,
    keyId,
    ...kind,
    isMultiRegion,
    materials,
    rotationDays: parts.rotation === undefined ? undefined : readRotation(parts.rotation, kind),
    members,
  }
}

function readKind(at: Located, parts: Parts<'spec' | 'usage' | 'origin'>): Kind {
  const keySpec = parts.spec?.text() ?? 'SYMMETRIC_DEFAULT'
  if (!isKeySpec(keySpec)) {
    throw at.error(`has the spec '${keySpec}'; it must be one of ${Object.keys(keySpecs).join(', ')}`)
  }
  const { algorithms, defaultUsage, isImportable } = factsOf(keySpec)
  const known = Object.keys(algorithms).join(' or ')
  const usage = parts.usage?.text() ?? defaultUsage
  if (usage === undefined) throw at.error(`has no usage; a key of ${keySpec} needs one: ${known}`)
  // The cast is safe: `hasUsage` refuses a text that is not a usage.
  const keyUsage = usage as KeyUsage
  if (!hasUsage(keySpec, keyUsage)) {
    throw at.error(`has the usage '${usage}'; a key of ${keySpec} can have ${known}`)
  }
  const origin = parts.origin?.text() ?? 'AWS_KMS'
  if (origin !== 'AWS_KMS' && origin !== 'EXTERNAL') {
    throw at.error(`has the origin '${origin}'; it must be AWS_KMS or EXTERNAL`)
  }
  if (origin === 'EXTERNAL' && !isImportable) {
    throw at.error(`has origin EXTERNAL, but key material of ${keySpec} cannot be imported; leave origin out`)
  }
  return { keySpec, keyUsage, origin }
}

function readMembers(
  at: Located,
  parts: Parts<(typeof keyParts)[number]>,
  kind: Kind,
  deployment: Deployment,
): [SeedMember, ...SeedMember[]] {
  const first = readMember(at, parts, kind, deployment)
  const replicas = (parts.replicas?.items() ?? []).map(item => {
    const own = item.members(memberParts)
    needed(own.region, item, 'region')
    return readMember(item, own, kind, deployment)
  })
  const seen = new Set([first.region])
  for (const { at: place, region } of replicas) {
    if (seen.has(region)) throw place.error(`is in region ${region}, where the key is already; leave one out`)
    if (partitionOf(region) !== partitionOf(first.region)) {
      throw place.error(
        `is in region ${region}, which cannot have replicas of keys in ${first.region}; leave it out`,
      )
    }
    seen.add(region)
  }
  return [first, ...replicas]
}

function readMember(
  at: Located,
  parts: Parts<(typeof memberParts)[number]>,
  kind: Kind,
  deployment: Deployment,
): SeedMember {
  const { regions } = deployment
  const region = parts.region?.text() ?? regions[0] ?? ''
  if (!regions.includes(region)) {
    throw at.error(
      `is in region '${region}', which is not configured (KEYWARD_REGIONS is ${regions.join(',')})`,
    )
  }
  if (!offersKeySpec(deployment, kind.keySpec, region)) throw at.error(notOffered(kind.keySpec, region))
  const description = parts.description?.text() ?? ''
  if (description.length > descriptionLengthMax) {
    throw at.error(`has a description of more than ${descriptionLengthMax} characters; shorten it`)
  }
  return {
    at,
    region,
    description,
    isEnabled: parts.enabled?.boolean() ?? true,
    aliases: (parts.aliases?.items() ?? []).map(readAlias),
    tags: parts.tags === undefined ? [] : readTags(parts.tags),
    policy: parts.policy === undefined ? undefined : readKeyPolicy(parts.policy),
    grants: (parts.grants?.items() ?? []).map(item => readGrant(item, kind)),
  }
}

function notOffered(keySpec: KeySpec, region: string): string {
  const where =
    factsOf(keySpec).offered === 'inChina'
      ? 'is offered in the China regions, and elsewhere with KEYWARD_SM2 (--sm2)'
      : 'is not offered in the China regions'
  return `has the spec ${keySpec} in ${region}; it ${where}`
}

/** A key that waits for its key material is neither Enabled nor Disabled. */
function checkNotDisabled(members: readonly SeedMember[]): void {
  const disabled = members.find(member => !member.isEnabled)
  if (disabled === undefined) return
  throw disabled.at.error(
    'cannot be disabled while it has no key material; give it some, or leave enabled out',
  )
}

function readRotation(at: Located, { keySpec, origin }: Kind): number {
  if (keySpec !== 'SYMMETRIC_DEFAULT' || origin !== 'AWS_KMS') {
    throw at.error('is for keys of SYMMETRIC_DEFAULT with origin AWS_KMS only; leave it out')
  }
  const { min, max } = rotationDays
  const days = /^\d{1,6}$/.test(at.text()) ? Number(at.text()) : Number.NaN
  if (!(days >= min && days <= max)) throw at.error(`must be a number of days from ${min} to ${max}`)
  return days
}

function readAlias(at: Located): SeedAlias {
  const aliasName = at.text()
  explained(at, () => checkAliasName(aliasName))
  return { at, aliasName }
}

function readKeyPolicy(at: Located): string {
  const text = readDocument(at)
  explained(at, () => compileKeyPolicy(text))
  return text
}
