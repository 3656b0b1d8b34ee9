import type { AccessRequest, Decision } from '../../access/index.ts'

/** A request that was denied because its decision would take too many steps. */
export interface UndecidedRequest {
  readonly action: string
  readonly principal: string
  readonly resource: string
}

/**
 * The number of requests that are remembered. Above it, all are forgotten and may be reported again, so that the memory
 * does not grow without limit.
 */
const rememberedMax = 1000

/** Reports requests that could not be decided to the operator, each principal with each resource once. */
export class UndecidedRequests {
  readonly #report: (request: UndecidedRequest) => void
  readonly #reported = new Set<string>()

  constructor(report: (request: UndecidedRequest) => void) {
    this.#report = report
  }

  /** Notes a request that was denied, if it could not be decided. */
  note({ outcome }: Decision, { action, principal, resource }: AccessRequest): void {
    if (outcome !== 'undecided') return
    const entry = JSON.stringify([principal.arn, resource.arn])
    if (this.#reported.has(entry)) return
    if (this.#reported.size >= rememberedMax) this.#reported.clear()
    this.#reported.add(entry)
    this.#report({ action, principal: principal.arn, resource: resource.arn })
  }
}
