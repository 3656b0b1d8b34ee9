import type { AccessRequest, CompiledPolicy } from '../../access/index.ts'

/** A stored policy that cannot be read, for which a request was denied. */
export interface UnreadablePolicy {
  readonly policy: string
  /** The ARN of the resource or the principal that it is of. */
  readonly of: string
  readonly problem: string
}

/** More than these are told of again: what is remembered must not grow without end. */
const rememberedMax = 1000

/** Tells the operator of stored policies that cannot be read, of each once. */
export class UnreadablePolicies {
  readonly #tell: (policy: UnreadablePolicy) => void
  readonly #told = new Set<string>()

  constructor(tell: (policy: UnreadablePolicy) => void) {
    this.#tell = tell
  }

  /** For requests that were denied: one that such a policy is asked about is, but for what mends the policy. */
  note({ resource, principal, ...asked }: AccessRequest): void {
    this.#noteOne(resource.policy, resource.arn)
    const { identityPolicies, boundary, sessionPolicies = [] } = asked
    for (const policy of [...identityPolicies, boundary, ...sessionPolicies]) {
      this.#noteOne(policy, principal.arn)
    }
  }

  #noteOne(policy: CompiledPolicy | undefined, of: string): void {
    if (policy?.problem === undefined) return
    const { name, problem } = policy
    const known = JSON.stringify([of, name, problem])
    if (this.#told.has(known)) return
    if (this.#told.size >= rememberedMax) this.#told.clear()
    this.#told.add(known)
    this.#tell({ policy: name, of, problem })
  }
}
