export { type EngineLimits, engineLimitDefaults, engineLimitRows } from './engine/index.ts'
export { acceptConnection, type ConnectionServer } from './listener/accept.ts'
export { acceptAtDoor, type DoorRefusal, type GuardedDoor } from './listener/accept-at-door.ts'
export { Listener, type ListenerOptions } from './listener/listener.ts'
export { HttpServer, type Served } from './listener/server.ts'
export { MetricsServer, metricsPath } from './metrics/metrics-server.ts'
export type { WireRequest } from './request.ts'
export type { CorsOrigins } from './routes/cors.ts'
export type { TestClock } from './routes/test-clock.ts'
export {
  authenticateInsecurely,
  type InsecureAuthenticationOptions,
} from './sigv4/insecure-authentication.ts'
export { SignatureVerifier } from './sigv4/verify.ts'
export type { TlsGroups } from './tls/groups.ts'
export { TlsAcceptor, type TlsCertificate } from './tls/tls-acceptor.ts'
export { loadXksServer } from './xks/load-xks-server.ts'
export type { XksServer } from './xks/xks-server.ts'
