/** A request for a page: at most `limit` items, whose sort keys come after `after`. */
export interface PageRequest {
  readonly after: string | undefined
  readonly limit: number
}

/** A page of items. `next` is the sort key after which the next page begins; undefined on the last page. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | undefined
}

/** Makes a page of items that were read with one more than the limit. */
export function toPage<T>(items: readonly T[], limit: number, sortKey: (item: T) => string): Page<T> {
  if (items.length <= limit) return { items, next: undefined }
  const kept = items.slice(0, limit)
  const last = kept.at(-1)
  return { items: kept, next: last === undefined ? undefined : sortKey(last) }
}
