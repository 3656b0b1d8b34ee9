import type { ServiceError } from '../domain/index.ts'
import type { Json } from '../std/index.ts'
import type { Caller, ServiceClaims } from './caller.ts'
import type { Operation, Service } from './operation.ts'

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
