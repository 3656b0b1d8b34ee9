import { LoginLimit } from '../../pkcs11/login-limit.ts'
import type { Pin } from '../../pkcs11/pin-source.ts'
import type { TokenGateways } from '../token-gateway.ts'
import { findIn, isRead, type ReadToken, type TokenFinding } from './findings.ts'
import { type NamedAddress, readToken, type UnreadToken } from './read-token.ts'

/** The tokens with their keys, and what an operator must look into. */
export interface TokenAudit {
  readonly tokens: readonly (ReadToken | UnreadToken)[]
  readonly findings: readonly TokenFinding[]
}

/** How tokens are audited. */
export interface AuditOptions {
  readonly pin: Pin
  /** The file that counts wrong logins; undefined if the count ends with the process. */
  readonly loginsPath: string | undefined
  /** Whether the tokens are all of a cluster. */
  readonly isWhole: boolean
}

/** Reads the keys of tokens, one token after the other, and judges them. Throws OperatorError if there is no PIN. */
export async function auditTokens(
  gateways: TokenGateways,
  addresses: readonly NamedAddress[],
  { pin, loginsPath, isWhole }: AuditOptions,
): Promise<TokenAudit> {
  const limit = new LoginLimit(loginsPath)
  const tokens: (ReadToken | UnreadToken)[] = []
  for (const address of addresses) tokens.push(await readToken(gateways, address, pin, limit))
  return { tokens, findings: findIn(tokens.filter(isRead), isWhole) }
}
