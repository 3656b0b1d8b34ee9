export { type CompiledPolicy, compilePolicy } from './compile.ts'
export {
  type AccessedResource,
  type AccessRequest,
  type Decision,
  decide,
  type PolicyType,
  type Reason,
} from './decide.ts'
export { checkNoLockout, compileKeyPolicy, defaultKeyPolicy, invalidPrincipals } from './key-policy.ts'
export { PolicyProblem, UnsupportedPolicyElement } from './policy-document.ts'
