import type { Identity, Scope, ServiceError } from '../domain/index.ts'
import type { Json } from '../std/index.ts'
import type { Operation, Service } from './operation.ts'

/** Who is calling, proved. */
export interface Caller {
  readonly identity: Identity
  /** The caller's account, and the region the request was signed for. */
  readonly scope: Scope
  /** Undefined where no access key was needed. */
  readonly accessKeyId: string | undefined
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
}

/** What the wire answers: an output (undefined for an empty body) or an error. */
export interface Answer {
  readonly requestId: string
  readonly output: Json | undefined
  readonly error: ServiceError | undefined
}
