export { type EngineLimits, engineLimitDefaults, engineLimitRows, type LimitRow } from './engine/index.ts'
export { acceptConnection, type ConnectionServer } from './listener/accept.ts'
export { Listener, type ListenerOptions } from './listener/listener.ts'
export { HttpServer, type HttpServerOptions, type Served } from './listener/server.ts'
export { MetricsServer, type MetricsServerOptions, metricsPath } from './metrics/metrics-server.ts'
export type { WireRequest } from './request.ts'
export type { CorsOrigins } from './routes/cors.ts'
export type { Readiness } from './routes/health.ts'
export type { TestClock } from './routes/test-clock.ts'
export {
  authenticateInsecurely,
  type InsecureAuthenticationOptions,
} from './sigv4/insecure-authentication.ts'
export { SignatureVerifier, type SignatureVerifierOptions } from './sigv4/verify.ts'
export type { TlsGroups } from './tls/groups.ts'
export {
  type ClientCertificates,
  TlsAcceptor,
  type TlsAcceptorOptions,
  type TlsCertificate,
} from './tls/tls-acceptor.ts'
export { loadXksServer } from './xks/load-xks-server.ts'
export type { XksAnswer, XksRequest, XksServer, XksServerOptions } from './xks/xks-server.ts'
export type { XksSigner } from './xks/xks-signature.ts'
