import { useSyncExternalStore } from 'react'
import { serverConfig } from '../session/server-config.ts'
import { parseRoute, type Route, renderRoute } from './route.ts'
import type { PageName } from './routes.ts'

const subscribe = (listener: () => void) => {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

let known: { readonly hash: string; readonly route: Route | undefined } | undefined

/** The place that the address names; undefined if it names none. The same object as long as the address is the same. */
export function currentRoute(): Route | undefined {
  const { hash } = location
  if (known?.hash !== hash) {
    const region = serverConfig().defaultRegion
    known = { hash, route: /^#?\/?$/.test(hash) ? parseRoute(renderRoute(region, 'keys')) : parseRoute(hash) }
  }
  return known?.route
}

export function useRoute(): Route | undefined {
  return useSyncExternalStore(subscribe, currentRoute)
}

/** The Region of the address: that of all calls. */
export function currentRegion(): string {
  return currentRoute()?.region ?? serverConfig().defaultRegion
}

/** The address of a page in the current Region. */
export function href(
  page: PageName,
  params?: Readonly<Record<string, string>>,
  query?: Readonly<Record<string, string>>,
): string {
  return renderRoute(currentRegion(), page, params, query)
}

/** Goes to a place. Without `replaces`, the way back leads here. */
export function navigate(hash: string, { replaces = false } = {}): void {
  if (!replaces) location.hash = hash
  else {
    history.replaceState(null, '', hash)
    dispatchEvent(new HashChangeEvent('hashchange'))
  }
}
