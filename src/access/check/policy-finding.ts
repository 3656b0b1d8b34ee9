/** Something about a policy that its author should know. */
export interface PolicyFinding {
  /** `error`: the policy is refused where it is put. `warning`: it is taken, and may not do what its author wants. */
  readonly severity: 'error' | 'warning'
  /** For programs, such as `opensToAll`. */
  readonly code: string
  /** Such as `Statement 2: Condition: StringEquals: kms:ViaService`; empty for the document as a whole. */
  readonly place: string
  readonly message: string
}

export function error(code: string, place: string, message: string): PolicyFinding {
  return { severity: 'error', code, place, message }
}

export function warning(code: string, place: string, message: string): PolicyFinding {
  return { severity: 'warning', code, place, message }
}
