import type { Tag } from '@aws-sdk/client-kms'

/** A tag as somebody types it. */
export interface TagRow {
  readonly key: string
  readonly value: string
}

/** The faults of a row, each under its field. */
export interface TagFault {
  readonly key?: string
  readonly value?: string
}

/** The most tags of a key (AWS KMS developer guide, "Tags in AWS KMS"). */
export const tagsMax = 50

export const rowsOf = (tags: readonly Tag[]): TagRow[] =>
  tags.map(({ TagKey = '', TagValue = '' }) => ({ key: TagKey, value: TagValue }))

/** The faults of each row, so that nothing is sent that AWS KMS refuses (API reference, "Tag"). */
export function tagFaults(rows: readonly TagRow[]): TagFault[] {
  return rows.map(({ key, value }, index) => {
    const keyFault = faultOfKey(
      key,
      rows.some((row, at) => at !== index && row.key === key),
    )
    const valueFault = faultOfValue(value)
    return { ...(keyFault && { key: keyFault }), ...(valueFault && { value: valueFault }) }
  })
}

function faultOfKey(key: string, isRepeated: boolean): string | undefined {
  if (key === '') return 'Enter a key.'
  if (/^aws:/i.test(key)) return 'Keys that begin with aws: belong to AWS.'
  if (key.length > 128) return 'A key has at most 128 characters.'
  return isRepeated ? 'This key is there twice.' : undefined
}

function faultOfValue(value: string): string | undefined {
  return value.length > 256 ? 'A value has at most 256 characters.' : undefined
}

/** Whether all rows are good. */
export const areGood = (faults: readonly TagFault[]): boolean =>
  faults.every(({ key, value }) => key === undefined && value === undefined)

/** The change from the tags of a key to the rows. */
export interface TagChange {
  readonly put: readonly Tag[]
  readonly removed: readonly string[]
  /** Whether the tags to remove must go first, because otherwise there would be too many at once. */
  readonly removesFirst: boolean
}

export function tagChange(before: readonly Tag[], rows: readonly TagRow[]): TagChange {
  const values = new Map(before.map(({ TagKey, TagValue }) => [TagKey, TagValue]))
  const kept = new Set(rows.map(({ key }) => key))
  const put = rows
    .filter(({ key, value }) => values.get(key) !== value)
    .map(({ key, value }) => ({ TagKey: key, TagValue: value }))
  const removed = before.flatMap(({ TagKey = '' }) => (kept.has(TagKey) ? [] : [TagKey]))
  const added = put.filter(({ TagKey }) => !values.has(TagKey)).length
  return { put, removed, removesFirst: before.length + added > tagsMax }
}
