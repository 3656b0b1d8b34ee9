import { headerLine } from '../engine/index.ts'

/**
 * The content security policy of the console (W3C, Content Security Policy Level 3; Trusted Types). Scripts are the built files
 * and the one inline import map, whose hash the policy names; the map has the hashes of all scripts that are loaded later. Pages
 * of the console may call this server and the token endpoints of identity providers, and nothing may frame them.
 */
export function contentSecurityPolicy(importMapHash: string, tokenEndpoints: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src 'self' '${importMapHash}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    ["connect-src 'self'", ...tokenEndpoints].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}

/** The header lines of every answer under `/console`. No line allows other origins to read them. */
export function consoleLines(policy: string): string {
  return (
    headerLine('Content-Security-Policy', policy) +
    headerLine('X-Content-Type-Options', 'nosniff') +
    headerLine('Referrer-Policy', 'no-referrer') +
    headerLine('Cross-Origin-Opener-Policy', 'same-origin') +
    headerLine('Cross-Origin-Resource-Policy', 'same-origin') +
    headerLine('Permissions-Policy', 'camera=(), geolocation=(), microphone=()')
  )
}
