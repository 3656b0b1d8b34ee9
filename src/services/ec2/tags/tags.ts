import { ServiceError, type Tag } from '../../../domain/index.ts'
import { invalidValue } from '../wire/parameters.ts'

/** A tag of a request. */
export interface GivenTag {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
}

/** Amazon EC2 API reference, "Tag": in Unicode characters. */
const [keyLengthMax, valueLengthMax] = [127, 256]
/** The most tags of a resource (Amazon EC2 user guide, "Tag restrictions"). */
const tagsMax = 50

/**
 * Reads the tags that a request gives to a resource; without a value the value is empty. Throws InvalidParameterValue. The texts were
 * recorded from AWS (cloud-custodian issues 3792 and 5975; aws-cli issue 3283), except for those about lengths.
 */
export function readTags(given: readonly GivenTag[]): readonly Tag[] {
  const keys = new Set<string>()
  return given.map(({ Key: tagKey = '', Value: tagValue = '' }) => {
    checkKey(tagKey)
    if (keys.has(tagKey)) throw invalidValue(`Duplicate tag key '${tagKey}' specified.`)
    if (lengthOf(tagValue) > valueLengthMax)
      throw invalidValue(`Tag value exceeds the maximum length of ${valueLengthMax} characters`)
    keys.add(tagKey)
    return { tagKey, tagValue }
  })
}

/** Checks the key of a tag that a request adds or removes. Throws InvalidParameterValue. */
export function checkKey(tagKey: string): void {
  if (tagKey === '')
    throw invalidValue("Value ( '' ) for parameter Tag key is invalid. Tag key cannot be null or empty.")
  if (lengthOf(tagKey) > keyLengthMax)
    throw invalidValue(`Tag key exceeds the maximum length of ${keyLengthMax} characters`)
  if (/^aws:/i.test(tagKey))
    throw invalidValue(
      `Value ( ${tagKey} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use`,
    )
}

const lengthOf = (text: string) => [...text].length

/** Adds tags to those of a resource, and replaces tags with the same key. Throws TagLimitExceeded. */
export function addTags(tags: readonly Tag[], added: readonly Tag[]): readonly Tag[] {
  const given = new Set(added.map(({ tagKey }) => tagKey))
  return checkCount([...tags.filter(({ tagKey }) => !given.has(tagKey)), ...added])
}

/** Returns the tags if a resource can have so many. Throws TagLimitExceeded; the text is not recorded from AWS. */
export function checkCount(tags: readonly Tag[]): readonly Tag[] {
  if (tags.length <= tagsMax) return tags
  throw new ServiceError('TagLimitExceeded', 'The maximum number of Tags for a resource has been reached.')
}
