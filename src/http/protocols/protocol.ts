import type { ServiceError } from '../../domain/index.ts'
import type { Operation, Service } from '../../operation/index.ts'
import type { Json } from '../../std/index.ts'

/** How calls of a service are written on the wire. */
export interface Protocol {
  readonly contentType: string
  /** The body of an answer; `output` is undefined where an operation answers nothing. */
  renderOutput(operation: Operation, output: Json | undefined, requestId: string): string
  renderError(error: ServiceError, requestId: string): RenderedError
}

export interface RenderedError {
  readonly status: number
  readonly body: string
}

/** What a request asks for. */
export interface Route {
  readonly service: Service
  readonly operation: Operation
  /** The operation's parameters as JSON. Throws SerializationProblem. */
  readonly readInput: () => unknown
  readonly protocol: Protocol
}
