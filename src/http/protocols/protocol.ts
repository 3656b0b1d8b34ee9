import type { ServiceError } from '../../domain/index.ts'
import type { Operation, Service } from '../../operation/index.ts'
import type { Json } from '../../std/index.ts'

/** The wire format of a service's calls. */
export interface Protocol {
  readonly contentType: string
  /** Renders the body of an answer; `output` is undefined if the operation has no output. */
  renderOutput(operation: Operation, output: Json | undefined, requestId: string): string
  renderError(error: ServiceError, requestId: string): RenderedError
}

/** The status and the body of an error answer. */
export interface RenderedError {
  readonly status: number
  readonly body: string
}

/** The service and the operation that a request calls, and the protocol that it uses. */
export interface Route {
  readonly service: Service
  readonly operation: Operation
  /** Reads the parameters of the operation as JSON. Throws SerializationProblem. */
  readonly readInput: () => unknown
  readonly protocol: Protocol
  /** The error of a request that its head refuses. It takes the place of the authentication. */
  readonly refusal?: unknown
}
