/** Values of condition keys, asked for only where a condition needs them. */
export interface ConditionContext {
  /** `key` is in lower case: names of condition keys are not case-sensitive. Undefined: not in the request. */
  valuesOf(key: string): readonly string[] | undefined
}

/** Of a request that has none. */
export const noConditions: ConditionContext = { valuesOf: () => undefined }
