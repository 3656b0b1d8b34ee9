export { StepBudget, stepsMax, TooManySteps } from './budget/step-budget.ts'
export { checkPolicy } from './check/check-policy.ts'
export type { PolicyFinding } from './check/policy-finding.ts'
export { type ConditionContext, noConditions } from './condition/condition-context.ts'
export { type ConditionValueType, isConditionValue } from './condition/condition-value.ts'
export { endpointConditionKeys, findConditionKey } from './condition/known-condition-keys.ts'
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
} from './explain/explain.ts'
export { renderExplanation } from './explain/explanation-text.ts'
export { compileEscapedWildcard, compileWildcard } from './pattern/wildcard.ts'
export {
  type CompiledPolicy,
  compilePolicy,
  type Reason,
  type ReasonSource,
} from './policy/compile.ts'
export { contextKeysOf, distinctKeys } from './policy/context-keys.ts'
export { compileKeyPolicy, invalidPrincipals } from './policy/key-policy.ts'
export { checkNoLockout } from './policy/lockout-check.ts'
export { offsetOfProblem } from './policy/policy-json.ts'
export { nameOfPolicyType, type PolicyKind, type PolicyType, policyGrammars } from './policy/policy-kind.ts'
export type { StatementPrincipal } from './policy/policy-principal.ts'
export { PolicyProblem } from './policy/policy-problem.ts'
export type { MatchedCaller, PrincipalMatch } from './policy/principal-match.ts'
export { compileStoredKeyPolicy, compileStoredPolicy } from './policy/stored-policy.ts'
export { type Bound, decideBound, type OpenCondition, type OpenFacts } from './possible/decide-bound.ts'
export { anySessionName } from './possible/possible-callers.ts'
export { compileNewPolicy } from './put/new-policy.ts'
