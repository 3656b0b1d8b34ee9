import { type Page, type PageRequest, type Scope, ServiceError } from '../../../domain/index.ts'
import { type Hsm, SealBroken } from '../../../hsm/index.ts'
import { boolean, decodeBase64Url, integer, required } from '../../../std/index.ts'
import { markerType } from './shapes.ts'

/**
 * Returns the type of the Limit of a listing. AWS's model allows up to 1000 everywhere; the service itself has lower
 * maximums.
 */
const limitType = (max: number) => integer({ min: 1, max })

/** Returns the input members of a listing. */
export const pageInput = (limitMax: number) => ({ Limit: limitType(limitMax), Marker: markerType })
/** The output members of a listing. */
export const pageOutput = { NextMarker: markerType, Truncated: required(boolean()) }

/**
 * Returns the name of a listing: its operation, account, Region and filters. A marker is valid for one listing only.
 */
export function listingOf(
  operation: string,
  { accountId, region }: Scope,
  ...filters: (string | undefined)[]
): string {
  return JSON.stringify([operation, accountId, region, ...filters.map(filter => filter ?? null)])
}

/**
 * Returns the page that a request asks for. `listing` is a name that `listingOf` made. Throws InvalidMarkerException.
 */
export function pageRequest(
  hsm: Hsm,
  listing: string,
  input: { readonly Limit?: number | undefined; readonly Marker?: string | undefined },
  limitDefault: number,
): PageRequest {
  return { after: openMarker(hsm, listing, input.Marker), limit: input.Limit ?? limitDefault }
}

/** Renders the output members of a page. Truncated is always present, NextMarker only if there are more items. */
export function renderPage(
  hsm: Hsm,
  listing: string,
  page: Page<unknown>,
): { NextMarker?: string; Truncated: boolean } {
  if (page.next === undefined) return { Truncated: false }
  return { NextMarker: makeMarker(hsm, listing, page.next), Truncated: true }
}

/**
 * Returns a marker: the last item of a page, sealed under the name of its listing. Pages therefore stay correct while
 * items come and go, and a marker of a different server or listing is refused.
 */
function makeMarker(hsm: Hsm, listing: string, after: string): string {
  return hsm.wrapSecret(secretName(listing), Buffer.from(after)).toString('base64url')
}

function openMarker(hsm: Hsm, listing: string, marker: string | undefined): string | undefined {
  if (marker === undefined) return undefined
  const sealed = decodeBase64Url(marker)
  if (sealed === undefined) throw invalidMarker()
  try {
    return hsm.unwrapSecret(secretName(listing), sealed).toString()
  } catch (error) {
    throw error instanceof SealBroken ? invalidMarker() : error
  }
}

const secretName = (listing: string) => `marker of ${listing}`
/** Returns the error for a marker that is not valid (recorded from AWS without a text). */
export const invalidMarker = () => new ServiceError('InvalidMarkerException')
