const paths = ['/healthz', '/readyz'] as const
/** A path that reports the health of the server. */
export type HealthPath = (typeof paths)[number]

/** Returns the health path that a URL names; undefined for other URLs. */
export function findHealthPath(url: string): HealthPath | undefined {
  return paths.find(path => path === url)
}

/** Renders whether the process is up (`/healthz`) or can serve requests (`/readyz`). */
export function renderHealth(path: HealthPath, isReady: boolean, notes: readonly string[]) {
  const isHealthy = path === '/healthz' || isReady
  return {
    status: isHealthy ? 200 : 503,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
    body: JSON.stringify({ status: isHealthy ? 'ok' : 'unavailable', notes }),
  }
}
