import { type Page, type PageRequest, type Scope, ServiceError } from '../../../domain/index.ts'
import { type Hsm, SealBroken } from '../../../hsm/index.ts'
import { boolean, decodeBase64Url, integer, required } from '../../../std/index.ts'
import { markerType } from './shapes.ts'

/** The Limit of a listing: AWS's model says up to 1000 for all, the service has tighter ones. */
const limitType = (max: number) => integer({ min: 1, max })

export const pageInput = (limitMax: number) => ({ Limit: limitType(limitMax), Marker: markerType })
export const pageOutput = { NextMarker: markerType, Truncated: required(boolean()) }

/**
 * The name of what is listed: by which operation, for which account and in which Region, and with which filters. A marker
 * is good for one of these only.
 */
export function listingOf(
  operation: string,
  { accountId, region }: Scope,
  ...filters: (string | undefined)[]
): string {
  return JSON.stringify([operation, accountId, region, ...filters.map(filter => filter ?? null)])
}

/** The page a request asks for. `listing` is its listingOf. Throws InvalidMarkerException. */
export function pageRequest(
  hsm: Hsm,
  listing: string,
  input: { readonly Limit?: number | undefined; readonly Marker?: string | undefined },
  limitDefault: number,
): PageRequest {
  return { after: openMarker(hsm, listing, input.Marker), limit: input.Limit ?? limitDefault }
}

/** Truncated is always there; NextMarker only when there is more. */
export function renderPage(
  hsm: Hsm,
  listing: string,
  page: Page<unknown>,
): { NextMarker?: string; Truncated: boolean } {
  if (page.next === undefined) return { Truncated: false }
  return { NextMarker: makeMarker(hsm, listing, page.next), Truncated: true }
}

/**
 * A marker holds the last item seen, sealed under the name of its listing: pages stay right while items come and go, and
 * what was not made here, or for another listing, is no marker.
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
/** Recorded from AWS without any text. */
export const invalidMarker = () => new ServiceError('InvalidMarkerException')
