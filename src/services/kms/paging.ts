import { encodeMarker, type Page, type PageRequest, parseMarker } from '../../domain/index.ts'
import { boolean, integer, required } from '../../std/index.ts'
import { markerType } from './shapes.ts'

/** The Limit of a listing: AWS's model says up to 1000 for all, the service has tighter ones. */
const limitType = (max: number) => integer({ min: 1, max })

export const pageInput = (limitMax: number) => ({ Limit: limitType(limitMax), Marker: markerType })
export const pageOutput = { NextMarker: markerType, Truncated: required(boolean()) }

/** The page a request asks for. `listing` names what is listed, with its filters. Throws InvalidMarkerException. */
export function pageRequest(
  listing: string,
  input: { readonly Limit?: number | undefined; readonly Marker?: string | undefined },
  limitDefault: number,
): PageRequest {
  return { after: parseMarker(listing, input.Marker), limit: input.Limit ?? limitDefault }
}

/** Truncated is always there; NextMarker only when there is more. */
export function renderPage(
  listing: string,
  page: Page<unknown>,
): { NextMarker?: string; Truncated: boolean } {
  if (page.next === undefined) return { Truncated: false }
  return { NextMarker: encodeMarker(listing, page.next), Truncated: true }
}
