// The address that an identity provider returns to, with its answer in the query.

const path = '/console/callback'

/** Whether an identity provider has returned to this address. */
export const isCallback = (): boolean => location.pathname === path

/** The address to return to, which must be registered at the identity provider. */
export const callbackUri = (): string => location.origin + path

/** The answer in the address. It must not stay there or in the history, where others could read the code. */
export function takeAnswer(): URLSearchParams {
  const answer = new URLSearchParams(location.search)
  history.replaceState(null, '', '/console/')
  return answer
}

/** The fragment of the address: the place where somebody is. */
export const currentPlace = (): string => location.hash

/** Goes to a place without a way back. */
export function returnTo(place: string): void {
  history.replaceState(null, '', `/console/${place}`)
}

/** Leaves the console for an identity provider. */
export function leaveFor(url: string): void {
  location.assign(url)
}
