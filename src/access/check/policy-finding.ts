/** A fact about a policy that its author should know. */
export interface PolicyFinding {
  /** `error`: AWS's operations refuse the policy. `warning`: they accept it, but it may not do what its author intends. */
  readonly severity: 'error' | 'warning'
  /** A name for programs, such as `opensToAll`. */
  readonly code: string
  /** The place, such as `Statement 2: Condition: StringEquals: kms:ViaService`; empty for the document as a whole. */
  readonly place: string
  readonly message: string
}

export function error(code: string, place: string, message: string): PolicyFinding {
  return { severity: 'error', code, place, message }
}

export function warning(code: string, place: string, message: string): PolicyFinding {
  return { severity: 'warning', code, place, message }
}
