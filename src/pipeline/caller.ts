import type { Identity, Scope } from '../domain/index.ts'
import type { WebIdentity } from '../identity/index.ts'

/** Who is calling, proved. */
export interface Caller {
  readonly identity: Identity
  /** The caller's account, and the region the request was signed for. */
  readonly scope: Scope
  /** Undefined where no access key was needed. */
  readonly accessKeyId: string | undefined
  /** The AWS service that makes the call; undefined for calls that are no service's. */
  readonly service?: ServiceCall | undefined
  /** What an identity provider says of a caller who has no credentials yet. */
  readonly webIdentity?: WebIdentity | undefined
}

/** A call that an AWS service makes. */
export interface ServiceCall {
  /** Its service principal, such as `s3.amazonaws.com`. */
  readonly name: string
  /** Whether it calls for the caller's identity (a forward access session) or as itself. */
  readonly isOnBehalf: boolean
  /** The resource it calls for. */
  readonly sourceArn: string | undefined
  readonly sourceAccount: string | undefined
}

/** What headers say of a service's call. Only services may say it. */
export interface ServiceClaims {
  readonly onBehalfOf: string | undefined
  readonly sourceArn: string | undefined
  readonly sourceAccount: string | undefined
}
