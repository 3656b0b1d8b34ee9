import type { Identity, Scope } from '../domain/index.ts'
import type { WebIdentity } from '../identity/index.ts'

/** The authenticated caller of an operation. */
export interface Caller {
  readonly identity: Identity
  /** The caller's account, and the Region that the request was signed for. */
  readonly scope: Scope
  /** Undefined if the call needed no access key, or if a service calls on behalf of a principal without a session. */
  readonly accessKeyId: string | undefined
  /** The AWS service that makes the call; undefined for other callers. */
  readonly service?: ServiceCall | undefined
  /** The claims of an identity provider about a caller who has no credentials yet. */
  readonly webIdentity?: WebIdentity | undefined
}

/** The facts of a call that an AWS service makes. */
export interface ServiceCall {
  /** The service principal, such as `s3.amazonaws.com`. */
  readonly name: string
  /**
   * Whether the service calls with the identity of a principal (a forward access session); otherwise it calls as
   * itself.
   */
  readonly isOnBehalf: boolean
  /** The ARN of the resource that the service calls for. */
  readonly sourceArn: string | undefined
  readonly sourceAccount: string | undefined
}

/** The headers that describe a service's call. Only services may send them. */
export interface ServiceClaims {
  readonly onBehalfOf: string | undefined
  /** The session of the principal, which the service has from the request that it works on. */
  readonly session: { readonly accessKeyId: string; readonly token: string } | undefined
  readonly sourceArn: string | undefined
  readonly sourceAccount: string | undefined
}
