import { useSyncExternalStore } from 'react'
import { serverConfig } from '../session/server-config.ts'
import { parseRoute, type Route, renderRoute } from './route.ts'
import type { PageName } from './routes.ts'

const subscribe = (listener: () => void) => {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

let known: { readonly hash: string; readonly route: Route | undefined } | undefined

let kept: { readonly hash: string } | undefined

/** The place that the address names; undefined if it names none. The same object as long as the address is the same. */
export function currentRoute(): Route | undefined {
  const hash = kept?.hash ?? location.hash
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

/**
 * Keeps the page that shows, because it has unsaved work: a change of the address is undone, and `ask` gets the address that was
 * wanted. The browser itself asks before the tab closes. Ends when the answer is called.
 */
export function keepPlace(ask: (wanted: string) => void): () => void {
  const place = { hash: location.hash }
  const onChange = () => {
    const wanted = location.hash
    if (wanted === place.hash) return
    history.replaceState(null, '', place.hash)
    ask(wanted)
  }
  const onUnload = (event: Event) => event.preventDefault()
  kept = place
  addEventListener('hashchange', onChange)
  addEventListener('beforeunload', onUnload)
  return () => {
    if (kept === place) kept = undefined
    removeEventListener('hashchange', onChange)
    removeEventListener('beforeunload', onUnload)
  }
}

/** Goes to a place. Without `replaces`, the way back leads here. */
export function navigate(hash: string, { replaces = false } = {}): void {
  if (!replaces) location.hash = hash
  else {
    history.replaceState(null, '', hash)
    dispatchEvent(new HashChangeEvent('hashchange'))
  }
}
