import { ServiceError, type Tag } from '../../domain/index.ts'
import { isJsonObject } from '../../std/index.ts'

const tagsClaim = 'https://aws.amazon.com/tags'
const sourceIdentityClaim = 'https://aws.amazon.com/source_identity'

const malformed = (name: string) =>
  new ServiceError('InvalidIdentityTokenException', `The claim ${name} is malformed`)

/**
 * Reads the session tags and the source identity that an identity provider puts into its token (IAM user guide,
 * "Passing session tags using AssumeRoleWithWebIdentity" and "Monitor and control actions taken with assumed roles").
 * Throws InvalidIdentityTokenException.
 */
export function sessionTagsOf(claims: Readonly<Record<string, unknown>>): {
  readonly tags: readonly Tag[]
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity: string | undefined
} {
  const { principal_tags: principalTags = {}, transitive_tag_keys: transitiveTagKeys = [] } = objectOf(
    claims[tagsClaim] ?? {},
    tagsClaim,
  )
  const tags = Object.entries(objectOf(principalTags, tagsClaim)).map(([tagKey, value]) => ({
    tagKey,
    tagValue: onlyText(value),
  }))
  const sourceIdentity = claims[sourceIdentityClaim]
  if (sourceIdentity !== undefined && typeof sourceIdentity !== 'string') throw malformed(sourceIdentityClaim)
  if (!isTexts(transitiveTagKeys)) throw malformed(tagsClaim)
  return { tags, transitiveTagKeys, sourceIdentity }
}

/** The value of a tag is a text, or a list of one text. */
function onlyText(value: unknown): string {
  const [text, ...more] = Array.isArray(value) ? (value as unknown[]) : [value]
  if (typeof text !== 'string' || more.length > 0) throw malformed(tagsClaim)
  return text
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (isJsonObject(value)) return value
  throw malformed(name)
}
