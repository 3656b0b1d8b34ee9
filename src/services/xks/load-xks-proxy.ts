import type { XksProxy } from './xks-proxy.ts'

/** Loads the external key store proxy. Most servers have none, and start without its code. */
export async function loadXksProxy(): Promise<typeof XksProxy> {
  return (await import('./xks-proxy.ts')).XksProxy
}
