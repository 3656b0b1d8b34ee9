import type { ProxyClient, ProxyClientOptions } from './proxy-client.ts'

/** Opens the client of external key store proxies. Most servers have none, and start without its code. */
export async function openProxyClient(options: ProxyClientOptions): Promise<ProxyClient> {
  const room = await import('./proxy-client.ts')
  return new room.ProxyClient(options)
}
