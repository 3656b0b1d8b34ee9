import type { Millis } from '../std/index.ts'
import type { ServerCertificate } from './server-certificate.ts'

/** Where the certificate of a server comes from. */
export interface CertificateSupply {
  /** How often `next` is worth a call. */
  readonly lookMillis: number
  /** Returns the certificate to begin with. Throws OperatorError. */
  load(now: Millis): Promise<ServerCertificate>
  /** Returns the certificate that takes the place of the current one; undefined if it stays. Throws OperatorError. */
  next(current: ServerCertificate, now: Millis): Promise<ServerCertificate | undefined>
}

/** Takes what an operator should know. */
export interface CertificateLog {
  info(message: string): void
  warn(message: string): void
}
