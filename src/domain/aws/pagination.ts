/** A page to read: items whose sort key comes after `after`, at most `limit` of them. */
export interface PageRequest {
  readonly after: string | undefined
  readonly limit: number
}

/** A page read; `next` is the sort key to go on after, undefined on the last page. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | undefined
}

/** Cuts a page from items read with one more than the limit. */
export function toPage<T>(items: readonly T[], limit: number, sortKey: (item: T) => string): Page<T> {
  if (items.length <= limit) return { items, next: undefined }
  const kept = items.slice(0, limit)
  const last = kept.at(-1)
  return { items: kept, next: last === undefined ? undefined : sortKey(last) }
}
