import type { Identity, Scope, ServiceError } from '../domain/index.ts'
import type { WebIdentity } from '../identity/index.ts'
import type { Json } from '../std/index.ts'
import type { Operation, Service } from './operation.ts'

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

/** The VPC endpoint that a request came through. */
export interface Endpoint {
  readonly vpceId: string
  readonly vpcId: string
  readonly vpcSourceIp: string
  /** The endpoint's policy document. */
  readonly policy: string
}

/** A request as the wire hands it to the pipeline: known operation, nothing else believed yet. */
export interface Call {
  readonly service: Service
  readonly operation: Operation
  /** Proves who is calling. Throws the ServiceError of what is wrong with the proof. */
  readonly authenticate: () => Caller | Promise<Caller>
  /** The request's parameters, read from its body. Throws SerializationProblem. */
  readonly readInput: () => unknown
  readonly sourceIpAddress: string
  readonly userAgent: string | undefined
  readonly referer: string | undefined
  /** Whether it came over TLS. */
  readonly isSecure: boolean
  readonly endpoint?: Endpoint | undefined
  /** Undefined where no header says anything of the kind. */
  readonly serviceClaims: ServiceClaims | undefined
}

/** What the wire answers: an output (undefined for an empty body) or an error. */
export interface Answer {
  readonly requestId: string
  readonly output: Json | undefined
  readonly error: ServiceError | undefined
}
