/** The values of condition keys, looked up only when a condition needs them. */
export interface ConditionContext {
  /** `key` is in lower case: names of condition keys are not case-sensitive. Undefined if the request does not have it. */
  valuesOf(key: string): readonly string[] | undefined
}

/** The context of a request without condition keys. */
export const noConditions: ConditionContext = { valuesOf: () => undefined }
