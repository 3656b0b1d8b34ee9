const paths = ['/healthz', '/readyz'] as const
export type HealthPath = (typeof paths)[number]

/** The health path that a URL is; undefined for other URLs. */
export function findHealthPath(url: string): HealthPath | undefined {
  return paths.find(path => path === url)
}

/** Whether the process is up (`/healthz`), and whether it can serve (`/readyz`). */
export function renderHealth(path: HealthPath, isReady: boolean, notes: readonly string[]) {
  const isHealthy = path === '/healthz' || isReady
  return {
    status: isHealthy ? 200 : 503,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
    body: JSON.stringify({ status: isHealthy ? 'ok' : 'unavailable', notes }),
  }
}
