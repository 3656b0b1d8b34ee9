export { authenticateInsecurely, type InsecureAuthenticationOptions } from './insecure-authentication.ts'
export type { WireRequest } from './request.ts'
export { HttpServer, type HttpServerOptions } from './server.ts'
export { SignatureVerifier, type SignatureVerifierOptions } from './sigv4/verify.ts'
