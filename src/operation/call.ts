import type { ServiceError, TlsDetails } from '../domain/index.ts'
import type { Eventual, Json } from '../std/index.ts'
import type { Caller, ServiceClaims } from './caller.ts'
import type { Operation } from './operation.ts'
import type { Service } from './service.ts'

/** The VPC endpoint that a request came through. It stays the same object until the policy changes. */
export interface Endpoint {
  readonly vpceId: string
  readonly vpcId: string
  readonly vpcArn: string
  /** The account and the Region of the endpoint. */
  readonly accountId: string
  readonly region: string
  /** The name of the only service that it leads to, such as `kms`. */
  readonly service: string
  /** The host names and addresses by which clients may name it, in lower case and without a port. */
  readonly hosts: ReadonlySet<string>
  /** The endpoint's policy document. */
  readonly policy: string
}

/** The VPC endpoints of the server, whether or not their listeners are open. */
export interface Endpoints {
  find(vpceId: string): Endpoint | undefined
}

/** A request as the wire hands it to the pipeline: the operation is known, and nothing else is trusted yet. */
export interface Call {
  readonly service: Service
  readonly operation: Operation
  /** Authenticates the caller. Throws a ServiceError if the proof of identity fails. */
  readonly authenticate: () => Eventual<Caller>
  /** Reads the parameters of the request as JSON. Throws SerializationProblem. */
  readonly readInput: () => unknown
  /**
   * Returns a signal that aborts when the client is gone. It is made when somebody asks for it, because few calls wait for
   * long. Absent if no client can hang up.
   */
  readonly clientGone?: () => AbortSignal
  readonly sourceIpAddress: string
  readonly userAgent: string | undefined
  /** The Host header. */
  readonly host: string | undefined
  readonly referer: string | undefined
  /** The header traceparent, as the client sent it (W3C Trace Context); absent if there is none. */
  readonly traceparent?: string | undefined
  /** How the request was encrypted; undefined if it came over plain HTTP. */
  readonly tlsDetails: TlsDetails | undefined
  readonly endpoint?: Endpoint | undefined
  /** The headers of a calling service; undefined if the request has none of them. */
  readonly serviceClaims: ServiceClaims | undefined
}

/** The answer to a call: an output (undefined for an empty body) or an error. */
export interface Answer {
  readonly requestId: string
  readonly output: Json | undefined
  readonly error: ServiceError | undefined
  /** The encoded details of a denial; undefined if the answer is none, or has none. */
  readonly authorizationMessage?: string | undefined
}
