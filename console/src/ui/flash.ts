import { useSyncExternalStore } from 'react'
import { onSignOut } from '../session/session.ts'

/** A message above the page, until somebody closes it. */
export interface Flash {
  readonly id: string
  readonly text: string
  /** A place that the message leads to. */
  readonly link?: { readonly text: string; readonly href: string } | undefined
}

let flashes: readonly Flash[] = []
let count = 0
const listeners = new Set<() => void>()

function change(next: readonly Flash[]): void {
  flashes = next
  for (const listener of listeners) listener()
}

/** How many messages show at most. */
const flashesMax = 5

export const flash = {
  success: (text: string, link?: Flash['link']) =>
    change([{ id: String(count++), text, link }, ...flashes].slice(0, flashesMax)),
  remove: (id: string) => change(flashes.filter(item => item.id !== id)),
}

// Messages name keys, which the next person may not see.
onSignOut(() => change([]))

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The messages that show, the newest first. */
export function useFlashes(): readonly Flash[] {
  return useSyncExternalStore(subscribe, () => flashes)
}
