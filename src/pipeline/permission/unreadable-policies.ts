import type { AccessRequest, CompiledPolicy } from '../../access/index.ts'

/** A stored policy that cannot be read and for which a request was denied. */
export interface UnreadablePolicy {
  readonly policy: string
  /** The ARN of the resource or principal that has the policy. */
  readonly of: string
  readonly problem: string
}

/**
 * The number of policies that are remembered. Above it, all are forgotten and may be reported again, so that the memory
 * does not grow without limit.
 */
const rememberedMax = 1000

/** Reports stored policies that cannot be read to the operator, each of them once. */
export class UnreadablePolicies {
  readonly #report: (policy: UnreadablePolicy) => void
  readonly #reported = new Set<string>()

  constructor(report: (policy: UnreadablePolicy) => void) {
    this.#report = report
  }

  /**
   * Notes the unreadable policies of a request that was denied. Such a policy denies every request except the one that
   * repairs it.
   */
  note({ resource, principal, ...policies }: AccessRequest): void {
    this.#noteOne(resource.policy, resource.arn)
    const { identityPolicies, boundary, sessionPolicies = [] } = policies
    for (const policy of [...identityPolicies, boundary, ...sessionPolicies]) {
      this.#noteOne(policy, principal.arn)
    }
  }

  #noteOne(policy: CompiledPolicy | undefined, of: string): void {
    if (policy?.problem === undefined) return
    const { name, problem } = policy
    const entry = JSON.stringify([of, name, problem])
    if (this.#reported.has(entry)) return
    if (this.#reported.size >= rememberedMax) this.#reported.clear()
    this.#reported.add(entry)
    this.#report({ policy: name, of, problem })
  }
}
