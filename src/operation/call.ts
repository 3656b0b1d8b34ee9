import type { ServiceError } from '../domain/index.ts'
import type { Eventual, Json } from '../std/index.ts'
import type { Caller, ServiceClaims } from './caller.ts'
import type { Operation } from './operation.ts'
import type { Service } from './service.ts'

/** The VPC endpoint that a request came through. */
export interface Endpoint {
  readonly vpceId: string
  readonly vpcId: string
  readonly vpcSourceIp: string
  /** The endpoint's policy document. */
  readonly policy: string
}

/** A request as the wire hands it to the pipeline: the operation is known, and nothing else is trusted yet. */
export interface Call {
  readonly service: Service
  readonly operation: Operation
  /** Proves who the caller is. Throws the ServiceError that says why the proof fails. */
  readonly authenticate: () => Eventual<Caller>
  /** The request's parameters, read from its body. Throws SerializationProblem. */
  readonly readInput: () => unknown
  readonly sourceIpAddress: string
  readonly userAgent: string | undefined
  readonly referer: string | undefined
  /** Whether it came over TLS. */
  readonly isSecure: boolean
  readonly endpoint?: Endpoint | undefined
  /** Undefined where the request has none of these headers. */
  readonly serviceClaims: ServiceClaims | undefined
}

/** The answer to a call: an output (undefined for an empty body) or an error. */
export interface Answer {
  readonly requestId: string
  readonly output: Json | undefined
  readonly error: ServiceError | undefined
}
