import type { ClusterClient } from './cluster-client.ts'
import type { ClusterClientOptions } from './cluster-options.ts'

/** Opens the client of clusters of HSMs. Most servers have none, and start without its code. */
export async function openClusterClient(options: ClusterClientOptions): Promise<ClusterClient> {
  const room = await import('./cluster-client.ts')
  return new room.ClusterClient(options)
}
