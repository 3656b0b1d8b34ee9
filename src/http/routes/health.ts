import { headerLine, type Reply } from '../engine/index.ts'

const paths = ['/healthz', '/readyz'] as const
/** A path that reports the health of the server. */
export type HealthPath = (typeof paths)[number]

/** Returns the health path that a URL names; undefined for other URLs. */
export function findHealthPath(url: string): HealthPath | undefined {
  return paths.find(path => path === url)
}

/** Whether a server can serve requests. */
export type Readiness = 'ok' | 'unavailable' | 'sealed'

/** Renders whether the process is up (`/healthz`) or can serve requests (`/readyz`). */
export function renderHealth(path: HealthPath, readiness: Readiness, notes: readonly string[]): Reply {
  const status = path === '/healthz' ? 'ok' : readiness
  return {
    status: status === 'ok' ? 200 : 503,
    headerLines: headerLine('Content-Type', 'application/json') + headerLine('Cache-Control', 'no-store'),
    body: JSON.stringify({ status, notes }),
  }
}
