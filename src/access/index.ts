export { checkPolicy } from './check-policy.ts'
export { type CompiledPolicy, compilePolicy, type Reason, type ReasonSource } from './compile.ts'
export { type ConditionContext, noConditions } from './condition-context.ts'
export { type ConditionValueType, isConditionValue } from './condition-value.ts'
export { contextKeysOf, distinctKeys } from './context-keys.ts'
export {
  type AccessedResource,
  type AccessGrant,
  type AccessRequest,
  type Decision,
  decide,
} from './decide.ts'
export {
  type ExplainedElement,
  type ExplainedPolicy,
  type ExplainedStatement,
  type Explanation,
  explain,
  type MissedAllow,
  missedAllows,
} from './explain.ts'
export { renderExplanation } from './explanation-text.ts'
export { checkNoLockout, compileKeyPolicy, defaultKeyPolicy, invalidPrincipals } from './key-policy.ts'
export type { PolicyFinding } from './policy-finding.ts'
export { nameOfPolicyType, type PolicyKind, type PolicyType, policyGrammars } from './policy-kind.ts'
export { PolicyProblem } from './policy-problem.ts'
export type { PrincipalMatch } from './principal-match.ts'
export { compileStoredKeyPolicy, compileStoredPolicy } from './stored-policy.ts'
