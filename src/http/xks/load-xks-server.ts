import type { XksServer } from './xks-server.ts'

/** Loads the server of the external key store proxy. Most servers have none, and start without its code. */
export async function loadXksServer(): Promise<typeof XksServer> {
  return (await import('./xks-server.ts')).XksServer
}
