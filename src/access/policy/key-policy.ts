import { ServiceError } from '../../domain/index.ts'
import { compileNewPolicy } from '../put/new-policy.ts'
import type { CompiledPolicy } from './compile.ts'
import { policyGrammars } from './policy-kind.ts'
import { invalidPrincipalsText } from './policy-principal.ts'
import { PolicyProblem } from './policy-problem.ts'

/**
 * Reads a key policy from a request. Throws MalformedPolicyDocumentException, or LimitExceededException for a policy that is too
 * long.
 */
export function compileKeyPolicy(text: string): CompiledPolicy {
  const { sizeMax } = policyGrammars.key
  if (text.length > sizeMax) {
    throw new ServiceError('LimitExceededException', `The key policy is longer than ${sizeMax} characters.`)
  }
  try {
    return compileNewPolicy(text, 'key', 'key policy')
  } catch (error) {
    if (error instanceof PolicyProblem)
      throw new ServiceError('MalformedPolicyDocumentException', error.message)
    throw error
  }
}

/** The error for a key policy that names a principal that does not exist (text from the public emulators). */
export const invalidPrincipals = () =>
  new ServiceError('MalformedPolicyDocumentException', invalidPrincipalsText)
