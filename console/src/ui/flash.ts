import { useSyncExternalStore } from 'react'

/** A message above the page, until somebody closes it. */
export interface Flash {
  readonly id: string
  readonly type: 'success' | 'error' | 'info' | 'warning'
  readonly text: string
  readonly link?: { readonly text: string; readonly href: string } | undefined
}

let flashes: readonly Flash[] = []
let count = 0
const listeners = new Set<() => void>()

function change(next: readonly Flash[]): void {
  flashes = next
  for (const listener of listeners) listener()
}

const add = (type: Flash['type'], text: string, link?: Flash['link']) =>
  change([{ id: String(count++), type, text, link }, ...flashes].slice(0, 5))

export const flash = {
  success: (text: string, link?: Flash['link']) => add('success', text, link),
  error: (text: string) => add('error', text),
  info: (text: string) => add('info', text),
  remove: (id: string) => change(flashes.filter(item => item.id !== id)),
  clear: () => change([]),
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The messages that show, the newest first. */
export function useFlashes(): readonly Flash[] {
  return useSyncExternalStore(subscribe, () => flashes)
}
