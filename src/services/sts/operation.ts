import type { AuthorizationMessages, SessionTokens, WebIdentities } from '../../identity/index.ts'
import { operationsWith } from '../../operation/index.ts'

/** The tools of the operations of AWS STS, besides the context that every operation gets. */
export interface StsTools {
  readonly sessions: SessionTokens
  readonly authorizationMessages: Pick<AuthorizationMessages, 'decode'>
  readonly webIdentities: WebIdentities
}

/** Declares an operation of AWS STS. */
export const operation = operationsWith<StsTools>()
