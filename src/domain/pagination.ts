import { decodeBase64Url } from '../std/index.ts'
import { ServiceError } from './errors.ts'

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

/**
 * A marker names the listing it belongs to (a text of one line) and the last item seen, so that pages stay right while items come and go,
 * and a marker of one listing is refused by another.
 */
export function encodeMarker(listing: string, after: string): string {
  return Buffer.from(`${listing}\n${after}\n`).toString('base64url')
}

/** Throws InvalidMarkerException for anything that encodeMarker did not make for this listing. */
export function parseMarker(listing: string, marker: string | undefined): string | undefined {
  if (marker === undefined) return undefined
  const text = decodeBase64Url(marker)?.toString() ?? ''
  const after = text.slice(listing.length + 1, -1)
  if (encodeMarker(listing, after) === marker) return after
  throw new ServiceError('InvalidMarkerException', 'The marker is not valid for this request.')
}

/** Cuts a page from items read with one more than the limit. */
export function toPage<T>(items: readonly T[], limit: number, sortKey: (item: T) => string): Page<T> {
  if (items.length <= limit) return { items, next: undefined }
  const kept = items.slice(0, limit)
  const last = kept.at(-1)
  return { items: kept, next: last === undefined ? undefined : sortKey(last) }
}
