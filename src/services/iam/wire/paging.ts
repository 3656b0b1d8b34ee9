import { type Page, type PageRequest, ServiceError, toPage } from '../../../domain/index.ts'
import { boolean, decodeBase64Url, integer, required, sha256, string } from '../../../std/index.ts'

const itemsDefault = 100

const markerType = string({ min: 1, max: 320, pattern: '[\\u0020-\\u00FF]+' })
/** The input members with which a request asks for a page. */
export const pageInput = { Marker: markerType, MaxItems: integer({ min: 1, max: 1000 }) }
/** The output members that lead to the next page. */
export const pageOutput = { IsTruncated: required(boolean()), Marker: string() }

interface PageInput {
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

/**
 * Returns the page of a listing that a request asks for. `listing` is everything that determines the listed items: the
 * operation and the values of its filters. Throws ValidationException, or the given error, for a marker of a different
 * listing.
 */
export function pageRequest(
  listing: readonly unknown[],
  input: PageInput,
  invalidMarker = () => new ServiceError('ValidationException', 'Invalid Marker.'),
): PageRequest {
  const after = input.Marker === undefined ? undefined : readMarker(listing, input.Marker)
  if (input.Marker !== undefined && after === undefined) throw invalidMarker()
  return { after, limit: input.MaxItems ?? itemsDefault }
}

/** Renders the end of a page: whether more items follow, and the marker of the next page. */
export function renderPage(
  listing: readonly unknown[],
  { next }: Page<unknown>,
): { IsTruncated: boolean; Marker?: string } {
  return next === undefined
    ? { IsTruncated: false }
    : { IsTruncated: true, Marker: encodeMarker(nameOf(listing), next) }
}

/** The entities that are read before other work gets its turn. An entity can have some ten kilobytes. */
export const entitiesPerPart = 20

/** The same for roles and managed policies, whose documents may have 131,072 characters with their white space. */
export const rolesPerPart = 5
/** See `rolesPerPart`. */
export const policiesPerPart = 10

/**
 * The characters of policies in one answer, after which a page ends early: IAM may return fewer items than asked for, and
 * then says that there are more (IAM API reference, "ListRoles": MaxItems).
 */
export const policiesLengthMax = 512 * 1024

/** Cuts a page out of items that are all in memory. `sortKey` gives their order and is unique to each item. */
export function cutPage<T>(items: readonly T[], page: PageRequest, sortKey: (item: T) => string): Page<T> {
  const { after, limit } = page
  const rest = items
    .map(item => ({ item, key: shorten(sortKey(item)) }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const { items: kept, next } = toPage(rest.slice(0, limit + 1), limit, ({ key }) => key)
  return { items: kept.map(({ item }) => item), next }
}

const keySizeMaxBytes = 180

/** Returns a text that is as unique and fits into a marker; tag keys in some scripts are too long. */
function shorten(text: string): string {
  if (Buffer.byteLength(text) <= keySizeMaxBytes) return text
  const digest = sha256(text).subarray(0, 12).toString('base64url')
  return [...text].slice(0, keySizeMaxBytes / 4 - 6).join('') + digest
}

/** A marker names its listing and the last item of its page, so that pages stay correct while items come and go. */
function encodeMarker(listing: string, after: string): string {
  return Buffer.from(`${listing}\n${after}\n`).toString('base64url')
}

/** Returns the last item that a marker names; undefined for a marker of a different listing. */
function readMarker(listing: readonly unknown[], marker: string): string | undefined {
  const name = nameOf(listing)
  const text = decodeBase64Url(marker)?.toString() ?? ''
  const after = text.slice(name.length + 1, -1)
  return encodeMarker(name, after) === marker ? after : undefined
}

/** A digest names the listing, because its filters may be longer than a marker can be. */
function nameOf(listing: readonly unknown[]): string {
  return sha256(JSON.stringify(listing)).subarray(0, 12).toString('base64url')
}
