import { type ComponentType, lazy } from 'react'

/** A component that is loaded when it first shows. */
export function lazyPart<P extends object>(load: () => Promise<ComponentType<P>>) {
  return lazy(async () => ({ default: await load() }))
}
