import type { AccessRequest, CompiledPolicy } from '../../access/index.ts'
import { FirstTimes } from '../../std/index.ts'

/** A stored policy that cannot be read and for which a request was denied. */
export interface UnreadablePolicy {
  readonly policy: string
  /** The ARN of the resource, principal or VPC endpoint that has the policy. */
  readonly of: string
  readonly problem: string
}

/** Reports stored policies that cannot be read to the operator, each of them once. */
export class UnreadablePolicies {
  readonly #report: (policy: UnreadablePolicy, requestId: string | undefined) => void
  readonly #first = new FirstTimes()

  constructor(report: (policy: UnreadablePolicy, requestId: string | undefined) => void) {
    this.#report = report
  }

  /**
   * Notes the unreadable policies of a request that was denied. Such a policy denies every request except the one that
   * repairs it.
   */
  note({ resource, principal, ...policies }: AccessRequest, requestId: string | undefined): void {
    this.#noteOne(resource.policy, resource.arn, requestId)
    const { identityPolicies, boundary, sessionPolicies = [], endpointPolicy, endpointArn = '' } = policies
    this.#noteOne(endpointPolicy, endpointArn, requestId)
    for (const policy of [...identityPolicies, boundary, ...sessionPolicies]) {
      this.#noteOne(policy, principal.arn, requestId)
    }
  }

  #noteOne(policy: CompiledPolicy | undefined, of: string, requestId: string | undefined): void {
    if (policy?.problem === undefined) return
    const { name, problem } = policy
    const entry = JSON.stringify([of, name, problem])
    if (this.#first.isFirst(entry)) this.#report({ policy: name, of, problem }, requestId)
  }
}
