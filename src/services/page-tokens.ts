import type { Scope, ServiceError } from '../domain/index.ts'
import { type Hsm, SealBroken } from '../hsm/index.ts'
import { decodeBase64, type Json, parseJson } from '../std/index.ts'

// The token of a page is the place where the page ended, sealed under the name of its listing. A token of a different account,
// Region or listing is refused.

/** Seals and opens the tokens of pages, under a name. */
export type TokenSeal = Pick<Hsm, 'wrapSecret' | 'unwrapSecret'>

/** Returns the name of a listing: its operation, account, Region and parameters. */
export const listingOf = (operation: string, { accountId, region }: Scope, ...parameters: Json[]) =>
  JSON.stringify([operation, accountId, region, ...parameters])

/** Makes the token of a page. */
export function makeToken(secrets: TokenSeal, listing: string, place: Json): string {
  return secrets.wrapSecret(secretName(listing), Buffer.from(JSON.stringify(place))).toString('base64')
}

/** Opens a token. Throws the error of `invalidToken` for one that was not made here for this listing. */
export function openToken(
  secrets: TokenSeal,
  listing: string,
  token: string,
  invalidToken: () => ServiceError,
): unknown {
  const sealed = token.length <= tokenLengthMax ? decodeBase64(token) : undefined
  if (sealed === undefined) throw invalidToken()
  try {
    return parseJson(secrets.unwrapSecret(secretName(listing), sealed).toString())
  } catch (error) {
    throw error instanceof SealBroken ? invalidToken() : error
  }
}

const tokenLengthMax = 4096
const secretName = (listing: string) => `token of ${listing}`
