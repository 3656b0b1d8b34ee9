import type { AccessRequest, Decision } from '../../access/index.ts'
import { FirstTimes } from '../../std/index.ts'

/** A request that was denied because its decision would take too many steps. */
export interface UndecidedRequest {
  readonly action: string
  readonly principal: string
  readonly resource: string
}

/** Reports requests that could not be decided to the operator, each principal with each resource once. */
export class UndecidedRequests {
  readonly #report: (request: UndecidedRequest, requestId: string | undefined) => void
  readonly #first = new FirstTimes()

  constructor(report: (request: UndecidedRequest, requestId: string | undefined) => void) {
    this.#report = report
  }

  /** Notes a request that was denied, if it could not be decided. */
  note(
    { outcome }: Decision,
    { action, principal, resource }: AccessRequest,
    requestId: string | undefined,
  ): void {
    if (outcome !== 'undecided') return
    const entry = JSON.stringify([principal.arn, resource.arn])
    if (!this.#first.isFirst(entry)) return
    this.#report({ action, principal: principal.arn, resource: resource.arn }, requestId)
  }
}
